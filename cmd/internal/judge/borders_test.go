package judge

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/guard/guardtest"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// bordered is a cluster in which the policies of a plan are in force.
type bordered struct {
	*Cluster
	borders guard.Borders
	times   int // that something was put in force
	known   map[string]bool
	guards  map[string]any // policies, bindings and params as they were applied last, by kind and name
}

// startBordered starts a cluster with the definitions of all kinds that rules are about.
func startBordered(t *testing.T) *bordered {
	t.Helper()
	c, err := StartCluster(t.Context(), tools(t), t.TempDir())
	t.Cleanup(c.Stop)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Define(); err != nil {
		t.Fatal(err)
	}
	if err := c.defineResources(gatewayRouteCRDs()...); err != nil {
		t.Fatal(err)
	}
	b := &bordered{Cluster: c, known: map[string]bool{}, guards: map[string]any{}}
	b.must(t, b.namespaces("default"))
	for _, r := range gatewayRoutes {
		b.must(t, waitFor(time.Minute, r.kind, func() error {
			path, err := collection(r.kind, "default")
			if err == nil {
				_, err = c.call(http.MethodGet, path, nil)
			}
			return err
		}))
	}
	return b
}

func (b *bordered) must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// namespaces makes those that are missing, before any rule of a plan looks at them.
func (b *bordered) namespaces(names ...string) error {
	for _, name := range names {
		if name == "" || b.known[name] {
			continue
		}
		err := b.create("Namespace", "", object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": name}})
		if err != nil && !answered(err, http.StatusConflict) {
			return err
		}
		b.known[name] = true
	}
	return nil
}

// enforce puts borders in force, and waits until they are: an object that the newest params
// except passes, and, since bindings take effect in their order, one that they don't is told
// by the binding that came last.
func (b *bordered) enforce(borders guard.Borders, e guard.Enforcement) error {
	b.times++
	b.borders = borders
	excepted := fmt.Sprintf("excepted-%d", b.times)
	marked := borders
	marked.Exceptions = slices.Clone(borders.Exceptions)
	for rule, names := range map[string][]string{"root-namespace": {excepted}, "fqdn-domain": {excepted, "refused"}} {
		for _, name := range names {
			marked.Exceptions = append(marked.Exceptions, ownership.Exception{Rule: rule, Object: "HTTPProxy default/" + name})
		}
	}
	objects, _, err := marked.Admission(e)
	if err != nil {
		return err
	}
	slices.Reverse(objects) // root-namespace's binding is the first of them
	slices.SortStableFunc(objects, func(x, y httpproxy.Object) int { return strings.Compare(order(x), order(y)) })
	if err := b.namespaces(borders.Root, borders.Fanout); err != nil {
		return err
	}
	for _, o := range objects {
		if err := b.replace(o); err != nil {
			return err
		}
	}
	return waitFor(time.Minute, "the policies", func() error {
		for name, want := range map[string]bool{excepted: false, "refused": true} {
			told, err := b.write("", object{
				"apiVersion": "projectcontour.io/v1", "kind": "HTTPProxy", "metadata": object{"name": name, "namespace": "default"},
				"spec": object{"virtualhost": object{"fqdn": "judge.invalid"}},
			})
			if err != nil {
				return err
			}
			if _, is := told.offences["root-namespace"]; is != want || want && (told.refused != "") != (e == guard.Deny) {
				return fmt.Errorf("%s: %+v", name, told)
			}
		}
		return nil
	})
}

// replace applies an object of the guards, unless it is there as it is.
func (b *bordered) replace(o httpproxy.Object) error {
	key := o.Kind + " " + o.Namespace + "/" + o.Name
	if reflect.DeepEqual(b.guards[key], o.Value) {
		return nil
	}
	written, err := asWritten(o.Value)
	if err == nil {
		err = b.put(o.Kind, o.Namespace, o.Name, written)
	}
	if err == nil {
		b.guards[key] = o.Value
	}
	return err
}

func order(o httpproxy.Object) string {
	return map[string]string{"ConfigMap": "1", "ValidatingAdmissionPolicy": "2", "ValidatingAdmissionPolicyBinding": "3"}[o.Kind]
}

// heard is what the API server says of a write.
type heard struct {
	offences map[string][]string // by rule, sorted, each once
	cut      map[string]bool     // rules whose message has not all of them
	refused  string              // the rule that refuses it
	schema   string              // why the definition of the resource refuses it
}

// toldBy are the words of a policy, and toldLine the message in them.
var (
	toldBy   = regexp.MustCompile(`ValidatingAdmissionPolicy 'split-ingress-([a-z-]+)' with binding 'split-ingress-([a-z-]+)'(?: denied request)?: `)
	toldLine = regexp.MustCompile(`(?s)^([a-z-]+): ([A-Za-z]+ \S+): (.*) \(ask (.*)\)$`)
)

// write tries an object without keeping it; an object that is there is updated.
func (b *bordered) write(account string, o object) (heard, error) {
	meta, _ := o["metadata"].(object)
	name, _ := meta["name"].(string)
	namespace, _ := meta["namespace"].(string)
	kind, _ := o["kind"].(string)
	path, err := collection(kind, namespace)
	if err != nil {
		return heard{}, err
	}
	if version, _ := o["apiVersion"].(string); strings.HasPrefix(version, "gateway.") {
		path = regexp.MustCompile(`^/apis/[^/]+/[^/]+`).ReplaceAllString(path, "/apis/"+version)
	}
	method, to := http.MethodPost, path
	if version := b.version(path + "/" + name); version != "" && kind != "Namespace" {
		method, to = http.MethodPut, path+"/"+name
		meta["resourceVersion"] = version
	}
	_, warnings, err := b.callAs(account, method, to+"?dryRun=All", o)
	delete(meta, "resourceVersion")
	out := heard{offences: map[string][]string{}, cut: map[string]bool{}}
	object := kind + " " + strings.TrimPrefix(namespace+"/"+name, "/")
	var problems []string
	for _, w := range warnings {
		if toldBy.MatchString(w) {
			problems = append(problems, b.read(&out, object, w))
		}
	}
	switch {
	case err == nil, answered(err, http.StatusConflict): // it is there already, which is asked for after the policies
	case toldBy.MatchString(err.Error()):
		problems = append(problems, b.read(&out, object, err.Error()))
		out.refused = toldBy.FindStringSubmatch(err.Error())[1]
	case answered(err, http.StatusUnprocessableEntity):
		out.schema = err.Error()
	default:
		return out, err
	}
	if all := strings.Join(problems, ""); all != "" {
		return out, fmt.Errorf("%s: %s", object, all)
	}
	return out, nil
}

// version is the resource version of what is there.
func (b *bordered) version(path string) string {
	answer, err := b.call(http.MethodGet, path, nil)
	if err != nil {
		return ""
	}
	var head struct {
		Metadata struct{ ResourceVersion string }
	}
	if err := json.Unmarshal(answer, &head); err != nil {
		return ""
	}
	return head.Metadata.ResourceVersion
}

// read takes a policy's message apart; what it returns is wrong with it.
func (b *bordered) read(out *heard, object, message string) string {
	at := toldBy.FindStringSubmatchIndex(message)
	policy, line := message[at[2]:at[3]], message[at[1]:]
	parts := toldLine.FindStringSubmatch(line)
	if parts == nil || parts[1] != policy || parts[2] != object {
		return "not in our words: " + message
	}
	rule := guard.Rules()[slices.IndexFunc(guard.Rules(), func(r guard.Rule) bool { return r.ID == policy })]
	if ask := b.borders.Ask(rule); parts[4] != ask {
		return fmt.Sprintf("asks %s instead of %s", parts[4], ask)
	}
	found := strings.Split(parts[3], "; ")
	if strings.HasSuffix(parts[3], " ...") {
		out.cut[policy], found = true, found[:len(found)-1]
	}
	slices.Sort(found)
	out.offences[policy] = slices.Compact(found)
	return ""
}

// byRule are the offences of the reference in the form of heard.
func byRule(found []guard.Offence) map[string][]string {
	out := map[string][]string{}
	for _, o := range found {
		out[o.Rule] = append(out[o.Rule], o.What)
	}
	for _, whats := range out {
		slices.Sort(whats)
	}
	return out
}

// asObject is YAML as the API server is given it, with the kind's namespace made before.
func (b *bordered) asObject(data []byte) (object, error) {
	var o object
	if err := yaml.Unmarshal(data, &o); err != nil {
		return nil, err
	}
	meta, _ := o["metadata"].(object)
	namespace, _ := meta["namespace"].(string)
	return o, b.namespaces(namespace)
}

// keep makes an object for good, in warn mode, and says how to take it away.
func (b *bordered) keep(o object) (away func() error, err error) {
	meta := o["metadata"].(object)
	path, err := collection(o["kind"].(string), fmt.Sprint(meta["namespace"]))
	if err != nil {
		return nil, err
	}
	return func() error {
		_, err := b.call(http.MethodDelete, path+"/"+meta["name"].(string), nil)
		return err
	}, b.create(o["kind"].(string), fmt.Sprint(meta["namespace"]), o)
}

// TestJudgeAdmission: the policies, in a real API server, find what the reference finds, in its
// words, and refuse or warn as they are told.
func TestJudgeAdmission(t *testing.T) {
	b := startBordered(t)
	t.Run("cases", func(t *testing.T) { testCases(t, b) })
	t.Run("random", func(t *testing.T) { testRandom(t, b) })
	t.Run("cost", func(t *testing.T) { testCost(t, b) })
	t.Run("size", func(t *testing.T) { testSize(t, b) })
	t.Run("types", func(t *testing.T) { testTypes(t, b) })
}

// testCases tries each attempt of fixtures/borders twice: in warn mode all rules that it
// breaks are told at once, and in deny mode one of them refuses it.
func testCases(t *testing.T, b *bordered) {
	cases, err := guardtest.Cases("../../../fixtures/borders")
	b.must(t, err)
	tried, refused := 0, 0
	for _, c := range cases {
		for _, round := range rounds(t, c.Attempts) {
			var takeAway []func() error
			for _, e := range []guard.Enforcement{guard.Warn, guard.Deny} {
				b.must(t, b.enforce(guard.From(c.Plan), e))
				for _, a := range round {
					if e == guard.Warn && a.Before != nil {
						before, err := b.asObject(a.Before)
						b.must(t, err)
						away, err := b.keep(before)
						b.must(t, err)
						takeAway = append(takeAway, away)
					}
				}
				for _, a := range round {
					got := tryAttempt(t, b, c.Path+": "+string(e)+": "+a.Name, a, e)
					tried++
					if got.refused != "" {
						refused++
					}
				}
			}
			for _, away := range takeAway {
				b.must(t, away())
			}
		}
	}
	if refused == 0 || refused == tried {
		t.Errorf("%d of %d attempts were refused", refused, tried)
	}
	t.Logf("admission: %d attempts at writes, %d refused", tried, refused)
}

// rounds parts attempts so that in none of them two objects are there before under one name,
// and none that is new is there.
func rounds(t *testing.T, attempts []guardtest.Attempt) [][]guardtest.Attempt {
	var out [][]guardtest.Attempt
	var taken []map[string]bool // whether it is there before
	for _, a := range attempts {
		o, err := guardtest.Object(a.Now)
		if err != nil {
			t.Fatal(err)
		}
		key := fmt.Sprintf("%T %s/%s", o.Value, o.Namespace, o.Name)
		i := slices.IndexFunc(taken, func(names map[string]bool) bool {
			there, known := names[key]
			return !known || !there && a.Before == nil
		})
		if i < 0 {
			i = len(out)
			out, taken = append(out, nil), append(taken, map[string]bool{})
		}
		out[i] = append(out[i], a)
		taken[i][key] = a.Before != nil
	}
	return out
}

func tryAttempt(t *testing.T, b *bordered, where string, a guardtest.Attempt, e guard.Enforcement) heard {
	o, err := b.asObject(a.Now)
	b.must(t, err)
	got, err := b.write(a.Account, o)
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return got
	}
	found, err := a.Offences(b.borders)
	b.must(t, err)
	compareTold(t, where, got, byRule(found), e)
	return got
}

