package judge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/guard/guardtest"
)

// templates writes a file for each template and each constraint: the pairs of their paths, by
// rule.
func (p policies) templates(t *testing.T, dir string, enforce guard.Enforcement) map[string][2]string {
	t.Helper()
	objects, err := p.Gatekeeper(enforce)
	if err != nil {
		t.Fatal(err)
	}
	var rules []guard.Rule
	for _, r := range guard.Rules() {
		if r.Held.Has(guard.Gatekeeper) {
			rules = append(rules, r)
		}
	}
	if len(objects) != 2*len(rules) {
		t.Fatalf("%d objects for %d rules", len(objects), len(rules))
	}
	out := map[string][2]string{}
	for i, o := range objects {
		var text bytes.Buffer
		if err := emit.YAML(&text, []any{o.Value}); err != nil {
			t.Fatal(err)
		}
		r := rules[i%len(rules)]
		paths := out[r.ID]
		paths[i/len(rules)] = filepath.Join("policies", fmt.Sprintf("%d-%s.yaml", i/len(rules), r.ID))
		place(t, dir, paths[i/len(rules)], text.Bytes())
		out[r.ID] = paths
	}
	return out
}

// result is what `gator test -o json` says of one violation.
type result struct {
	Msg               string
	EnforcementAction guard.Enforcement
	Metadata          struct {
		Details struct{ Rule, Object, Offence string }
	}
	ViolatingObject struct {
		Metadata struct{ Annotations map[string]string }
	}
}

// test asks `gator test`, which sees objects as an audit does.
func (p policies) test(t *testing.T, attempts []guardtest.Attempt) {
	dir := t.TempDir()
	p.templates(t, dir, guard.Deny)
	var want []told
	for _, a := range bare(attempts) {
		object := unstructured(t, a.Now)
		object["metadata"].(map[string]any)["annotations"] = map[string]any{"attempt": a.Name}
		data, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		place(t, dir, "objects/"+a.Name+".json", data)
		want = append(want, p.expected(t, a)...)
	}
	out, failed := p.asked(t, dir, gator, "test", "-f", "policies", "-f", "objects", "-o", "json")
	var results []result
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var have []told
	for _, r := range results {
		if r.EnforcementAction != guard.Deny {
			t.Errorf("%s: enforcement %q", r.Msg, r.EnforcementAction)
		}
		d := r.Metadata.Details
		have = append(have, told{r.ViolatingObject.Metadata.Annotations["attempt"], r.Msg, guard.Offence{Rule: d.Rule, Object: d.Object, What: d.Offence}})
	}
	compare(t, want, have)
	if failed != (len(want) > 0) {
		t.Errorf("gator test: failed=%v with %d offences", failed, len(want))
	}
}

// suite is what `gator verify` runs.
type (
	suite struct {
		APIVersion string      `json:"apiVersion"`
		Kind       string      `json:"kind"`
		Tests      []suiteTest `json:"tests"`
	}
	suiteTest struct {
		Name       string      `json:"name"`
		Template   string      `json:"template"`
		Constraint string      `json:"constraint"`
		Cases      []suiteCase `json:"cases"`
	}
	suiteCase struct {
		Name       string      `json:"name"`
		Object     string      `json:"object"`
		Assertions []assertion `json:"assertions"`
	}
	assertion struct {
		Violations int    `json:"violations"`
		Message    string `json:"message,omitempty"`
	}
)

// verify asks `gator verify` with reviews as the API server sends them: who writes, and what
// was there before. What breaks something may still be deleted.
func (p policies) verify(t *testing.T, attempts []guardtest.Attempt) {
	dir := t.TempDir()
	s := suite{APIVersion: "test.gatekeeper.sh/v1alpha1", Kind: "Suite"}
	for id, paths := range p.templates(t, dir, guard.Warn) {
		s.Tests = append(s.Tests, suiteTest{Name: id, Template: paths[0], Constraint: paths[1]})
	}
	slices.SortFunc(s.Tests, func(a, b suiteTest) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	for _, a := range attempts {
		place(t, dir, "reviews/"+a.Name+".yaml", review(t, a, false))
		place(t, dir, "reviews/"+a.Name+"-deleted.yaml", review(t, a, true))
		for i := range s.Tests {
			test := &s.Tests[i]
			want := slices.DeleteFunc(p.expected(t, a), func(o told) bool { return o.Rule != test.Name })
			if !about(test.Name, unstructured(t, a.Now)["kind"]) {
				continue
			}
			test.Cases = append(test.Cases, suiteCase{a.Name, "reviews/" + a.Name + ".yaml", assertions(want)})
			if len(want) > 0 {
				test.Cases = append(test.Cases, suiteCase{a.Name + " deleted", "reviews/" + a.Name + "-deleted.yaml", assertions(nil)})
			}
		}
	}
	s.Tests = slices.DeleteFunc(s.Tests, func(test suiteTest) bool { return len(test.Cases) == 0 })
	if out, failed := p.verifySuite(t, dir, s); failed {
		t.Errorf("gator verify: %s", out)
	}
	s.Tests = s.Tests[:1]
	s.Tests[0].Cases = s.Tests[0].Cases[:1]
	s.Tests[0].Cases[0].Assertions[0].Violations++
	if _, failed := p.verifySuite(t, dir, s); !failed {
		t.Error("gator verify takes what is wrong")
	}
}

func (p policies) verifySuite(t *testing.T, dir string, s suite) ([]byte, bool) {
	t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	place(t, dir, "suite.yaml", data)
	return p.asked(t, dir, gator, "verify", "suite.yaml")
}

// about says whether a rule is about a kind.
func about(rule string, kind any) bool {
	return slices.ContainsFunc(guard.Rules(), func(r guard.Rule) bool {
		return r.ID == rule && slices.ContainsFunc(r.Kinds, func(k guard.Kind) bool { return k.Kind == kind })
	})
}

// assertions: so many violations, and each of these messages once.
func assertions(want []told) []assertion {
	out := []assertion{{Violations: len(want)}}
	for _, o := range want {
		out = append(out, assertion{1, "^" + regexp.QuoteMeta(o.Message) + "$"})
	}
	return out
}

// review is an AdmissionReview of an attempt, or of the deletion of its object.
func review(t *testing.T, a guardtest.Attempt, deleted bool) []byte {
	t.Helper()
	object := unstructured(t, a.Now)
	meta := object["metadata"].(map[string]any)
	group, version, ok := bytes.Cut([]byte(object["apiVersion"].(string)), []byte("/"))
	if !ok {
		group, version = nil, group
	}
	request := map[string]any{
		"uid": "1", "operation": "CREATE", "object": object, "userInfo": map[string]any{"username": a.Account},
		"kind": map[string]any{"group": string(group), "version": string(version), "kind": object["kind"]},
		"name": meta["name"],
	}
	if meta["namespace"] != nil {
		request["namespace"] = meta["namespace"]
	}
	switch {
	case deleted:
		request["operation"], request["oldObject"] = "DELETE", object
		delete(request, "object")
	case a.Before != nil:
		request["operation"], request["oldObject"] = "UPDATE", unstructured(t, a.Before)
	}
	data, err := json.Marshal(map[string]any{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request})
	if err != nil {
		t.Fatal(err)
	}
	return data
}
