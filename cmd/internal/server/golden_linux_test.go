package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// goldenInput is how a recorded run is served.
func goldenInput(files string) input {
	return input{
		files: []string{files}, isolated: true, classless: true,
		controller: manifest.Name{Namespace: "ingress-nginx", Name: "ingress-nginx-controller"},
	}
}

// platformVersion counts the changes of the table of platform differences.
const platformVersion = 1

// explained is the table of platform differences: what our data plane does otherwise than
// nginx and is meant to. None is of one host; decision 0013 tells people of them.
var explained = []struct {
	id, why string
	matches func(l *goldenLab, r *recordedRequest, want *recordedAnswer, d *difference) bool
}{
	{"www-http2", "HTTP/2 is spoken on every host; nginx has none on the servers that redirect to www", func(_ *goldenLab, r *recordedRequest, want *recordedAnswer, _ *difference) bool {
		return r.H2 && want.Status == 0
	}},
	{"mirror-unknown-path", "a request to a path that no rule names is not copied to the mirror; nginx copies it", func(_ *goldenLab, _ *recordedRequest, want *recordedAnswer, d *difference) bool {
		return d.key == "also seen" && want.Backend == nil && want.Status == 404
	}},
	{"mirror-dot-segments", "the copy of a request has its path as it was sent; nginx resolves dot segments in it", func(_ *goldenLab, r *recordedRequest, _ *recordedAnswer, d *difference) bool {
		return d.key == "also seen path" && strings.Contains(string(r.Path), "/../")
	}},
	{"mirror-no-url", "a mirror target that is no URL copies nothing; nginx sends the application a second request", func(_ *goldenLab, _ *recordedRequest, _ *recordedAnswer, d *difference) bool {
		return d.key == "also seen path" && strings.Contains(d.text, `want ["/_mirror-UID`)
	}},
	{"grpc-host", "HTTP/2 upstreams get the host as :authority alone; nginx sends Host, too", func(_ *goldenLab, r *recordedRequest, _ *recordedAnswer, d *difference) bool {
		return d.text == fmt.Sprintf("backend header: [], want [%q]", "Host: "+r.Host)
	}},
	{"auto-http-connections", "AUTO_HTTP has connections of its own for http and for https; nginx takes an idle one of either", func(l *goldenLab, r *recordedRequest, want *recordedAnswer, d *difference) bool {
		other := want.Backend != nil && strings.HasSuffix(want.Backend.Proto, "+tls") != r.TLS
		return d.key == "status" && l.auto[hostOf(r.Host)] && (other || r.TLS && want.Status == http.StatusBadRequest)
	}},
}

// goldenDirs are the recorded runs by the folder that holds them.
func goldenDirs(t *testing.T) map[string][]string {
	t.Helper()
	root := filepath.Join("..", "..", "..", "..", "shared", "golden")
	if _, err := os.Stat(root); err != nil {
		if os.Getenv("REQUIRE_SHARED") == "1" {
			t.Fatalf("REQUIRE_SHARED=1, and %v", err)
		}
		t.Skip("SKIPPED: the recordings are not there")
	}
	out := map[string][]string{}
	for _, folder := range []string{"ingress-nginx", "ingress-nginx-random"} {
		dirs, err := filepath.Glob(filepath.Join(root, folder, "*"))
		if err != nil || len(dirs) == 0 {
			t.Fatalf("no runs in %s: %v", folder, err)
		}
		out[folder] = dirs
	}
	return out
}

// TestGolden serves each recorded run of ingress-nginx by our runtime, over real
// connections, and holds every answer against the recorded one. Differences that are not
// explained fail.
func TestGolden(t *testing.T) {
	dirs := goldenDirs(t)
	if !inOwnNetwork(t) {
		return
	}
	for _, folder := range slices.Sorted(maps.Keys(dirs)) {
		s := &score{name: folder, causes: map[string]int{}}
		for _, dir := range dirs[folder] {
			t.Run(filepath.Base(dir), func(t *testing.T) { s.run(t, dir) })
		}
		s.print()
	}
}

// score counts one folder of recordings.
type score struct {
	name                   string
	requests, equal, meant int
	causes                 map[string]int
}

func (s *score) print() {
	fmt.Printf("golden %s interpreted: %d requests, %d equal, %d explained, %d unexplained\n", s.name, s.requests, s.equal, s.meant, s.requests-s.equal-s.meant)
	for _, cause := range slices.Sorted(maps.Keys(s.causes)) {
		fmt.Printf("  %d %s\n", s.causes[cause], cause)
	}
}

type recordedLine struct {
	Request  recordedRequest
	Observed recordedAnswer
}

// hostOf is the host of a request without its port, in lower case.
func hostOf(host string) string {
	host, _, _ = strings.Cut(strings.ToLower(host), ":")
	return host
}

