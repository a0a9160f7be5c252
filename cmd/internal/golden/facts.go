package golden

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Facts are an answer as it is compared, by dimension: "status", "certificate", "header
// NAME", "backend" and what it saw ("backend path", "backend header NAME", ...). An answer
// that did not come is the fact "answer" alone.
type Facts map[string]string

// telling are the headers of responses that the recordings hold.
var telling = []string{
	"Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods", "Access-Control-Allow-Origin",
	"Access-Control-Expose-Headers", "Access-Control-Max-Age", "Location", "Set-Cookie", "Strict-Transport-Security", "Vary",
	"Www-Authenticate", "X-Custom", "X-Echo-Backend", "X-Powered-By", "X-Two",
}

// untold are headers of requests to backends that were not recorded, or say nothing.
var untold = []string{"X-Request-Id", "Content-Length"}

// ownNames are what differs from one controller to the next: names of default certificates.
var ownNames = map[string]string{
	"Kubernetes Ingress Controller Fake Certificate": "default", "split-ingress default certificate": "default",
}

func commonName(cn string) string {
	if own := ownNames[cn]; own != "" {
		return own
	}
	return cn
}

// FactsOf are those of an answer, but for what others saw of the request.
func FactsOf(a *Answer) Facts {
	if a.Err != "" {
		return Facts{"answer": "none"}
	}
	f := Facts{"status": fmt.Sprint(a.Status), "certificate": commonName(a.Cert)}
	for _, name := range telling {
		f.header("header", name, a.Headers[name])
	}
	if a.Backend != nil {
		f.saw("backend", a.Backend)
	}
	return f
}

// header notes a header with all its values.
func (f Facts) header(what, name string, values []Text) {
	var all []string
	for _, v := range values {
		all = append(all, steady(name, v))
	}
	if len(all) > 0 {
		f[what+" "+name] = strings.Join(all, "\n")
	}
}

// saw notes what a backend saw. Which of several pods it was is chance.
func (f Facts) saw(what string, s *Seen) {
	f[what] = s.Backend
	f[what+" cluster IP"] = fmt.Sprint(s.Pod == "clusterip")
	f[what+" method"] = s.Method
	f[what+" path"] = short(s.Path)
	f[what+" host"] = s.Host
	f[what+" protocol"] = s.Proto
	f[what+" body"] = short(s.Body)
	for name, values := range s.Headers {
		if !contains(untold, name) {
			f.header(what+" header", name, values)
		}
	}
}

// Difference is a dimension in which an answer is not the wanted one.
type Difference struct{ Dimension, Got, Want string }

func (d Difference) String() string {
	return fmt.Sprintf("%s: %.400q, want %.400q", d.Dimension, d.Got, d.Want)
}

// Against are the dimensions in which facts are not those that are wanted, sorted. Where one
// side has no answer, or no backend, nothing else is to compare; of the answer to a HEAD
// request nobody can tell the backend.
func (f Facts) Against(want Facts, method string) (all []Difference) {
	if f["answer"] != want["answer"] {
		return []Difference{{"answer", f["answer"], want["answer"]}}
	}
	both := f["backend"] != "" && want["backend"] != ""
	keys := maps.Clone(f)
	maps.Copy(keys, want)
	for _, dim := range slices.Sorted(maps.Keys(keys)) {
		ofBackend := strings.HasPrefix(dim, "backend")
		if f[dim] == want[dim] || ofBackend && !both && (dim != "backend" || method == http.MethodHead) {
			continue
		}
		all = append(all, Difference{dim, f[dim], want[dim]})
	}
	return all
}

// With are the facts with those of another answer in some dimensions.
func (f Facts) With(dims []string, other Facts) Facts {
	out := maps.Clone(f)
	for _, dim := range dims {
		if v, ok := other[dim]; ok {
			out[dim] = v
		} else {
			delete(out, dim)
		}
	}
	return out
}

// coarse is a dimension without names of headers, for counting.
func coarse(dim string) string {
	if at := strings.Index(dim, "header "); at >= 0 && dim != "header Location" {
		return dim[:at] + "header"
	}
	return dim
}
