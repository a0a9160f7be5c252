package nginx

import (
	"math"
	"strconv"
	"strings"
)

// maxSeconds is the longest time that nginx reads, in seconds.
const maxSeconds = math.MaxInt64 / 1000

// numbers judges times and counts.
func (r *refusals) numbers() {
	for key, def := range map[string]int{
		"proxy-connect-timeout": 5, "proxy-read-timeout": 60, "proxy-send-timeout": 60, "proxy-next-upstream-timeout": 0,
		"proxy-next-upstream-tries": 3,
	} {
		switch n := r.number(key, def); {
		case n < 0:
			r.say(key, "is below 0")
		case n > maxSeconds && key != "proxy-next-upstream-tries":
			r.say(key, "is longer than nginx can count")
		}
	}
	limited := r.o.values.number("limit-rps", 0) > 0 || r.o.values.number("limit-rpm", 0) > 0
	if limited && r.o.values.number("limit-burst-multiplier", 5) <= 0 {
		r.say("limit-burst-multiplier", "makes a burst that is not above 0")
	}
}

// number is as text.
func (r *refusals) number(key string, def int) int {
	if n, err := strconv.Atoi(strings.TrimSpace(r.st.raw[key])); err == nil {
		def = n
	}
	return r.o.values.number(key, def)
}

// buffers judges sizes. nginx fills proxy-buffers-number buffers of proxy-buffer-size, of
// which at most proxy-busy-buffers-size, by default the size of two, may be on their way to
// the client.
func (r *refusals) buffers() {
	size, ok := byteSize(r.text("proxy-buffer-size", "4k"), false)
	if !ok || size == 0 {
		r.say("proxy-buffer-size", "is no size above 0 with k or m")
		return
	}
	number := int64(r.number("proxy-buffers-number", 4))
	busy, key := 2*size, "proxy-buffers-number"
	if text := r.text("proxy-busy-buffers-size", ""); text != "" {
		key = "proxy-busy-buffers-size"
		if busy, ok = byteSize(text, false); !ok {
			r.say(key, "is no size with k or m")
			return
		}
	}
	switch {
	case number < 2:
		r.say("proxy-buffers-number", "is below 2")
	case busy < size:
		r.say(key, "is below proxy-buffer-size")
	case busy/size > number-1 || busy/size == number-1 && busy%size > 0:
		r.say(key, "leaves no buffer free: want at most all buffers but one to be busy")
	}
	if text := r.text("proxy-max-temp-file-size", "1024m"); rendered.MatchString(text) {
		if n, ok := byteSize(text, false); !ok || n > 0 && n < size {
			r.say("proxy-max-temp-file-size", "is neither 0 nor a size with k or m from proxy-buffer-size on")
		}
	}
	if text := r.text("proxy-body-size", "1m"); rendered.MatchString(text) {
		if _, ok := byteSize(text, true); !ok {
			r.say("proxy-body-size", "is larger than nginx can count")
		}
	}
	if text := r.text("client-body-buffer-size", "8k"); renderedShort.MatchString(text) {
		if _, ok := byteSize(text, false); !ok {
			r.say("client-body-buffer-size", "is larger than nginx can count")
		}
	}
}

// words judges texts that nginx reads as two words, the first of which may be a regular
// expression.
func (r *refusals) words() {
	for _, key := range []string{"proxy-cookie-domain", "proxy-cookie-path"} {
		words := strings.Fields(r.text(key, "off"))
		switch {
		case len(words) == 1 && words[0] == "off":
		case len(words) != 2:
			r.say(key, "is neither off nor two words")
		case strings.HasPrefix(words[0], "~") && brokenPattern(strings.TrimLeft(words[0], "~*")):
			r.say(key, "holds "+words[0]+", which is no regular expression")
		}
	}
	from, to := r.text("proxy-redirect-from", "off"), r.text("proxy-redirect-to", "off")
	switch {
	case from == "off", from == "default", to == "off":
	case strings.Contains(from, " "):
		r.say("proxy-redirect-from", "is more than one word")
	case strings.Contains(to, " "):
		r.say("proxy-redirect-to", "is more than one word")
	}
}

// statuses judges the codes of error pages.
func (r *refusals) statuses() {
	for _, item := range splitList(r.o.values.str("custom-http-errors")) {
		if n, err := strconv.Atoi(item); err == nil && (n < 300 || n > 599 || n == 499) {
			r.say("custom-http-errors", "holds "+item+", which is no status from 300 to 599 (nor may it be 499)")
		}
	}
}

// passwords judges the kind of the password prompt, of which nginx reads no more where there
// is no Secret.
func (r *refusals) passwords() {
	kind := r.o.values.str("auth-type")
	secret := r.o.values.str("auth-secret") != "" && r.o.untaken["auth-secret"] == ""
	if kind != "" && kind != "basic" && kind != "digest" && secret {
		r.say("auth-type", "is neither basic nor digest")
	}
}
