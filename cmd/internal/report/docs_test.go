package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// TestDocumentedParts: docs/report.md names every part of a route that an edit may be about.
func TestDocumentedParts(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range append(intent.Parts(), intent.ClientCertificates, intent.TLSCiphers) {
		if !strings.Contains(string(text), "`"+string(d)+"`") {
			t.Errorf("docs/report.md does not name the part %s", d)
		}
	}
}
