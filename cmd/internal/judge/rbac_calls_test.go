package judge

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/render/guard/guardtest"
)

// callEach makes a request for one question of each sort: by whom, what, in which kind of
// namespace, and whether the table allows it. Writes are dry runs, but for new objects.
func (a *accessLab) callEach(t *testing.T, c guardtest.RolesCase, table access, all []question) {
	a.must(t, a.furnish(all))
	var chosen []question
	for _, q := range all {
		if key := sortOf(c, table, q); key != "" && !a.called[key] {
			a.called[key] = true
			chosen = append(chosen, q)
		}
	}
	passed := make([]bool, len(chosen))
	var tasks []func() error
	for i, q := range chosen {
		tasks = append(tasks, func() (err error) {
			if passed[i], err = a.try(q, fmt.Sprintf("new-%d", i)); err == nil && passed[i] != table.allows(q) {
				err = fmt.Errorf("%s: the request passes: %v; guard --explain says otherwise", q, passed[i])
			}
			return err
		})
	}
	if err := a.createAll(tasks); err != nil {
		t.Error(err)
	}
	a.requests += len(chosen)
	for _, is := range passed {
		if is {
			a.passed++
		}
	}
}

// sortOf is what questions have in common that need one request; "" if no request asks this.
func sortOf(c guardtest.RolesCase, table access, q question) string {
	everywhere := q.kind.namespaced && q.namespace == ""
	named := !slices.Contains([]string{"create", "deletecollection", "list", "watch"}, q.verb) || q.kind.subresource != ""
	switch {
	case slices.Contains([]string{"bind", "escalate", "impersonate"}, q.verb): // parts of other requests
		return ""
	case everywhere && q.verb != "list" && q.verb != "watch":
		return ""
	case named == (q.name == "") && q.kind.kind == "HTTPProxy": // others have no names asked
		return ""
	case q.kind.kind == "Namespace" && q.namespace == "" && named, q.kind.kind == "Namespace" && q.namespace != "" && !named:
		return ""
	}
	place := "a team's"
	switch q.namespace {
	case c.Plan.RootNamespace, c.Plan.FanoutNamespace, unplanned, "":
		place = q.namespace
	}
	var roles []string
	for _, row := range table.of(q.who) {
		roles = append(roles, row.Role)
	}
	slices.Sort(roles)
	return fmt.Sprint(slices.Compact(roles), q.verb, q.kind.qualified(), place, table.allows(q))
}

// furnish makes what requests of the questions may find: an object of each kind that anybody may
// have, and the HTTPProxies that they name.
func (b *bordered) furnish(all []question) error {
	var tasks []func() error
	seen := map[string]bool{}
	for _, q := range all {
		name := q.name
		if name == "" {
			name = there
		}
		o := sample(q.kind.kind, q.namespace, name)
		key := q.kind.kind + " " + q.namespace + "/" + name
		if o == nil || q.namespace == "" || seen[key] {
			continue
		}
		seen[key] = true
		tasks = append(tasks, func() error { return b.put(q.kind.kind, q.namespace, name, o) })
	}
	return b.createAll(tasks)
}

// sample is an object of a kind that some role may write or read; nil for other kinds.
func sample(kind, namespace, name string) object {
	port := []any{object{"name": "web", "port": 80}}
	body := map[string]object{
		"HTTPProxy":                {"apiVersion": "projectcontour.io/v1", "spec": object{"routes": []any{object{"services": port}}}},
		"TLSCertificateDelegation": {"apiVersion": "projectcontour.io/v1", "spec": object{"delegations": []any{object{"secretName": "tls", "targetNamespaces": []any{"elsewhere"}}}}},
		"Certificate":              {"apiVersion": "cert-manager.io/v1", "spec": object{"secretName": "tls", "issuerRef": object{"name": "issuer"}}},
		"Service":                  {"apiVersion": "v1", "spec": object{"ports": port}},
		"EndpointSlice":            {"apiVersion": "discovery.k8s.io/v1", "addressType": "IPv4", "endpoints": []any{}, "ports": port},
	}[kind]
	if body == nil {
		return nil
	}
	return merge(body, object{"kind": kind, "metadata": object{"name": name, "namespace": namespace}})
}

