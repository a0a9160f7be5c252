package auth

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// unused is how long an answer is kept that nobody asks for (ingress-nginx's inactive=30m).
const unused = 30 * time.Minute

// answers keeps answers of the service for some time.
type answers struct {
	template intent.Template
	rules    []keepRule
	now      func() time.Time
	wanted   []string // headers of an answer that a verdict is made of
	kept     *lru[*keptAnswer]
}

type keptAnswer struct {
	answer
	until time.Time
	used  time.Time
}

// newAnswers is nil where the policy has no key. Those of a policy and a place that are kept
// already go on.
func newAnswers(e *intent.ExternalAuth, o ExternalOptions) (*answers, error) {
	if e.CacheKey == "" {
		return nil, nil
	}
	a := &answers{template: intent.Template(e.CacheKey), now: o.Now, wanted: append([]string{"Www-Authenticate"}, e.Headers...)}
	if a.now == nil {
		a.now = time.Now
	}
	for _, text := range e.CacheFor {
		rule, err := readKeepRule(text)
		if err != nil {
			return nil, err
		}
		a.rules = append(a.rules, rule)
	}
	size := o.MaxCached
	if size <= 0 {
		size = 1024
	}
	a.kept = newLRU[*keptAnswer](size)
	if o.Store == nil {
		return a, nil
	}
	return o.Store.answers.Get(identity(o.Place, size, *e), func() *answers { return a }), nil
}

func (a *answers) key(q Question) key { return sha256.Sum256([]byte(a.template.Expand(q.lookup))) }

func (a *answers) get(k key) (answer, bool) {
	found, ok := a.kept.get(k)
	if !ok {
		return answer{}, false
	}
	now := a.now()
	if !now.Before(found.until) || now.Sub(found.used) > unused {
		a.kept.drop(k)
		return answer{}, false
	}
	a.kept.put(k, &keptAnswer{found.answer, found.until, now})
	return found.answer, true
}

func (a *answers) put(k key, fresh answer) {
	now := a.now()
	if until := a.until(fresh, now); until.After(now) {
		a.kept.put(k, &keptAnswer{fresh.only(a.wanted), until, now})
	}
}

// until is when an answer stops to be good, in the past if it must not be kept: what its own
// headers say (X-Accel-Expires, else Cache-Control, else Expires), else the rule of its
// status. Answers that set cookies or vary are not kept.
func (a *answers) until(fresh answer, now time.Time) time.Time {
	h := fresh.header
	if len(h.Values("Set-Cookie")) > 0 || len(h.Values("Vary")) > 0 {
		return time.Time{}
	}
	if until, ok := accelExpires(h.Get("X-Accel-Expires"), now); ok {
		return until
	}
	if until, ok := cacheControl(strings.ToLower(strings.Join(h.Values("Cache-Control"), ",")), now); ok {
		return until
	}
	if expires := h.Get("Expires"); expires != "" {
		until, err := http.ParseTime(expires)
		if err != nil {
			return time.Time{}
		}
		return until
	}
	for _, rule := range a.rules {
		if rule.covers(fresh.status) {
			return now.Add(rule.keep)
		}
	}
	return time.Time{}
}

// accelExpires is a number of seconds, or "@" and one since 1970; anything else says nothing.
func accelExpires(value string, now time.Time) (time.Time, bool) {
	number, absolute := strings.CutPrefix(value, "@")
	n, err := strconv.ParseInt(number, 10, 32)
	switch {
	case err != nil || n < 0:
		return time.Time{}, false
	case absolute:
		return time.Unix(n, 0), true
	}
	return now.Add(time.Duration(n) * time.Second), true
}

// cacheControl is what the header, in lower case, says; a lifetime that cannot be read is
// none.
func cacheControl(value string, now time.Time) (time.Time, bool) {
	for _, never := range []string{"no-cache", "no-store", "private"} {
		if strings.Contains(value, never) {
			return time.Time{}, true
		}
	}
	for _, name := range []string{"s-maxage=", "max-age="} {
		if _, after, ok := strings.Cut(value, name); ok {
			number, _, _ := strings.Cut(after, ",")
			n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 32)
			if err != nil || n < 0 {
				return time.Time{}, true
			}
			return now.Add(time.Duration(n) * time.Second), true
		}
	}
	return time.Time{}, false
}

// keepRule is how long answers with some statuses are kept.
type keepRule struct {
	statuses []int // none: 200, 301 and 302
	any      bool
	keep     time.Duration
}

func (r keepRule) covers(status int) bool {
	if r.any {
		return true
	}
	for _, s := range r.statuses {
		if s == status {
			return true
		}
	}
	return len(r.statuses) == 0 && (status == 200 || status == 301 || status == 302)
}

// readKeepRule reads nginx's proxy_cache_valid: statuses or "any", then a time.
func readKeepRule(text string) (r keepRule, err error) {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return r, fmt.Errorf("cache duration %q: there is no time in it; write for example \"200 202 5m\"", text)
	}
	last := len(fields) - 1
	for _, f := range fields[:last] {
		if f == "any" {
			r.any = true
			continue
		}
		status, err := strconv.Atoi(f)
		if err != nil || status < 100 || status > 599 {
			return r, fmt.Errorf("cache duration %q: %q is no status", text, f)
		}
		r.statuses = append(r.statuses, status)
	}
	if r.keep, err = nginxTime(fields[last]); err != nil {
		return r, fmt.Errorf("cache duration %q: %w", text, err)
	}
	return r, nil
}

// nginxTime reads a time in nginx's syntax, in whole seconds: "1h30m", "5m", "30".
func nginxTime(s string) (total time.Duration, err error) {
	const day = 24 * time.Hour
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': day, 'w': 7 * day, 'M': 30 * day, 'y': 365 * day}
	if s == "" {
		return 0, fmt.Errorf("%q is no time", s)
	}
	for rest := s; rest != ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.ParseInt(rest[:digits], 10, 32)
		if err != nil {
			return 0, fmt.Errorf("%q is no time", s)
		}
		unit := time.Second
		if rest = rest[digits:]; rest != "" {
			var ok bool
			if unit, ok = units[rest[0]]; !ok {
				return 0, fmt.Errorf("%q is no time", s)
			}
			rest = rest[1:]
		}
		if n > int64(10*365*day/unit) {
			return 0, fmt.Errorf("%q is too long; ten years are enough", s)
		}
		total += time.Duration(n) * unit
	}
	return total, nil
}
