package intent

import (
	"reflect"
	"strings"
)

// Text is how a host is served over https in one of the parts ClientCertificates and
// TLSCiphers, in one line of the model's printed form; empty if nothing is said there.
func (t *TLS) Text(d Dimension) string {
	switch {
	case t == nil:
	case d == ClientCertificates && t.Client != nil:
		return textOf(*t.Client)
	case d == TLSCiphers:
		return textOf(TLS{MinVersion: t.MinVersion, MaxVersion: t.MaxVersion, Ciphers: t.Ciphers, AnyOrder: t.AnyOrder})
	}
	return ""
}

// AskedFor is what asks for one of these parts.
func (t *TLS) AskedFor(d Dimension) []Asked {
	var out []Asked
	for _, a := range t.Asked {
		if a.Dimension == d {
			out = append(out, a)
		}
	}
	return out
}

// textOf is a struct without nested things in one line.
func textOf(v any) string {
	var b strings.Builder
	printFields(&b, reflect.ValueOf(v), "", 0)
	return strings.TrimSpace(b.String())
}
