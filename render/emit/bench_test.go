package emit

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
)

// proxies makes n HTTPProxies of about 40 lines each.
func proxies(n int) []any {
	objects := make([]any, n)
	for i := range objects {
		p := login()
		p.Name = fmt.Sprintf("example-%d-login", i)
		p.Spec.Routes = append(p.Spec.Routes, contour.Route{
			Conditions:        []contour.MatchCondition{{Prefix: fmt.Sprintf("/api/%d", i)}},
			Services:          []contour.Service{{Name: "api", Port: 8080}},
			PathRewritePolicy: &contour.PathRewritePolicy{ReplacePrefix: []contour.ReplacePrefix{{Prefix: "/api", Replacement: "/"}}},
			RequestHeadersPolicy: &contour.HeadersPolicy{
				Set: []contour.HeaderValue{{Name: "X-Forwarded-Prefix", Value: "/api"}},
			},
		})
		objects[i] = p
	}
	return objects
}

func BenchmarkYAML30000(b *testing.B) {
	objects := proxies(30_000)
	var one bytes.Buffer
	if err := YAML(&one, objects[:1]); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := YAML(io.Discard, objects); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(bytes.Count(one.Bytes(), []byte("\n"))), "lines/object")
}

// Allocations are counted, since they don't depend on the machine: what remains is one
// slice of sorted keys and one string a key for each map.
func TestYAMLAllocations(t *testing.T) {
	objects := proxies(100)
	if err := YAML(io.Discard, objects); err != nil {
		t.Fatal(err)
	}
	perObject := testing.AllocsPerRun(5, func() {
		if err := YAML(io.Discard, objects); err != nil {
			t.Fatal(err)
		}
	}) / 100
	if perObject > 24 {
		t.Errorf("%.1f allocations an object, want at most 24", perObject)
	}
}
