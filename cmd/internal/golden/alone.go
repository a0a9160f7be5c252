package golden

import (
	"math/rand/v2"
	"strings"
)

// Alone expects what Contour and Envoy make of the conversion, whatever was recorded: the
// second opinion against whoever serves, in every dimension.
func (c *Converted) Alone() Expecter { return alone{c} }

type alone struct{ *Converted }

// Expect is one of the answers that the model after gives.
func (a alone) Expect(line *Line) *Expected {
	e := &Expected{}
	for _, f := range a.after.predict(&line.Request).options {
		e.Wants = append(e.Wants, Want{Facts: f})
	}
	return e
}

// Varied are requests like the recorded ones, in other words: each of another method, path,
// host, scheme or client, or with other headers. They are the same each time.
func Varied(lines []Line) (out []Line) {
	rnd := rand.New(rand.NewPCG(1, uint64(len(lines))))
	pick := func(all ...string) string { return all[rnd.IntN(len(all))] }
	for _, l := range lines {
		r := l.Request
		r.Repeat, r.Statistical, r.Stateful, r.Jar = 1, false, false, false
		headers := map[string]Text{}
		for name, value := range r.Headers {
			headers[name] = value
		}
		r.Headers = headers
		for range 1 + rnd.IntN(3) {
			switch rnd.IntN(7) {
			case 0:
				r.Method = pick("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH")
			case 1:
				path, query, _ := strings.Cut(r.Path, "?")
				r.Path = path + pick("/", "x", "/x", "//", "/../x", "/./y", "%2F", "%41", ";p=1", "/a%20b") + "?" + query
			case 2:
				r.Host = pick(strings.ToUpper(r.Host), r.Host+":8080", "www."+r.Host, "other."+r.Host, r.Host)
			case 3:
				r.TLS = !r.TLS
				r.SNI, r.H2 = "", false
			case 4:
				r.SrcIP = pick("", "10.99.0.7", "10.99.100.20", "10.99.101.5")
			case 5:
				headers["Origin"] = Text(pick("http://o.t", "https://a.o.t", "http://app.t", "null", "o.t"))
				headers["Access-Control-Request-Method"] = "GET"
			case 6:
				if r.H2 { // which has rules of its own for headers
					continue
				}
				name := pick("X-Can", "Cookie", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-Ip", "Authorization", "X_under", "X-Echo-Status", "X-Echo-Set", "Te", "Connection")
				headers[name] = map[string]Text{"Cookie": "can=always; INGRESSCOOKIE=x", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https",
					"X-Echo-Status": Text(pick("200", "204", "301", "304", "404", "500", "503")), "X-Echo-Set": "Set-Cookie: c=1; Path=/app|Location: http://in.t/x|Vary: A",
					"Te": "trailers", "Connection": "X-Foo"}[name]
				if headers[name] == "" {
					headers[name] = Text(pick("always", "never", "v2", "1"))
				}
			}
		}
		out = append(out, Line{Request: r})
	}
	return out
}
