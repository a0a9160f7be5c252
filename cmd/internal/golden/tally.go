package golden

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// repeat sends a request many times and counts the answers: by status, backend and pod.
func (l *Lab) repeat(at Addresses, r *Request) map[string]int {
	tally, cookies := map[string]int{}, map[string]string{}
	var mu sync.Mutex
	one := func() {
		mu.Lock()
		jar := jarText(cookies)
		mu.Unlock()
		a := l.send(at, r, jar)
		mu.Lock()
		defer mu.Unlock()
		tally[a.share()]++
		if r.Jar {
			keep(cookies, a.Headers["Set-Cookie"])
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
	return tally
}

// share is what an answer counts as.
func (a *Answer) share() string {
	if a.Err != "" {
		return noAnswer
	}
	key := fmt.Sprint(a.Status)
	if b := a.Headers["X-Echo-Backend"]; len(b) > 0 {
		key += " " + string(b[0])
		if a.Backend != nil {
			key += " " + a.Backend.Pod
		}
	}
	return key
}

// jarText is what a client's jar sends.
func jarText(cookies map[string]string) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(cookies)) {
		all = append(all, name+"="+cookies[name])
	}
	return strings.Join(all, "; ")
}

func keep(cookies map[string]string, lines []Text) {
	for _, line := range lines {
		if c, err := http.ParseSetCookie(string(line)); err == nil {
			cookies[c.Name] = c.Value
		}
	}
}

// shares are a tally without pods: its total, and how many answers were alike, pods included.
func shares(tally map[string]int) (all map[string]int, total, most int) {
	all = map[string]int{}
	for key, n := range tally {
		most = max(most, n)
		total += n
		parts := strings.Fields(key)
		if len(parts) > 2 {
			key = parts[0] + " " + parts[1]
		}
		all[key] += n
	}
	return all, total, most
}

// compareTally compares shares of answers: within five standard deviations, or, where a
// client is kept at one backend, whether all but a few go the same way.
func compareTally(r *Request, got, want map[string]int) []Difference {
	gotShares, gotTotal, gotMost := shares(got)
	wantShares, wantTotal, wantMost := shares(want)
	keptOf := func(most, total int) bool { return most >= total-max(1, total/4) } // the first ones may go elsewhere
	kept, wantKept := keptOf(gotMost, gotTotal), keptOf(wantMost, wantTotal)
	if r.Jar && kept == wantKept {
		return nil
	}
	if r.Jar && wantTotal >= 20 { // too many for chance
		return []Difference{{"shares", fmt.Sprintf("kept at one backend: %t", kept), fmt.Sprintf("kept at one backend: %t", wantKept)}}
	}
	slack := 0.5
	if r.Stateful || r.Concurrency > 0 {
		slack = math.Max(2, 0.2*float64(wantTotal)) // what a limit lets through depends on the pace
	}
	for key := range merged(gotShares, wantShares) {
		a, b := float64(gotShares[key]), float64(wantShares[key])
		share := (a + b) / float64(gotTotal+wantTotal)
		if math.Abs(a-b) > slack+5*math.Sqrt(float64(gotTotal+wantTotal)*share*(1-share)) {
			return []Difference{{"shares", fmt.Sprint(gotShares), fmt.Sprint(wantShares)}}
		}
	}
	return nil
}

func merged(a, b map[string]int) map[string]int {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
