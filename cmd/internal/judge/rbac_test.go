package judge

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/guard/guardtest"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// TestJudgeAccess: for the plans of fixtures/borders/roles, a real API server lets everybody do
// what `guard --explain` prints and nothing else: all questions as SubjectAccessReviews, and one
// of each sort as a request by impersonation. The sentences of wrong hold beside that.
func TestJudgeAccess(t *testing.T) {
	cases, err := guardtest.RolesCases(filepath.Join(fixtures, "borders", "roles"))
	if err != nil {
		t.Fatal(err)
	}
	a := &accessLab{bordered: startBordered(t), called: map[string]bool{}}
	for _, c := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(c.Path), ".txtar"), func(t *testing.T) { a.judge(t, c) })
	}
	if a.yes == 0 || a.passed == 0 {
		t.Error("nobody was allowed anything")
	}
	t.Logf("access: %d questions, %d answered with yes; %d requests by impersonation, %d passed", a.asked, a.yes, a.requests, a.passed)
}

// TestAccessDemo: the case of the demo is about what the demo is converted to.
func TestAccessDemo(t *testing.T) {
	cases, err := guardtest.RolesCases(filepath.Join(fixtures, "borders", "roles"))
	if err != nil {
		t.Fatal(err)
	}
	in := demoInput(t)
	c := cases[slices.IndexFunc(cases, func(c guardtest.RolesCase) bool { return filepath.Base(c.Path) == "demo.txtar" })]
	if diff := gocmp.Diff(in.Plan.CertificateNamespaces, c.Plan.CertificateNamespaces, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	want, have := guard.From(in.Plan), guard.From(c.Plan)
	have.RootAdmins, have.SiteAdmins = want.RootAdmins, want.SiteAdmins // the demo's plan names nobody
	if diff := gocmp.Diff(want, have); diff != "" {
		t.Error(diff)
	}
}

// accessLab is a cluster in which roles are judged, one plan after the other.
type accessLab struct {
	*bordered
	asked, yes       int
	requests, passed int
	called           map[string]bool // sorts of questions that were asked by a request
}

func (a *accessLab) judge(t *testing.T, c guardtest.RolesCase) {
	roles, _ := guard.Roles(c.Plan)
	table, err := printed(roles)
	a.must(t, err)
	a.must(t, a.namespaces(spacesOf(c)...))
	a.must(t, a.grant(roles))
	everybody := subjectsOf(c)
	all := questions(c, everybody)
	answers, err := a.review(all)
	a.must(t, err)
	for i, q := range all {
		if answers[i] != table.allows(q) {
			t.Errorf("%s: allowed=%v; guard --explain says otherwise", q, answers[i])
		}
		for _, says := range wrong(c.Plan, q, answers[i]) {
			t.Errorf("%s: allowed=%v, but %s", q, answers[i], says)
		}
		if answers[i] {
			a.yes++
		}
	}
	a.asked += len(all)
	a.record(t, c, everybody, all, answers)
	a.callEach(t, c, table, all)
	a.testNotMade(t, all, answers)
	a.testMore(t, c, everybody, all, answers)
	a.must(t, a.revoke(roles))
}

// record holds the answers, in short, against the case's section judged.txt.
func (a *accessLab) record(t *testing.T, c guardtest.RolesCase, everybody []subject, all []question, answers []bool) {
	got := folded(everybody, all, answers)
	if !*update {
		if diff := gocmp.Diff(string(c.Section("judged.txt")), got); diff != "" {
			t.Errorf("judged.txt: %s", diff)
		}
		return
	}
	c.Replace("judged.txt", got)
	a.must(t, os.WriteFile(c.Path, txtar.Format(c.Archive), 0o644))
}

// folded is what everybody may do, a line for each namespace and resource; what is allowed only
// by a name stands on a line with that name.
func folded(everybody []subject, all []question, answers []bool) string {
	var b strings.Builder
	for _, who := range everybody {
		lines := map[string][]string{}
		free := map[string]bool{}
		for i, q := range all {
			line := q.namespace + " " + q.kind.qualified()
			if !answers[i] || q.who.label != who.label {
				continue
			}
			if q.name == "" { // asked before all names
				free[line+" "+q.verb] = true
			} else if free[line+" "+q.verb] {
				continue
			} else {
				line += " " + q.name
			}
			lines[line] = append(lines[line], q.verb)
		}
		fmt.Fprintf(&b, "%s\n", who.label)
		for _, line := range slices.Sorted(maps.Keys(lines)) {
			fmt.Fprintf(&b, "  %s: %s\n", line, strings.Join(lines[line], " "))
		}
		if len(lines) == 0 {
			b.WriteString("  nothing\n")
		}
	}
	return b.String()
}

// testMore: a right that no table has is found, so that the comparison can fail.
func (a *accessLab) testMore(t *testing.T, c guardtest.RolesCase, everybody []subject, all []question, answers []bool) {
	i := slices.IndexFunc(everybody, func(s subject) bool { return s.label == "User stranger" })
	role := object{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "split-ingress-root-admin"}
	binding := boundTo("too-much", c.Plan.RootNamespace, role, everybody[i].user)
	path, err := collection("RoleBinding", c.Plan.RootNamespace)
	a.must(t, err)
	a.must(t, a.put("RoleBinding", c.Plan.RootNamespace, "too-much", binding))
	a.must(t, a.settled())
	var his []question
	var before []bool
	for j, q := range all {
		if q.who.label == everybody[i].label {
			his, before = append(his, q), append(before, answers[j])
		}
	}
	after, err := a.review(his)
	a.must(t, err)
	if slices.Equal(before, after) || len(wrong(c.Plan, his[slices.Index(after, true)], true)) == 0 {
		t.Error("a stranger with the rights of root admins is not found")
	}
	_, err = a.call(http.MethodDelete, path+"/too-much", nil)
	a.must(t, err)
}

// review asks the API server what it would allow.
func (b *bordered) review(all []question) ([]bool, error) {
	answers := make([]bool, len(all))
	var tasks []func() error
	for i, q := range all {
		tasks = append(tasks, func() (err error) {
			answers[i], err = b.may(q)
			return err
		})
	}
	return answers, b.createAll(tasks)
}

func (b *bordered) may(q question) (bool, error) {
	answer, err := b.call(http.MethodPost, "/apis/authorization.k8s.io/v1/subjectaccessreviews", object{
		"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
		"spec": object{"user": q.who.user, "groups": q.who.groups, "resourceAttributes": object{
			"verb": q.verb, "group": q.kind.group, "resource": q.kind.resource, "subresource": q.kind.subresource, "namespace": q.namespace, "name": q.name,
		}},
	})
	if err != nil {
		return false, err
	}
	var review struct {
		Status struct {
			Allowed         bool
			EvaluationError string
		}
	}
	if err := json.Unmarshal(answer, &review); err != nil {
		return false, err
	}
	if review.Status.EvaluationError != "" {
		return false, fmt.Errorf("%s: %s", q, review.Status.EvaluationError)
	}
	return review.Status.Allowed, nil
}

// grant applies roles, and waits until they hold.
func (b *bordered) grant(roles []httpproxy.Object) error {
	var tasks []func() error
	for _, o := range roles {
		tasks = append(tasks, func() error {
			written, err := asWritten(o.Value)
			if err == nil {
				err = b.put(o.Kind, o.Namespace, o.Name, written)
			}
			return err
		})
	}
	if err := b.createAll(tasks); err != nil {
		return err
	}
	return b.settled()
}

// revoke takes roles away again.
func (b *bordered) revoke(roles []httpproxy.Object) error {
	var tasks []func() error
	for _, o := range roles {
		tasks = append(tasks, func() error {
			path, err := collection(o.Kind, o.Namespace)
			if err == nil {
				_, err = b.call(http.MethodDelete, path+"/"+o.Name, nil)
			}
			return err
		})
	}
	return b.createAll(tasks)
}

// settled waits until the roles that were applied or taken away are in force: until a role and
// a binding that come after them are.
func (b *bordered) settled() error {
	b.times++
	name := fmt.Sprintf("marker-%d", b.times)
	role := object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": object{"name": name, "namespace": "default"},
		"rules": []any{object{"verbs": []any{"get"}, "apiGroups": []any{""}, "resources": []any{"pods"}}}}
	ref := object{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
	if err := b.put("Role", "default", name, role); err != nil {
		return err
	}
	if err := b.put("RoleBinding", "default", name, boundTo(name, "default", ref, name)); err != nil {
		return err
	}
	return waitFor(time.Minute, "the roles", func() error {
		is, err := b.may(question{who: subject{name, caller{user: name}}, verb: "get", kind: askable{resource: "pods"}, namespace: "default"})
		if err == nil && !is {
			err = fmt.Errorf("%s is not in force", name)
		}
		return err
	})
}

// boundTo binds a role to a user.
func boundTo(name, namespace string, role object, user string) object {
	return object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": object{"name": name, "namespace": namespace}, "roleRef": role,
		"subjects": []any{object{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}}}
}
