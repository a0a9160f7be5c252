package faults_test

import (
	"fmt"
	"regexp"
	"strconv"
	"sync/atomic"
)

// versions are the states of one host, from 1 on. An answer may be that of any state that
// was valid between the request's start and end: none that is not written yet, and none
// before one that was seen by then. State n rewrites /app to /vN and leads to the upstream
// "app-0" or "app-1", by whether n is even.
type versions struct{ written, seen atomic.Int64 }

var ofVersion = regexp.MustCompile(`^200 app-([01]) /v(\d+)/x$`)

// judge is a load's begin.
func (v *versions) judge() func(answer) string {
	least := v.seen.Load()
	return func(a answer) string {
		m := ofVersion.FindStringSubmatch(a.String())
		if m == nil {
			return "got " + a.String()
		}
		n, err := strconv.ParseInt(m[2], 10, 64)
		switch most := v.written.Load(); {
		case err != nil:
			return err.Error()
		case m[1] != fmt.Sprint(n%2):
			return "of two states at once"
		case n < least:
			return "of a state that was replaced before the request began"
		case n > most:
			return "of a state that is not written yet"
		}
		for before := v.seen.Load(); n > before && !v.seen.CompareAndSwap(before, n); before = v.seen.Load() {
		}
		return ""
	}
}

// next says that another state is about to be written.
func (v *versions) next() int64 { return v.written.Add(1) }

// settled says whether the last state was seen.
func (v *versions) settled() bool { return v.seen.Load() == v.written.Load() }

// route is the specification of a root whose only route is that of a state.
func route(host string, n int64) string {
	return fmt.Sprintf(`
virtualhost: {fqdn: %s}
routes:
- conditions: [{prefix: /app}]
  timeoutPolicy: {response: infinity}
  pathRewritePolicy: {replacePrefix: [{replacement: /v%d}]}
  services: [{name: app-%d, port: 80}]`, host, n, n%2)
}
