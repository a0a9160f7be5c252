package h1_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/split-ingress/split-ingress/runtime/h1"
)

// TestChunks: bodies in chunks, read in one piece and byte by byte.
func TestChunks(t *testing.T) {
	many := strings.Repeat("1\r\nx\r\n", 5000)
	long := ";" + strings.Repeat("a", 3<<10)
	for name, c := range map[string]struct {
		text, want string // empty: malformed
	}{
		"one":                          {"3\r\nabc\r\n0\r\n\r\n", "abc"},
		"extensions":                   {"3;a=\"b\"\r\nabc\r\n0;c\r\n\r\n", "abc"},
		"spaces":                       {"3  \r\nabc\r\n0 \r\n\r\n", "abc"},
		"spaces before an extension":   {"3 ;a\r\nabc\r\n0\r\n\r\n", ""},
		"byte by byte":                 {many + "0\r\n\r\n", strings.Repeat("x", 5000)},
		"long extensions":              {"3" + long + "\r\nabc\r\n0" + long + "\r\n\r\n", "abc"},
		"too many extensions":          {strings.Repeat("1"+long+"\r\nx\r\n", 7) + "0\r\n\r\n", ""},
		"trailer":                      {"1\r\nx\r\n0\r\nA: b\r\n\r\n", "x"},
		"control character":            {"1\r\nx\r\n0\r\nA: b\x05\r\n\r\n", ""},
		"bare LF in the trailer":       {"1\r\nx\r\n0\r\nA: b\nC: d\r\n\r\n", ""},
		"bare LF at the end":           {"1\r\nx\r\n0\r\nA: b\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", ""},
		"too many lines in a trailer":  {"1\r\nx\r\n0\r\n" + strings.Repeat("a:\r\n", h1.MaxTrailerLines) + "\r\n", ""},
		"as many as there may be":      {"1\r\nx\r\n0\r\n" + strings.Repeat("a:\r\n", h1.MaxTrailerLines-1) + "\r\n", "x"},
		"trailer that is too large":    {"1\r\nx\r\n0\r\nA: " + strings.Repeat("b", h1.MaxTrailer) + "\r\n\r\n", ""},
		"trailer without an end":       {"1\r\nx\r\n0\r\nA: " + strings.Repeat("b", 2*h1.MaxTrailer), ""},
		"line of a chunk without end":  {strings.Repeat("0", 2*h1.MaxChunkLine), ""},
		"nothing between two chunks":   {"1\r\nx1\r\nx\r\n0\r\n\r\n", ""},
		"bare LF behind the last line": {"1\r\nx\r\n0\r\n\n", ""},
	} {
		for _, from := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text))} {
			b := h1.Body{In: h1.NewBuffer(), From: from, Kind: h1.ByChunks}
			got, err := io.ReadAll(&b)
			var bad h1.Malformed
			switch {
			case c.want == "" && !errors.As(err, &bad):
				t.Errorf("%s: read %.20q, %v", name, got, err)
			case c.want != "" && (err != nil || string(got) != c.want):
				t.Errorf("%s: read %.20q, %v", name, got, err)
			}
			b.In.Free()
		}
	}
}

// TestAnnounced: names of trailers cost no more than there may be.
func TestAnnounced(t *testing.T) {
	h := map[string][]string{"Trailer": {"X-A, content-length, x-b", strings.Repeat("x,y,", 100)}}
	if got := h1.Announced(h); len(got) != 4 || h["Trailer"] != nil {
		t.Errorf("got %v of %v", got, h)
	}
	var names strings.Builder
	for range 10_000 {
		names.WriteString("x")
		names.WriteString(strings.Repeat("y", names.Len()%97))
		names.WriteString(",")
	}
	if got := h1.Announced(map[string][]string{"Trailer": {names.String()}}); len(got) > 64 {
		t.Errorf("%d names", len(got))
	}
}
