package server

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// recordedAnswer is what the controller did with a request.
type recordedAnswer struct {
	Err, Cert string
	Status    int
	Headers   map[string][]recordedText
	Backend   *recordedSeen
	AlsoSeen  []recordedSeen `json:"also_seen"`
	Tally     map[string]int
}

type recordedSeen struct {
	Backend, Pod, Method, Host, Proto string
	Path, Body                        recordedText
	Headers                           map[string][]recordedText
}

// telling are the headers of responses that the recordings hold.
var telling = []string{
	"Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods", "Access-Control-Allow-Origin",
	"Access-Control-Expose-Headers", "Access-Control-Max-Age", "Location", "Set-Cookie", "Strict-Transport-Security", "Vary",
	"Www-Authenticate", "X-Custom", "X-Echo-Backend", "X-Powered-By", "X-Two",
}

// ownNames are what differs from one controller to the next: names of default certificates.
var ownNames = map[string]string{
	"Kubernetes Ingress Controller Fake Certificate": "default", "split-ingress default certificate": "default",
}

// changing are parts of headers that differ from run to run: keys of affinity cookies,
// dates, and nonces.
var changing = []struct {
	pattern *regexp.Regexp
	as      string
}{
	{regexp.MustCompile(`=[0-9a-f.]+\|[0-9a-f]{32}`), "=KEY"},
	{regexp.MustCompile(`Expires=[^;]+`), "Expires=DATE"},
	{regexp.MustCompile(`nonce="[^"]*"`), `nonce="N"`},
}

// plainHeaders is a header as compared: values of one name in order, without what changes.
func plainHeaders[S ~string](h map[string][]S, take func(name string) bool) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if !take(name) {
			continue
		}
		for _, v := range h[name] {
			text := short(string(v))
			for _, c := range changing {
				text = c.pattern.ReplaceAllString(text, c.as)
			}
			if name == "Ssl-Client-Cert" {
				text = fmt.Sprint(text != "")
			}
			out = append(out, name+": "+text)
		}
	}
	return strings.Join(out, "\n")
}

// toldUpstream says whether a header of a request to a backend was recorded.
func toldUpstream(name string) bool { return name != "X-Request-Id" && name != "Content-Length" }

// difference is the first way in which an answer is not the recorded one; "" is equal. The
// key names what differs, the text how.
type difference struct{ key, text string }

func differs(key, got, want string) *difference {
	if got == want {
		return nil
	}
	ours, theirs := onlyIn(got, want), onlyIn(want, got)
	if len(ours)+len(theirs) == 0 { // the order differs, or how often a line is there
		ours, theirs = strings.Split(got, "\n"), strings.Split(want, "\n")
	}
	return &difference{key, fmt.Sprintf("%s: %.400q, want %.400q", key, ours, theirs)}
}

// onlyIn are the lines of a that b has not.
func onlyIn(a, b string) []string {
	lines := strings.Split(b, "\n")
	return slices.DeleteFunc(strings.Split(a, "\n"), func(line string) bool { return slices.Contains(lines, line) })
}

// compare holds an answer against the recorded one.
func compare(r *recordedRequest, got goldenAnswer, want *recordedAnswer) *difference {
	if got.err != "" {
		if want.Err != "" {
			return nil
		}
		return &difference{"no answer", "no answer: " + got.err}
	}
	isTelling := func(name string) bool { return slices.Contains(telling, name) }
	for _, d := range []*difference{
		differs("status", fmt.Sprint(got.status), fmt.Sprint(want.Status)),
		differs("header", plainHeaders(got.headers, isTelling), plainHeaders(want.Headers, isTelling)),
		differs("certificate", commonName(got.cert), commonName(want.Cert)),
	} {
		if d != nil {
			return d
		}
	}
	if want.Backend == nil || got.backend == nil {
		if (want.Backend == nil) != (got.backend == nil) && r.method() != http.MethodHead {
			return differs("backend", fmt.Sprint(got.backend != nil), fmt.Sprint(want.Backend != nil))
		}
		return nil
	}
	return compareSeen("backend", got.backend, want.Backend)
}

func commonName(cn string) string {
	if own := ownNames[cn]; own != "" {
		return own
	}
	return cn
}

// compareSeen compares what a backend saw. Which of several pods it was is chance.
func compareSeen(what string, got *echoSeen, want *recordedSeen) *difference {
	clusterIP := func(pod string) string { return fmt.Sprint(pod == "clusterip") }
	for _, d := range []*difference{
		differs(what, got.Backend, want.Backend),
		differs(what+" by cluster IP", clusterIP(got.Pod), clusterIP(want.Pod)),
		differs(what+" method", got.Method, want.Method),
		differs(what+" path", short(got.Path), short(string(want.Path))),
		differs(what+" host", got.Host, want.Host),
		differs(what+" protocol", got.Proto, want.Proto),
		differs(what+" header", plainHeaders(got.Headers, toldUpstream), plainHeaders(want.Headers, toldUpstream)),
		differs(what+" body", short(got.Body), short(string(want.Body))),
	} {
		if d != nil {
			return d
		}
	}
	return nil
}

// compareTally compares shares of answers: within five standard deviations, or, where a
// client is kept at one backend, whether all but a few go the same way.
func compareTally(r *recordedRequest, got, want map[string]int) *difference {
	count := func(tally map[string]int) (shares map[string]int, total, most int) {
		shares = map[string]int{}
		for key, n := range tally {
			most = max(most, n)
			total += n
			parts := strings.Fields(key)
			shares[strings.Join(parts[:min(2, len(parts))], " ")] += n
		}
		return shares, total, most
	}
	gotShares, gotTotal, gotMost := count(got)
	wantShares, wantTotal, wantMost := count(want)
	keptOf := func(most, total int) bool { return most >= total-max(1, total/4) } // the first ones may go elsewhere
	kept, wantKept := keptOf(gotMost, gotTotal), keptOf(wantMost, wantTotal)
	if r.Jar && kept == wantKept {
		return nil
	}
	if r.Jar && wantTotal >= 20 { // too many for chance
		return &difference{"shares", fmt.Sprintf("shares: the client is kept at one backend: %t, want %t", kept, wantKept)}
	}
	slack := 0.5
	if r.Stateful || r.Concurrency > 0 {
		slack = math.Max(2, 0.2*float64(wantTotal)) // what a limit lets through depends on the pace
	}
	for key := range merged(gotShares, wantShares) {
		a, b := float64(gotShares[key]), float64(wantShares[key])
		share := (a + b) / float64(gotTotal+wantTotal)
		if math.Abs(a-b) > slack+5*math.Sqrt(float64(gotTotal+wantTotal)*share*(1-share)) {
			return &difference{"shares", fmt.Sprintf("shares: %v, want %v", gotShares, wantShares)}
		}
	}
	return nil
}

func merged(a, b map[string]int) map[string]int {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
