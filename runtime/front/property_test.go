package front

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// wellFormed draws a request that everybody has to read, and that lets another one follow.
func wellFormed(t *rapid.T) string {
	var b strings.Builder
	end := rapid.SampledFrom([]string{"\r\n", "\r\n", "\r\n", "\n"}).Draw(t, "line end")
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+end, args...) }
	b.WriteString(strings.Repeat(end, rapid.IntRange(0, 2).Draw(t, "empty lines")))
	old := rapid.IntRange(0, 4).Draw(t, "old") == 0
	method := rapid.StringMatching("[A-Z]{1,8}|[!#$%&'*+.^_`|~0-9a-z-]{1,4}").Draw(t, "method")
	if method == "PRI" || method == "CONNECT" {
		method = "GET"
	}
	target := rapid.OneOf(
		rapid.StringMatching(`/([!-$&-~]|%[2-7][0-9A-F]|[\x{80}-\x{2ff}]){0,12}`),
		rapid.StringMatching(`https?://[a-z0-9.-]{1,8}(:[0-9]{1,4})?(/[!-$&-~]{0,6})?`), rapid.Just("*"),
	).Draw(t, "target")
	line("%s %s HTTP/1.%d", method, target, map[bool]int{true: 0, false: 1}[old])
	lines := rapid.SliceOfN(rapid.Custom(headerLine), 0, 5).Draw(t, "fields")
	lines = append(lines, "Host: "+rapid.StringMatching(`[a-zA-Z0-9.-]{0,9}(:[0-9]{1,4})?`).Draw(t, "host"))
	if old {
		lines = append(lines, "Connection: "+rapid.SampledFrom([]string{"keep-alive", "Keep-Alive, x"}).Draw(t, "keep"))
	} else if rapid.Bool().Draw(t, "expects") {
		lines = append(lines, "Expect: 100-Continue")
	}
	body := ""
	switch kind := rapid.IntRange(0, 2).Draw(t, "kind"); {
	case kind == 1 && !old:
		lines = append(lines, rapid.SampledFrom([]string{"Transfer-Encoding: chunked", "transfer-encoding:CHUNKED"}).Draw(t, "coding"))
		if rapid.Bool().Draw(t, "announced") {
			lines = append(lines, "Trailer: X-A, x-b")
		}
		body = chunks(t)
	case kind > 0:
		body = rapid.StringN(0, 50, 200).Draw(t, "body")
		lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	for _, l := range rapid.Permutation(lines).Draw(t, "order") {
		line("%s", l)
	}
	return b.String() + end + body
}

// headerLine draws a header line.
func headerLine(t *rapid.T) string {
	value := rapid.StringMatching("[ -~\\x{80}-\\x{2ff}\t]{0,20}").Draw(t, "value")
	return "x" + rapid.StringMatching("[!#$%&'*+.^_`|~0-9A-Za-z-]{0,8}").Draw(t, "name") + ":" + value
}

// chunks draws a body in chunks.
func chunks(t *rapid.T) string {
	var b strings.Builder
	extension := rapid.StringMatching(`(;[ -~]{0,9})?[ \t]{0,2}`)
	for _, data := range rapid.SliceOfN(rapid.StringN(1, 20, 60), 0, 4).Draw(t, "chunks") {
		format := rapid.SampledFrom([]string{"%x", "%X", "%05x"}).Draw(t, "digits")
		fmt.Fprintf(&b, format+"%s\r\n%s\r\n", len(data), extension.Draw(t, "extension"), data)
	}
	fmt.Fprintf(&b, "0%s\r\n", extension.Draw(t, "last extension"))
	for _, l := range rapid.SliceOfN(rapid.Custom(headerLine), 0, 3).Draw(t, "trailers") {
		b.WriteString(l + "\r\n")
	}
	return b.String() + "\r\n"
}

// TestWellFormed: every sequence of well-formed requests gets to the handler, each of them as
// net/http reads it, whatever pieces they come in.
func TestWellFormed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(wellFormed), 1, 5).Draw(rt, "requests")
		text := strings.Join(all, "")
		got, answers := served(text, rapid.IntRange(1, 4<<10).Draw(rt, "step"))
		if len(got) != len(all) {
			rt.Fatalf("%d of %d requests were read, answers %q", len(got), len(all), answers)
		}
		held(rt, text, got)
		for i, g := range got {
			if g.failed {
				rt.Errorf("the body of request %d could not be read", i)
			}
		}
	})
}
