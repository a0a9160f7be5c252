package golden

import (
	"testing"

	"github.com/split-ingress/split-ingress/runtime/equivalence"
)

// TestHostCharacters: what we refuse for its host, and nothing else of such a request or of one
// to a name, is explained by the host's characters.
func TestHostCharacters(t *testing.T) {
	refused, other := Difference{Dimension: "status", Want: "404", Got: "400"}, Difference{Dimension: "status", Want: "404", Got: "200"}
	for _, c := range []struct {
		host string
		d    Difference
		want bool
	}{
		{"\u00fc", refused, true}, {"a<b", refused, true}, {"\u00fc", other, false}, {"a.t:80", refused, false},
		{"\u00fc", Difference{Dimension: "backend", Want: "ns/a"}, true}, {"\u00fc", Difference{Dimension: "backend", Want: "ns/a", Got: "ns/b"}, false},
	} {
		if got := Platform(lab(), &Line{Request: Request{Host: c.host}}, c.d) != ""; got != c.want {
			t.Errorf("%q, %v: explained %v", c.host, c.d, got)
		}
	}
}

// TestPlatformRows: each row of the table is recognized, and nothing else is.
func TestPlatformRows(t *testing.T) {
	rows := equivalence.Runtime()
	for _, row := range rows {
		if recognized[row.ID] == nil {
			t.Errorf("nothing recognizes %s", row.ID)
		}
	}
	if len(recognized) != len(rows) {
		t.Errorf("%d differences are recognized, and the table has %d rows", len(recognized), len(rows))
	}
}
