package convert

import (
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/nginx"
)

// badAnnotations names the annotations that do not what they seem to: values that the
// controller refuses, and keys that nobody reads but that resemble one, or that begin as if
// ingress-nginx did.
func (res *Result) badAnnotations() []ledger.Finding {
	var fs []ledger.Finding
	for _, e := range res.Set.Ledger.Entries() {
		switch {
		case e.Kind != ledger.Annotation:
		case e.Fate == ledger.Malformed:
			fs = append(fs, ledger.Finding{Rule: "annotation-malformed", Severity: ledger.Warning, Origin: e.Origin, Message: e.Reason,
				Action: "mend the value, or take the annotation away"})
		case e.Fate == ledger.Unknown && (strings.HasPrefix(e.Key, nginx.Prefix) || strings.Contains(e.Reason, "did you mean")):
			fs = append(fs, ledger.Finding{Rule: "annotation-misspelt", Severity: ledger.Warning, Origin: e.Origin, Message: e.Reason,
				Action: "mend the key, or take the annotation away"})
		}
	}
	return fs
}
