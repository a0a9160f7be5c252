package server

import (
	"slices"
	"strings"
	"testing"
)

// smuggling is what is sent in the clear to a host. HOST stands for its name, OTHER for that
// of somebody else's.
type smuggling struct {
	name, text string
	statuses   string   // of the responses
	seen       []string // "METHOD target body" of what upstreams see
}

// evil is a request of 42 bytes for the guarded prefix.
const evil = "GET /admin/evil HTTP/1.1\r\nHost: HOST\r\n\r\n"

// end is a last request on a connection.
const end = "GET /end HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"

func post(headers, body string) string {
	return "POST /in HTTP/1.1\r\nHost: HOST\r\n" + headers + "\r\n" + body
}

func get2(headers string) string { return "GET /in HTTP/1.1\r\nHost: HOST\r\n" + headers + "\r\n" }

func TestSmuggling(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for _, c := range slices.Concat(lengths(), codings(), chunkings(), lines(), hosts(), pipelines()) {
		for _, plane := range planes {
			t.Run(c.name+"/"+plane, func(t *testing.T) {
				s.t = t
				r := strings.NewReplacer("HOST", plane+".test", "OTHER", "other-"+plane+".test")
				got := statuses(s.wire(r.Replace(c.text)))
				if got != c.statuses {
					t.Errorf("statuses %q, want %q", got, c.statuses)
				}
				var want []string
				for _, w := range c.seen {
					w = r.Replace(w)
					backend := plane + "-open "
					if rest, ok := strings.CutPrefix(w, "other "); ok {
						backend, w = plane+"-other ", rest
					}
					want = append(want, backend+w)
				}
				slices.Sort(want)
				if got := sortedStrings(s.saw()); !slices.Equal(got, want) {
					t.Errorf("upstreams saw %q, want %q", got, want)
				}
			})
		}
	}
}

// TestFaultyFraming: a request whose framing is faulty ends its connection, so that a proxy in
// front that reads it in the other way is of no use to anybody (RFC 9112, section 6.1).
func TestFaultyFraming(t *testing.T) {
	s := newStronghold(t, shortLimits())
	for _, plane := range planes {
		for _, start := range []string{
			"POST /in HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
			"POST /in HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n",
		} {
			got := statuses(s.wire(strings.ReplaceAll(start+"Host: HOST\r\n\r\n0\r\n\r\n"+end, "HOST", plane+".test")))
			if strings.Contains(got, " ") {
				t.Errorf("%s %q: statuses %q, want one", plane, start, got)
			}
		}
	}
	s.saw()
}