func readLines(t *testing.T, dir string) (all []recordedLine) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "observed.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var l recordedLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatalf("%s: %v: %.200s", dir, err, lines.Text())
		}
		all = append(all, l)
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		t.Fatalf("%s: %d requests: %v", dir, len(all), err)
	}
	return all
}

// run plays one run.
func (s *score) run(t *testing.T, dir string) {
	l := newGoldenLab(t, dir)
	for i, line := range readLines(t, dir) {
		s.requests++
		d := l.play(&line)
		switch why := l.meant(&line, d); {
		case d == nil:
			s.equal++
		case why != "":
			s.meant++
			s.causes["explained: "+why]++
		default:
			s.causes["unexplained: "+d.key]++
			r := &line.Request
			t.Errorf("%s #%d: %s %s%s: %s", r.Name, i, r.method(), r.Host, r.Path, d.text)
		}
	}
}

func (l *goldenLab) meant(line *recordedLine, d *difference) string {
	if d != nil {
		for _, e := range explained {
			if e.matches(l, &line.Request, &line.Observed, d) {
				return fmt.Sprintf("%s (version %d): %s", e.id, platformVersion, e.why)
			}
		}
	}
	return ""
}

// play sends a line as often as it was recorded; one whose answer is chance, until it is
// the recorded one.
func (l *goldenLab) play(line *recordedLine) *difference {
	r, want := &line.Request, &line.Observed
	if r.Repeat > 1 {
		return l.repeat(r, want)
	}
	tries := 1
	if r.Statistical && !r.Stateful {
		tries = 60
	}
	var first *difference
	for range tries {
		l.taken()
		d := compare(r, l.send(r, ""), want)
		if d == nil {
			d = alsoSeen(l.others(want), want)
		}
		if d == nil {
			return nil
		}
		if first == nil {
			first = d
		}
	}
	return first
}

// others is what others were asked beside the answer. Copies come late: they are waited for.
func (l *goldenLab) others(want *recordedAnswer) []echoSeen {
	got := l.taken()
	asked := func(w recordedSeen) bool {
		return slices.ContainsFunc(got, func(g echoSeen) bool { return g.Backend == w.Backend })
	}
	for until := time.Now().Add(300 * time.Millisecond); time.Now().Before(until); got = append(got, l.taken()...) {
		if !slices.ContainsFunc(want.AlsoSeen, func(w recordedSeen) bool { return !asked(w) && !strings.HasPrefix(w.Method, "HEAD") }) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	return got
}

// alsoSeen compares the questions to authentication services, and what error services, mirrors
// and others saw.
func alsoSeen(got []echoSeen, want *recordedAnswer) *difference {
	for i := range want.AlsoSeen {
		w := &want.AlsoSeen[i]
		if strings.HasPrefix(w.Method, "HEAD") {
			continue
		}
		at := slices.IndexFunc(got, func(g echoSeen) bool { return g.Backend == w.Backend })
		if at < 0 {
			return &difference{"also seen", fmt.Sprintf("also seen: %s was not asked", w.Backend)}
		}
		if d := compareSeen("also seen", &got[at], w); d != nil {
			return d
		}
	}
	return nil
}

// repeat sends a request many times and compares the shares of the answers, and the last
// answer but for its backend.
func (l *goldenLab) repeat(r *recordedRequest, want *recordedAnswer) *difference {
	tally, cookies := map[string]int{}, map[string]string{}
	var mu sync.Mutex
	one := func() {
		mu.Lock()
		jar := jarText(cookies)
		mu.Unlock()
		a := l.send(r, jar)
		mu.Lock()
		defer mu.Unlock()
		key := fmt.Sprint(a.status)
		if a.err != "" {
			key = a.err
		}
		if b := a.headers.Get("X-Echo-Backend"); b != "" {
			key += " " + b
			if a.backend != nil {
				key += " " + a.backend.Pod
			}
		}
		tally[key]++
		if r.Jar {
			keep(cookies, a.headers)
		}
	}
	left := r.Repeat
	for left > 0 {
		var batch sync.WaitGroup
		for range min(left, max(1, r.Concurrency)) {
			left--
			batch.Go(one)
		}
		batch.Wait()
	}
	return compareTally(r, tally, want.Tally)
}

// jarText is what a client's jar sends.
func jarText(cookies map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(cookies)) {
		all = append(all, name+"="+cookies[name])
	}
	return strings.Join(all, "; ")
}

func keep(cookies map[string]string, h http.Header) {
	for _, line := range h["Set-Cookie"] {
		pair, _, _ := strings.Cut(line, ";")
		if name, value, ok := strings.Cut(pair, "="); ok {
			cookies[name] = value
		}
	}
}
