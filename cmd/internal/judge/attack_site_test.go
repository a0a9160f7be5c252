package judge

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/fixtures/attacks"
	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// outsider is a team that is not in the plan, with a namespace of its own.
const outsider = "other"

// sentinels is how many hosts of the judge the policies let through.
const sentinels = 4

// siege is the site of the attacks, behind its borders.
type siege struct {
	*Bench
	borders guard.Borders
	site    map[string][]byte // site.txtar, by section
	batch   int               // of the sentinel host
}

// besiege brings the site into a cluster in the order of docs/cutover.md, each object by the
// role that it belongs to, with the policies refusing from the beginning.
func besiege(t *testing.T, families []attacks.Family) *siege {
	t.Helper()
	s := &siege{Bench: bench(t, tools(t)), site: map[string][]byte{}}
	a, err := txtar.ParseFile(filepath.Join(fixtures, "attacks", "site.txtar"))
	check(t, err)
	for _, f := range a.Files {
		s.site[f.Name] = f.Data
	}
	check(t, s.Cluster.defineResources(gatewayRouteCRDs()...))
	set := read(t, manifest.Source{Path: "ingress.yaml", Reader: bytes.NewReader(s.site["ingress.yaml"])})
	res, err := convert.Run(set, convert.Options{Controller: nginx.Options{}, PlanFile: "plan.yaml", Plan: bytes.NewReader(s.site["plan.yaml"])})
	check(t, err)
	office := proxies(t, s.site["office.yaml"])
	objects := append(slices.Clone(res.Target.Objects), office...)
	check(t, s.stub(families, objects))
	for doc := range bytes.SplitSeq(s.site["ingress.yaml"], []byte("\n---\n")) {
		var o object
		check(t, yaml.Unmarshal(doc, &o))
		check(t, s.put(o))
	}
	check(t, s.fence(res.Owned))
	check(t, s.build(objects))
	return s
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// proxies are HTTPProxies as objects of the judge.
func proxies(t *testing.T, text []byte) []httpproxy.Object {
	t.Helper()
	var out []httpproxy.Object
	for doc := range bytes.SplitSeq(text, []byte("\n---\n")) {
		p := &contour.HTTPProxy{}
		check(t, yaml.UnmarshalStrict(doc, p))
		out = append(out, httpproxy.Object{Value: p, Kind: p.Kind, Namespace: p.Namespace, Name: p.Name})
	}
	return out
}

// stub makes what the site and the attacks refer to, with the namespace of the outsider.
func (s *siege) stub(families []attacks.Family, objects []httpproxy.Object) error {
	in := []Input{{Name: "site", Objects: objects}}
	for _, f := range families {
		for _, a := range f.Attacks {
			for _, o := range slices.Concat(a.Objects, a.Before) {
				p := &contour.HTTPProxy{}
				text, err := yaml.Marshal(o)
				if err == nil {
					err = yaml.Unmarshal(text, p)
				}
				if err != nil {
					return err
				}
				if p.Kind == "HTTPProxy" {
					in = append(in, Input{Name: a.Title, Absent: []string{"mine"}, Objects: []httpproxy.Object{{Value: p, Kind: p.Kind, Namespace: p.Namespace, Name: p.Name}}})
				}
			}
		}
	}
	if err := s.Stubs.Make(in); err != nil {
		return err
	}
	return s.put(object{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": object{"name": "default", "namespace": "roots"}})
}

// put applies an object for the judge itself.
func (s *siege) put(o object) error {
	meta := o["metadata"].(object)
	namespace, _ := meta["namespace"].(string)
	return s.Cluster.put(o["kind"].(string), namespace, meta["name"].(string), o)
}

// fence puts the roles and the policies of the plan in force.
func (s *siege) fence(plan *ownership.Plan) error {
	for i := range sentinels {
		name, _ := sentinel(i)
		for _, rule := range []string{"root-namespace", "fqdn-domain"} {
			plan.Exceptions = append(plan.Exceptions, ownership.Exception{Rule: rule, Object: "HTTPProxy " + sentinelNamespace + "/" + name})
		}
	}
	s.borders = guard.From(plan)
	roles, _ := guard.Roles(plan)
	policies, _, err := s.borders.Admission(guard.Deny)
	if err != nil {
		return err
	}
	slices.SortStableFunc(policies, func(x, y httpproxy.Object) int { return strings.Compare(order(x), order(y)) })
	for _, o := range append(roles, policies...) {
		written, err := asWritten(o.Value)
		if err == nil {
			err = s.put(written)
		}
		if err != nil {
			return err
		}
	}
	return s.until("the policies", true)
}

// until waits until the policies refuse a virtualhost in a team's namespace, or nothing does.
func (s *siege) until(what string, refused bool) error {
	probe := object{
		"apiVersion": "projectcontour.io/v1", "kind": "HTTPProxy", "metadata": object{"name": "probe", "namespace": outsider},
		"spec": object{"virtualhost": object{"fqdn": "probe.invalid"}},
	}
	return waitFor(time.Minute, what, func() error {
		path, err := collection("HTTPProxy", outsider)
		if err != nil {
			return err
		}
		_, _, err = s.Cluster.callAs("", http.MethodPost, path+"?dryRun=All", probe)
		if (err != nil) != refused {
			return fmt.Errorf("a virtualhost in namespace %s: %v", outsider, err)
		}
		return nil
	})
}

// build makes the objects of the site, children before roots, each as its owner.
func (s *siege) build(objects []httpproxy.Object) error {
	stages := slices.Clone(objects)
	slices.SortStableFunc(stages, func(x, y httpproxy.Object) int { return stage(x) - stage(y) })
	for _, o := range stages {
		if o.Kind == "Namespace" {
			continue // a stub: the cluster's admins make them
		}
		written, err := asWritten(o.Value)
		if err != nil {
			return err
		}
		path, err := collection(o.Kind, o.Namespace)
		if err == nil {
			_, _, err = s.Cluster.callBy(s.owner(o), http.MethodPost, path+"?fieldValidation=Strict", written)
		}
		if err != nil {
			return fmt.Errorf("%s %s/%s: %w", o.Kind, o.Namespace, o.Name, err)
		}
	}
	return nil
}

// owner is who makes an object of the site.
func (s *siege) owner(o httpproxy.Object) caller {
	switch {
	case o.Kind != "HTTPProxy" || o.Namespace == s.borders.Root:
		return member("root-admins")
	case o.Namespace == s.borders.Fanout:
		return member("site-admins")
	}
	return member("team-" + o.Namespace)
}

// member is somebody of a group, as every user of a cluster is who has logged in.
func member(group string) caller {
	return caller{"someone-of-" + group, []string{group, "system:authenticated"}}
}