// lengths are about Content-Length.
func lengths() []smuggling {
	return []smuggling{
		{"length", post("Content-Length: 3\r\n", "abc"+end), "200 200", []string{"POST /in abc", "GET /end"}},
		{"no length", post("", evil), "200 403", []string{"POST /in"}},
		{"lengths that differ", post("Content-Length: 3\r\nContent-Length: 45\r\n", "abc"+evil), "400", nil},
		{"lengths that agree", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"+end), "200 200", []string{"POST /in abc", "GET /end"}},
		{"a list of lengths", post("Content-Length: 3, 3\r\n", "abc"+end), "400", nil},
		{"plus", post("Content-Length: +3\r\n", "abc"+end), "400", nil},
		{"minus", post("Content-Length: -3\r\n", "abc"+end), "400", nil},
		{"hex", post("Content-Length: 0x3\r\n", "abc"+end), "400", nil},
		{"empty length", post("Content-Length:\r\n", end), "400", nil},
		{"length overflow", post("Content-Length: 18446744073709551619\r\n", "abc"+end), "400", nil},
		{"length with a letter", post("Content-Length: 3a\r\n", "abc"+end), "400", nil},
		{"length and a tab", post("Content-Length:\t3\r\n", "abc"+end), "200 200", []string{"POST /in abc", "GET /end"}},
		{"GET with body", get2("Content-Length: 3\r\n") + "abc" + end, "200 200", []string{"GET /in abc", "GET /end"}},
		{"a request as a body", get2("Content-Length: 42\r\n") + evil + end, "200 200", []string{"GET /in " + evil, "GET /end"}},
	}
}

// codings are about Transfer-Encoding.
func codings() []smuggling {
	const whole = "3\r\nabc\r\n0\r\n\r\n"
	all := []smuggling{
		{"chunked", post("Transfer-Encoding: chunked\r\n", whole+end), "200 200", []string{"POST /in abc", "GET /end"}},
		{"GET with chunks", get2("Transfer-Encoding: chunked\r\n") + whole + end, "200 200", []string{"GET /in abc", "GET /end"}},
		{"CL.TE", post("Content-Length: 45\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"+evil), "400", nil},
		{"TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "5c\r\n"+evil+"\r\n0\r\n\r\n"), "400", nil},
	}
	for name, value := range map[string]string{
		"xchunked": " xchunked", "chunked twice": " chunked, chunked", "identity": " identity", "gzip": " gzip, chunked",
		"quoted": ` "chunked"`, "parameter": " chunked;q=1", "empty": "", "chunk": " chunk",
		"comma": " ,chunked", "trailing comma": " chunked,",
	} {
		all = append(all, smuggling{"TE.TE " + name, post("Transfer-Encoding:"+value+"\r\nContent-Length: 3\r\n", "abc"+evil), "400", nil},
			smuggling{"TE " + name, post("Transfer-Encoding:"+value+"\r\n", "3\r\nabc\r\n0\r\n\r\n"+evil), "501", nil})
	}
	return append(all, []smuggling{
		{"vertical tab", post("Transfer-Encoding: \x0bchunked\r\n", whole+evil), "400", nil},
		{"NUL behind a coding", post("Transfer-Encoding: chunked\x00\r\n", whole+evil), "400", nil},
		{"two codings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", whole+evil), "501", nil},
		{"two chunked", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", whole+evil), "501", nil},
		{"folded coding", post("Transfer-Encoding:\r\n chunked\r\n", whole+end), "400", nil},
		{"coding in capitals", post("TRANSFER-ENCODING: CHUNKED\r\n", whole+end), "200 200", []string{"POST /in abc", "GET /end"}},
		{"coding with an underscore", post("Transfer_Encoding: chunked\r\nContent-Length: 3\r\n", "abc"+end), "200 200", []string{"POST /in abc", "GET /end"}},
		{"coding behind a space", post(" Transfer-Encoding: chunked\r\n", whole+evil), "400", nil},
		{"coding before a space", post("Transfer-Encoding : chunked\r\n", whole+evil), "400", nil},
		{"coding behind a bare LF", post("X: y\nTransfer-Encoding: chunked\r\n", whole+end), "200 200", []string{"POST /in abc", "GET /end"}},
		{"coding behind a bare CR", post("X: y\rTransfer-Encoding: chunked\r\n", whole+end), "400", nil},
		{"coding in HTTP/1.0", "POST /in HTTP/1.0\r\nHost: HOST\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + whole + evil, "400", nil},
		{"coding and length in HTTP/1.0", "POST /in HTTP/1.0\r\nHost: HOST\r\nConnection: keep-alive\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + "abc" + evil, "400", nil},
	}...)
}

// chunkings are about the chunks.
func chunkings() []smuggling {
	var all []smuggling
	for name, chunks := range map[string]string{
		"extension": "3;a=b\r\nabc\r\n0\r\n\r\n", "quoted extension": "3;a=\"\r\n\"\r\nabc\r\n0\r\n\r\n",
		"bare LF in an extension": "3;a\nabc\r\n0\r\n\r\n", "bare CR in an extension": "3;a\rb\r\nabc\r\n0\r\n\r\n",
		"bare LF": "3\nabc\n0\n\n", "no digits": "\r\nabc\r\n0\r\n\r\n", "letters": "xyz\r\nabc\r\n0\r\n\r\n", "minus": "-3\r\nabc\r\n0\r\n\r\n",
		"plus": "+3\r\nabc\r\n0\r\n\r\n", "0x": "0x3\r\nabc\r\n0\r\n\r\n", "overflow": "10000000000000003\r\nabc\r\n0\r\n\r\n", "huge": "ffffffffffffffff\r\nabc\r\n0\r\n\r\n",
		"too short": "2\r\nabc\r\n0\r\n\r\n", "too long": "4\r\nabc\r\n0\r\n\r\n", "leading space": " 3\r\nabc\r\n0\r\n\r\n", "trailing space": "3 \r\nabc\r\n0\r\n\r\n",
		"leading zeros": "0003\r\nabc\r\n000\r\n\r\n", "no end of chunk": "3\r\nabc0\r\n\r\n", "long extension": "3;" + strings.Repeat("a", 20<<10) + "\r\nabc\r\n0\r\n\r\n",
		"underscore": "1_0\r\nabc\r\n0\r\n\r\n", "nul": "3\x00\r\nabc\r\n0\r\n\r\n",
	} {
		c := smuggling{"chunk: " + name, post("Transfer-Encoding: chunked\r\n", chunks+evil), "400", nil}
		if slices.Contains([]string{"extension", "trailing space", "leading zeros"}, name) {
			c.statuses, c.seen = "200 403", []string{"POST /in abc"}
		}
		all = append(all, c)
	}
	return all
}

// lines are about the lines of the head.
func lines() []smuggling {
	return []smuggling{
		{"folded header", get2("X: a\r\n b\r\n") + end, "400", nil},
		{"folded first line", "GET /in HTTP/1.1\r\n Host: HOST\r\n\r\n", "400", nil},
		{"bare LF", "GET /in HTTP/1.1\nHost: HOST\n\n" + end, "200 200", []string{"GET /in", "GET /end"}},
		{"bare CR in a value", get2("X: a\rb\r\n"), "400", nil},
		{"bare CR in a name", get2("X\ra: b\r\n"), "400", nil},
		{"NUL in a value", get2("X: a\x00b\r\n"), "400", nil},
		{"NUL in a name", get2("X\x00: b\r\n"), "400", nil},
		{"LF in a name", get2("X\nY: b\r\n"), "400", nil},
		{"no colon", get2("X\r\n"), "400", nil},
		{"no name", get2(": x\r\n"), "400", nil},
		{"space in a name", get2("X Y: b\r\n"), "400", nil},
		{"space before the colon", get2("X : b\r\n"), "400", nil},
		{"CR CR LF", "GET /in HTTP/1.1\r\nHost: HOST\r\r\n\r\n", "400", nil},
		{"control character", get2("X: a\x01b\r\n"), "400", nil},
		{"DEL", get2("X: a\x7fb\r\n"), "400", nil},
		{"bracket in a name", get2("X[]: b\r\n"), "400", nil},
		{"two spaces", "GET  /in HTTP/1.1\r\nHost: HOST\r\n\r\n", "400", nil},
		{"space in the target", "GET /in /admin HTTP/1.1\r\nHost: HOST\r\n\r\n", "400", nil},
		{"tab in the request line", "GET\t/in\tHTTP/1.1\r\nHost: HOST\r\n\r\n", "400", nil},
		{"NUL in the target", "GET /in\x00/x HTTP/1.1\r\nHost: HOST\r\n\r\n", "400", nil},
		{"CR in the target", "GET /in\rx HTTP/1.1\r\nHost: HOST\r\n\r\n", "400", nil},
		{"no slash", "GET in HTTP/1.1\r\nHost: HOST\r\n\r\n", "400", nil},
		{"method with a colon", "GET: /in HTTP/1.1\r\nHost: HOST\r\n\r\n", "400", nil},
		{"HTTP/0.9", "GET /in\r\n\r\n", "400", nil},
		{"HTTP/1.2", "GET /in HTTP/1.2\r\nHost: HOST\r\n\r\n", "200", []string{"GET /in"}},
		{"HTTP/2.0", "GET /in HTTP/2.0\r\nHost: HOST\r\n\r\n", "505", nil},
		{"HTTP/1.10", "GET /in HTTP/1.10\r\nHost: HOST\r\n\r\n", "400", nil},
		{"CONNECT", "CONNECT HOST:80 HTTP/1.1\r\nHost: HOST\r\n\r\n" + evil, "405 403", nil},
		{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", "405", nil},
		{"blank lines first", "\r\n\r\n" + end, "200", []string{"GET /end"}},
		{"blank lines between", get2("") + "\r\n\n" + end, "200 200", []string{"GET /in", "GET /end"}},
		{"a bare CR first", "\r" + end, "400", nil},
	}
}

// hosts are about whose request it is.
func hosts() []smuggling {
	return []smuggling{
		{"no Host", "GET /in HTTP/1.1\r\n\r\n", "400", nil},
		{"two Hosts", "GET /in HTTP/1.1\r\nHost: HOST\r\nHost: OTHER\r\n\r\n", "400", nil},
		{"the same Host twice", "GET /in HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n", "400", nil},
		{"two Hosts in one", "GET /in HTTP/1.1\r\nHost: HOST, OTHER\r\nConnection: close\r\n\r\n", "400", nil},
		{"absolute form", "GET http://OTHER/in HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", "200", []string{"other GET /in"}},
		{"absolute form of the guarded", "GET http://HOST/admin HTTP/1.1\r\nHost: OTHER\r\nConnection: close\r\n\r\n", "403", nil},
		{"absolute form with a user", "GET http://OTHER@HOST/admin HTTP/1.1\r\nHost: OTHER\r\nConnection: close\r\n\r\n", "403", nil},
		{"absolute form and a query", "GET http://HOST?/../admin HTTP/1.1\r\nHost: OTHER\r\nConnection: close\r\n\r\n", "200", []string{"GET /?/../admin"}},
		{"absolute form and a fragment", "GET http://OTHER#@HOST/admin HTTP/1.1\r\nHost: OTHER\r\nConnection: close\r\n\r\n", "400", nil},
		{"absolute form without a host", "GET http:///admin HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", "403", nil},
		{"absolute form of one slash", "GET http:/admin HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", "400", nil},
		{"host in capitals, with a port and a dot", "GET /admin HTTP/1.1\r\nHost: N.TEST.:80\r\nConnection: close\r\n\r\n", "403", nil},
		{"host with a path", "GET /in HTTP/1.1\r\nHost: HOST/admin\r\nConnection: close\r\n\r\n", "400", nil},
		{"host with a user", "GET /in HTTP/1.1\r\nHost: OTHER@HOST\r\nConnection: close\r\n\r\n", "400", nil},
		{"host and a port of words", "GET /in HTTP/1.1\r\nHost: HOST:OTHER\r\nConnection: close\r\n\r\n", "200", []string{"GET /in"}},
		{"host with a tab", "GET /in HTTP/1.1\r\nHost: HOST\tOTHER\r\nConnection: close\r\n\r\n", "400", nil},
		{"folded Host", "GET /in HTTP/1.1\r\nHost: HOST\r\n OTHER\r\nConnection: close\r\n\r\n", "400", nil},
		{"Host without a value", "GET /in HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", "404", nil},
		{"no Host in HTTP/1.0", "GET /in HTTP/1.0\r\n\r\n", "404", nil},
	}
}

// pipelines are requests behind others.
func pipelines() []smuggling {
	const keep = "GET /in HTTP/1.0\r\nHost: HOST\r\nConnection: keep-alive\r\n\r\n"
	return []smuggling{
		{"pipeline", get2("") + evil + end, "200 403 200", []string{"GET /in", "GET /end"}},
		{"pipeline behind a body", post("Content-Length: 3\r\n", "abc"+evil+end), "200 403 200", []string{"POST /in abc", "GET /end"}},
		{"pipeline behind chunks", post("Transfer-Encoding: chunked\r\n", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"+evil+end), "200 403 200", []string{"POST /in abc", "GET /end"}},
		{"pipeline of two hosts", get2("") + "GET /in HTTP/1.1\r\nHost: OTHER\r\n\r\n" + evil + end, "200 200 403 200", []string{"GET /in", "other GET /in", "GET /end"}},
		{"body of a refused request", "POST /admin HTTP/1.1\r\nHost: HOST\r\nContent-Length: 45\r\n\r\n" + evil, "403", nil},
		{"HTTP/1.0", "GET /in HTTP/1.0\r\nHost: HOST\r\n\r\n" + end, "200", []string{"GET /in"}},
		{"HTTP/1.0 that stays", keep + end, "200 200", []string{"GET /in", "GET /end"}},
		{"HTTP/1.0 and a body", "POST /in HTTP/1.0\r\nHost: HOST\r\nContent-Length: 3\r\n\r\nabc" + evil, "200", []string{"POST /in abc"}},
		{"expect with a body", post("Expect: 100-continue\r\nContent-Length: 3\r\n", "abc"+end), "100 200 200", []string{"POST /in abc", "GET /end"}},
		{"expect without a body", get2("Expect: 100-continue\r\n") + end, "200 200", []string{"GET /in", "GET /end"}},
		{"expect that is refused", "POST /admin HTTP/1.1\r\nHost: HOST\r\nExpect: 100-continue\r\nContent-Length: 45\r\n\r\n" + evil, "403", nil},
		{"expect something else", post("Expect: 200-ok\r\nContent-Length: 3\r\n", "abc"+end), "417", nil},
		{"expect in HTTP/1.0", "POST /in HTTP/1.0\r\nHost: HOST\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", "200", []string{"POST /in abc"}},
		{"HEAD with a body", "HEAD /in HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\nabc" + end, "200 200", []string{"HEAD /in abc", "GET /end"}},
		{"h2c", get2("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n") + evil + end, "200 403 200", []string{"GET /in", "GET /end"}},
		{"h2c among others", get2("Upgrade: websocket, h2c\r\nConnection: Upgrade\r\n") + evil + end, "200 403 200", []string{"GET /in", "GET /end"}},
		{"method override", get2("X-HTTP-Method-Override: DELETE\r\n") + end, "200 200", []string{"GET /in", "GET /end"}},
		{"unknown method", "BREW /in HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", "200", []string{"BREW /in"}},
	}
}
