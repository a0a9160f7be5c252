package golden

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// offline is a recorded run that nobody serves: predictions need none.
func offline(t *testing.T, run string) *Lab {
	t.Helper()
	l := lab()
	l.auto, l.pairs = map[string]bool{}, map[string]tls.Certificate{}
	objects, err := objectsIn(run)
	if err != nil {
		t.Fatal(err)
	}
	l.put(t, "IngressClass", ingressClass())
	for _, o := range objects {
		switch o.Kind {
		case "Secret":
			l.certify(t, o)
		case "Ingress":
			l.noteAuto(o)
		case "Service":
			l.describe(o)
		}
		l.put(t, o.Kind, o)
	}
	return l
}

// mutations change a route after a conversion, such that visitors notice. They say whether the
// route has what they change.
var mutations = map[string]func(r *intent.Route) bool{
	"another backend": func(r *intent.Route) bool {
		return forwardOf(r, func(f *intent.Forward) { f.Backends[0].Service += "-mutant" })
	},
	"another path upstream": func(r *intent.Route) bool {
		return forwardOf(r, func(f *intent.Forward) { f.Rewrite = &intent.Rewrite{Kind: intent.FullPath, To: "/mutant"} })
	},
	"another host upstream": func(r *intent.Route) bool {
		return forwardOf(r, func(f *intent.Forward) {
			f.Request = append(slices.Clip(f.Request), intent.HeaderChange{Name: "Host", Value: "mutant.t"})
		})
	},
	"a header more upstream": func(r *intent.Route) bool {
		return forwardOf(r, func(f *intent.Forward) {
			f.Request = append(slices.Clip(f.Request), intent.HeaderChange{Name: "X-Mutant", Value: "m"})
		})
	},
	"a header more": func(r *intent.Route) bool {
		return forwardOf(r, func(f *intent.Forward) {
			f.Response = append(slices.Clip(f.Response), intent.HeaderChange{Name: "X-Powered-By", Value: "mutant"})
		})
	},
	"nobody let in": func(r *intent.Route) bool {
		return policiesOf(r, func(p *intent.Policies) { p.Access = &intent.Access{Deny: []string{"0.0.0.0/0"}} })
	},
	"pages of other origins": func(r *intent.Route) bool {
		return policiesOf(r, func(p *intent.Policies) { p.CORS = &intent.CORS{Origins: []string{"*"}, Methods: "MUTANT"} })
	},
	"a limit": func(r *intent.Route) bool {
		return policiesOf(r, func(p *intent.Policies) {
			p.Local = &intent.LocalLimit{Requests: 0, Seconds: 1, Status: 420}
		})
	},
	"a fixed answer": func(r *intent.Route) bool {
		return forwardOf(r, func(*intent.Forward) { r.Forward, r.Respond = nil, &intent.Respond{Status: 418} })
	},
	"a redirect to elsewhere": func(r *intent.Route) bool {
		if r.Redirect == nil {
			return false
		}
		to := *r.Redirect
		to.Scheme, to.Host, to.Path, to.Relative = "https", "mutant.t", "/mutant", false
		r.Redirect = &to
		return true
	},
	"another status of a redirect": func(r *intent.Route) bool {
		if r.Redirect == nil {
			return false
		}
		to := *r.Redirect
		to.Status = 399
		r.Redirect = &to
		return true
	},
	"no redirect to https": func(r *intent.Route) bool {
		had := r.HTTPS != nil
		r.HTTPS = nil
		return had
	},
}

func forwardOf(r *intent.Route, change func(*intent.Forward)) bool {
	if r.Forward == nil {
		return false
	}
	f := *r.Forward
	f.Backends = slices.Clone(f.Backends)
	r.Forward = &f
	change(&f)
	return true
}

func policiesOf(r *intent.Route, change func(*intent.Policies)) bool {
	if r.Forward == nil {
		return false
	}
	p := intent.Policies{}
	if r.Policies != nil {
		p = *r.Policies
	}
	change(&p)
	r.Policies = &p
	return true
}

// TestMutantsAreUnexplained: where a conversion changes something that it does not say, the
// requests that notice are unexplained. A mutant survives where what is expected of a line
// differs from what the sound conversion would do, and each new difference has a reason.
func TestMutantsAreUnexplained(t *testing.T) {
	killed, survived := map[string]int{}, map[string]int{}
	reasons := map[string]string{}
	for _, run := range mutantRuns(t) {
		lines, err := Read(run)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(mutations)) {
			c, err := offline(t, run).Convert()
			if err != nil {
				t.Fatal(err)
			}
			sound, m := c.after, c.after.model
			mutant := intent.Model{Paths: m.Paths}
			for _, h := range m.Hosts {
				h.Routes = slices.Clone(h.Routes)
				for i := range h.Routes {
					mutations[name](&h.Routes[i])
				}
				mutant.Hosts = append(mutant.Hosts, h)
			}
			bad, err := newSide(sound.lab, mutant)
			if err != nil {
				t.Fatal(err)
			}
			for i := range lines {
				line := &lines[i]
				if line.Request.Repeat > 1 || line.Request.Statistical || line.Request.Stateful {
					continue
				}
				c.after, c.last = sound, nil
				want := c.Expect(line)
				if want.Outcome.Withheld || want.Outcome.Blocked {
					continue
				}
				c.after, c.last = bad, nil
				got := c.Expect(line)
				why, open, differs := excuses(want, got)
				switch {
				case !differs:
				case open:
					killed[name]++
				default:
					survived[name]++
					reasons[fmt.Sprintf("%s: %s", name, why)] = fmt.Sprintf("%s %s %s://%s%s %v", filepath.Base(run), line.Request.Name, line.Request.scheme(), line.Request.Host, line.Request.Path, line.Request.Headers)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(mutations)) {
		t.Logf("%s: %d noticed, %d excused", name, killed[name], survived[name])
		if killed[name] == 0 || killed[name] > 50 && survived[name] > killed[name]/8 {
			t.Errorf("%s: %d requests notice, and %d differ without being told", name, killed[name], survived[name])
		}
	}
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		t.Logf("excused %s: %s", why, reasons[why])
	}
}

// excuses are the reasons of differences that a sound conversion does not have; open: one has
// none.
func excuses(want, got *Expected) (why []string, open, differs bool) {
	before, err := json.Marshal(want.Wants)
	after, bad := json.Marshal(got.Wants)
	if err != nil || bad != nil || string(before) == string(after) {
		return nil, false, false
	}
	had := map[Difference]bool{}
	for _, w := range want.Wants {
		for _, e := range w.Changed {
			had[e.Difference] = true
		}
	}
	for _, w := range got.Wants {
		for _, e := range w.Changed {
			if had[e.Difference] {
				continue
			}
			differs = true
			open = open || e.Why == "" || got.Outcome.Exact && !e.Platform
			why = append(why, e.Dimension+" by "+e.Why)
		}
	}
	slices.Sort(why)
	return slices.Compact(why), open, differs
}

func mutantRuns(t *testing.T) (runs []string) {
	for _, f := range Folders(t) {
		runs = append(runs, f.Runs[:min(2, len(f.Runs))]...)
	}
	if dir := os.Getenv("MUTANT_RUNS"); dir != "" {
		more, err := runsOf(dir)
		if err != nil {
			t.Fatal(err)
		}
		return more
	}
	return runs
}
