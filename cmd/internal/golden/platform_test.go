package golden

import (
	"testing"

	"github.com/split-ingress/split-ingress/runtime/equivalence"
)

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
