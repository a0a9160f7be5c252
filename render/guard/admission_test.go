package guard_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	admission "k8s.io/api/admissionregistration/v1"
	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/guard/guardtest"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// TestAdmission holds what is written for a plan.
func TestAdmission(t *testing.T) {
	cases, err := guardtest.Cases("../../fixtures/borders")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(cases, func(c guardtest.Case) bool { return filepath.Base(c.Path) == "paths.txtar" })
	b := guard.From(cases[i].Plan)
	objects, findings, err := b.Admission(guard.Warn)
	if err != nil || len(findings) > 0 {
		t.Fatal(findings, err)
	}
	var all []any
	for _, o := range objects {
		if o.Kind == "ConfigMap" || o.Name == "split-ingress-carve-out" || o.Name == "split-ingress-namespace-role" {
			all = append(all, o.Value)
		}
	}
	var got bytes.Buffer
	if err := emit.YAML(&got, all); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/admission.yaml"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(want, got.Bytes()) {
		t.Errorf("%v; have\n%s", err, got.String())
	}
}

// TestPolicies: each rule that sees one object has a policy, all of whose variables are there
// before they are needed, and nothing in cel is left over.
func TestPolicies(t *testing.T) {
	b := guard.From(&ownership.Plan{RootNamespace: "r", FanoutNamespace: "f"})
	objects, _, err := b.Admission(guard.Deny)
	if err != nil {
		t.Fatal(err)
	}
	refs, capitals := regexp.MustCompile(`variables\.(\w+)`), regexp.MustCompile(`\b[A-Z]{4,}\b`)
	used, policies := map[string]bool{}, 0
	for _, o := range objects {
		p, is := o.Value.(*admission.ValidatingAdmissionPolicy)
		if !is {
			continue
		}
		policies++
		rule, _ := strings.CutPrefix(p.Name, "split-ingress-")
		used[rule] = true
		known := map[string]bool{}
		for _, v := range p.Spec.Variables {
			for _, ref := range refs.FindAllStringSubmatch(v.Expression, -1) {
				if !known[ref[1]] {
					t.Errorf("%s: %s needs %s, which is not there yet", p.Name, v.Name, ref[1])
				}
			}
			code := regexp.MustCompile(`(?m)^//.*$`).ReplaceAllString(v.Expression, "")
			if found := capitals.FindString(regexp.MustCompile(`r'.*?'`).ReplaceAllString(code, "")); found != "" {
				t.Errorf("%s: %s: what is %s?", p.Name, v.Name, found)
			}
			known[v.Name], used[strings.TrimSuffix(v.Name, "Before")] = true, true
		}
	}
	if want := len(slices.DeleteFunc(guard.Rules(), func(r guard.Rule) bool { return !r.Held.Has(guard.Admission) })); policies != want {
		t.Errorf("%d policies for %d rules", policies, want)
	}
	files, err := filepath.Glob("cel/*.cel")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".cel"); !used[name] {
			t.Errorf("%s is in no policy", f)
		}
	}
}

// TestCuts: a path is within a given one if what its regex cuts from the path is among the
// paths behind that regex.
func TestCuts(t *testing.T) {
	text := rapid.SampledFrom([]string{"/", "/a", "/a/", "/a/b", "/ab", "/a/b/c", "/é/x", "/" + strings.Repeat("x", 1001), "/" + strings.Repeat("x", 1002)})
	rapid.Check(t, func(t *rapid.T) {
		p := &ownership.Plan{RootNamespace: "r", FanoutNamespace: "f", Teams: []ownership.Team{{Name: "a", Namespaces: []string{"a"}}}, Hosts: []ownership.HostRule{{
			Host: "example.com", Claims: []ownership.Claim{{Team: "a", Namespace: "a", Path: "/", Kind: ownership.Prefix}},
		}}}
		kind := rapid.SampledFrom([]ownership.ClaimKind{ownership.Prefix, ownership.StringPrefix, ownership.Exact})
		for range rapid.IntRange(1, 4).Draw(t, "claims") {
			p.Hosts[0].Claims = append(p.Hosts[0].Claims, ownership.Claim{Team: "a", Namespace: "a", Path: text.Draw(t, "given"), Kind: kind.Draw(t, "kind")})
		}
		b := guard.From(p)
		params, err := b.Params()
		if err != nil {
			t.Fatal(err)
		}
		path := text.Draw(t, "path")
		for _, m := range b.Mounts {
			if m.Path != "/" || m.Kind != ownership.Prefix {
				continue
			}
			var want, got []string
			for _, g := range m.Given {
				if g.Path == path || g.Kind == ownership.StringPrefix && strings.HasPrefix(path, g.Path) || g.Kind == ownership.Prefix && strings.HasPrefix(path, g.Path+"/") {
					want = append(want, g.Path)
				}
			}
			for line := range strings.SplitSeq(params.Data["given."+m.Namespace+"."+m.Name], "\n") {
				parts := strings.Split(line, "\t")
				if cut := regexp.MustCompile(parts[0]).FindString(path); slices.Contains(parts, cut) && cut != "" {
					got = append(got, cut)
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(slices.Compact(want), slices.Compact(got)) {
				t.Fatalf("%q within %v: have %q, want %q", path, m.Given, got, want)
			}
		}
	})
}

// TestParamsSize: what is too large for a ConfigMap is an error with numbers, and what is too
// large for kubectl's annotation a finding.
func TestParamsSize(t *testing.T) {
	hosts := func(n int) guard.Borders {
		p := &ownership.Plan{RootNamespace: "r", FanoutNamespace: "f"}
		for i := range n {
			p.Hosts = append(p.Hosts, ownership.HostRule{Host: fmt.Sprintf("h%05d.example.com", i), Claims: []ownership.Claim{{Team: "a", Namespace: "a", Path: "/"}}})
		}
		return guard.From(p)
	}
	for n, want := range map[int]string{100: "", 3000: "borders-size", 10_000: "10000 hosts with 10000 objects"} {
		b := hosts(n)
		_, findings, err := b.Admission(guard.Warn)
		if got := fmt.Sprint(findings, err); want != "" && !strings.Contains(got, want) || want == "" && (len(findings) > 0 || err != nil) {
			t.Errorf("%d hosts: %s", n, got)
		}
	}
}

// TestParamsRefuse: what a line cannot hold is an error.
func TestParamsRefuse(t *testing.T) {
	long := strings.Repeat("a.", 125) + "com"
	b := guard.From(&ownership.Plan{RootNamespace: "r", FanoutNamespace: "f", Hosts: []ownership.HostRule{
		{Host: long, Claims: []ownership.Claim{{Team: "a", Namespace: "a", Path: "/a\nb", Kind: ownership.Regex}}},
	}})
	_, err := b.Params()
	if err == nil || !strings.Contains(err.Error(), long) || !strings.Contains(err.Error(), `/a\nb`) {
		t.Error(err)
	}
}
