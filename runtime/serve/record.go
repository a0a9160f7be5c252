package serve

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/split-ingress/split-ingress/runtime/observe"
)

// appendRecord appends a request as one line of JSON. Its keys always stand in the same
// order; those of the route and of the upstream only where there is one. Times are UTC,
// durations milliseconds.
func appendRecord(b []byte, r *observe.Record) []byte {
	b = append(b, `{"time":"`...)
	b = r.Start.UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
	b = append(b, '"')
	b = appendText(b, "peer", r.Peer)
	b = appendText(b, "method", r.Method)
	b = appendText(b, "scheme", r.Scheme)
	b = appendText(b, "host", r.Host)
	b = appendText(b, "uri", r.URI)
	b = appendText(b, "proto", r.Proto)
	b = appendNumber(b, "status", int64(r.Status))
	b = appendMillis(b, "duration_ms", r.Duration)
	b = appendNumber(b, "bytes_in", r.BytesIn)
	b = appendNumber(b, "bytes_out", r.BytesOut)
	b = appendSome(b, "site", r.SiteName)
	b = appendSome(b, "route", r.Route)
	b = appendSome(b, "team", r.Team)
	if r.Tries > 0 {
		b = appendText(b, "endpoint", r.Endpoint)
		b = appendMillis(b, "upstream_ms", r.Upstream)
		b = appendNumber(b, "tries", int64(r.Tries))
	}
	b = appendSome(b, "flags", string(r.Flags))
	b = appendSome(b, "request_id", r.RequestID)
	return append(b, '}', '\n')
}

func appendKey(b []byte, key string) []byte {
	b = append(b, ',', '"')
	b = append(b, key...)
	return append(b, '"', ':')
}

func appendNumber(b []byte, key string, n int64) []byte {
	return strconv.AppendInt(appendKey(b, key), n, 10)
}

func appendMillis(b []byte, key string, d time.Duration) []byte {
	return strconv.AppendFloat(appendKey(b, key), float64(d.Microseconds())/1000, 'f', -1, 64)
}

// appendSome appends a text that is not empty.
func appendSome(b []byte, key, text string) []byte {
	if text == "" {
		return b
	}
	return appendText(b, key, text)
}

func appendText(b []byte, key, text string) []byte {
	return appendQuoted(appendKey(b, key), text)
}

const hex = "0123456789abcdef"

// appendQuoted appends any bytes as a string of JSON. What is no UTF-8 becomes U+FFFD;
// control characters, also those of Unicode that end a line or steer a terminal, are
// escaped.
func appendQuoted(b []byte, text string) []byte {
	b = append(b, '"')
	plain := 0 // what is not yet appended begins here
	for i := 0; i < len(text); {
		if c := text[i]; ' ' <= c && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		if escape := escaped(r, size); escape != "" || steers(r) {
			b = append(b, text[plain:i]...)
			if escape == "" {
				b = append(b, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
			}
			b = append(b, escape...)
			plain = i + size
		}
		i += size
	}
	b = append(b, text[plain:]...)
	return append(b, '"')
}

// escaped is what stands for a character that has an escape of its own.
func escaped(r rune, size int) string {
	switch {
	case r == '"':
		return `\"`
	case r == '\\':
		return `\\`
	case r == utf8.RuneError && size == 1:
		return "\uFFFD"
	}
	return ""
}

// steers says whether a character is a control character, or a separator of lines.
func steers(r rune) bool {
	return r < ' ' || 0x7f <= r && r < 0xa0 || r == 0x2028 || r == 0x2029
}