// try makes the request of a question, and says whether it passes. That it does not has to be
// the doing of the API server's authorizer, for the verb and the resource that were meant.
func (b *bordered) try(q question, fresh string) (passed bool, err error) {
	method, path, body, err := b.request(q, fresh)
	if err != nil {
		return false, err
	}
	_, _, err = b.callBy(q.who.caller, method, path, body)
	if err == nil {
		if q.verb == "create" && q.kind.subresource == "" {
			_, err = b.call(http.MethodDelete, strings.Split(path, "?")[0]+"/"+fresh, nil)
		}
		return true, err
	}
	resource := strings.TrimSuffix(q.kind.resource+"/"+q.kind.subresource, "/")
	refusal := fmt.Sprintf("User %q cannot %s resource %q in API group %q", q.who.user, q.verb, resource, q.kind.group)
	if !answered(err, http.StatusForbidden) || !strings.Contains(err.Error(), refusal) {
		return false, fmt.Errorf("%s: neither allowed nor refused by the authorizer: %w", q, err)
	}
	return false, nil
}

// request is what makes the API server ask a question; fresh is the name of a new object.
func (b *bordered) request(q question, fresh string) (method, path string, body any, err error) {
	path = fmt.Sprintf(strings.Replace(resources[q.kind.kind], "%s", "%[1]s", 1), q.namespace)
	name := q.name
	switch {
	case q.namespace == "" && q.kind.namespaced:
		path = strings.Replace(resources[q.kind.kind], "namespaces/%s/", "", 1)
	case !q.kind.namespaced:
		path = resources[q.kind.kind]
	}
	if name == "" {
		name = there
	}
	if q.kind.kind == "Namespace" {
		name = q.namespace
	}
	at := path + "/" + name
	if q.kind.subresource != "" {
		at += "/" + q.kind.subresource
	}
	const dry = "?dryRun=All"
	switch q.verb {
	case "list":
		return http.MethodGet, path, nil, nil
	case "watch":
		return http.MethodGet, path + "?watch=1&timeoutSeconds=1", nil, nil
	case "deletecollection":
		return http.MethodDelete, path + dry, nil, nil
	case "create":
		if q.kind.subresource != "" {
			return http.MethodPost, at, object{}, nil
		}
		return http.MethodPost, path, sample(q.kind.kind, q.namespace, fresh), nil
	case "get":
		return http.MethodGet, at, nil, nil
	case "delete":
		return http.MethodDelete, at + dry, nil, nil
	case "patch":
		return http.MethodPatch, at + dry + "&fieldManager=judge&force=true", sample(q.kind.kind, q.namespace, name), nil
	case "update":
		o := sample(q.kind.kind, q.namespace, name)
		if o != nil {
			o["metadata"].(object)["resourceVersion"] = b.version(path + "/" + name)
		}
		return http.MethodPut, at + dry, o, nil
	}
	return "", "", nil, fmt.Errorf("%s: no request has this verb", q)
}

// testNotMade: who may change an object by its name cannot make it anew once it is gone, neither
// by a server-side apply nor by an update, as the names of a Role could be taken to say.
func (a *accessLab) testNotMade(t *testing.T, all []question, answers []bool) {
	tried := map[string]bool{}
	for i, q := range all {
		at := q.namespace + "/" + q.name
		if q.kind.kind != "HTTPProxy" || q.kind.subresource != "" || q.verb != "patch" || q.name == "" || !answers[i] || tried[at] || answers[index(all, q, "create")] {
			continue
		}
		tried[at] = true
		path, err := collection("HTTPProxy", q.namespace)
		a.must(t, err)
		_, err = a.call(http.MethodDelete, path+"/"+q.name, nil)
		a.must(t, err)
		o := sample("HTTPProxy", q.namespace, q.name)
		for _, method := range []string{http.MethodPatch, http.MethodPut} {
			_, _, err := a.callBy(q.who.caller, method, path+"/"+q.name+"?fieldManager=judge", o)
			if err == nil || method == http.MethodPatch && !answered(err, http.StatusForbidden) || a.version(path+"/"+q.name) != "" {
				t.Errorf("%s: %s makes an object anew: %v", q, method, err)
			}
		}
		a.must(t, a.put("HTTPProxy", q.namespace, q.name, o))
	}
}

// index is the question that differs in its verb.
func index(all []question, q question, verb string) int {
	return slices.IndexFunc(all, func(o question) bool {
		return o.verb == verb && o.namespace == q.namespace && o.name == q.name && o.kind.qualified() == q.kind.qualified() && o.who.label == q.who.label
	})
}