// hold tries an object and compares what is told of it.
func (b *bordered) hold(t testing.TB, where, account string, o object, want map[string][]string, e guard.Enforcement) {
	t.Helper()
	got, err := b.write(account, o)
	if err != nil {
		t.Errorf("%s: %.800v", where, err)
		return
	}
	compareTold(t, where, got, want, e)
}

// compareTold holds what the API server says against the reference: all of it in warn mode, and
// the rule that speaks first in deny mode.
func compareTold(t testing.TB, where string, got heard, want map[string][]string, e guard.Enforcement) {
	t.Helper()
	if got.schema != "" { // refused before any policy is asked
		if len(want) == 0 {
			t.Errorf("%s: the definition of the resource refuses it: %s", where, got.schema)
		}
		return
	}
	if (got.refused != "") != (e == guard.Deny && len(want) > 0) || e == guard.Warn && len(got.offences) != len(want) {
		t.Errorf("%s: have %.800q (refused by %q)\nwant %.800q", where, got.offences, got.refused, want)
		return
	}
	for rule, found := range got.offences {
		same := slices.Equal(found, want[rule])
		if got.cut[rule] {
			same = len(found) > 0 && !slices.ContainsFunc(found, func(what string) bool { return !slices.Contains(want[rule], what) })
		}
		if !same {
			t.Errorf("%s: %s: have %.800q\nwant %.800q", where, rule, found, want[rule])
		}
	}
}

// added is what the reference finds new in an object that may be an update of another one.
func (b *bordered) added(account string, now, before object, update bool) (map[string][]string, error) {
	a := guardtest.Attempt{Account: account}
	var err, other error
	a.Now, err = yaml.Marshal(now)
	if update {
		a.Before, other = yaml.Marshal(before)
	}
	if err := errors.Join(err, other); err != nil {
		return nil, err
	}
	found, err := a.Offences(b.borders)
	return byRule(found), err
}
