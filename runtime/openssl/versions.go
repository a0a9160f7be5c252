package openssl

import (
	"crypto/tls"
	"strings"
)

// Versions reads a list of nginx's words ("TLSv1.2 TLSv1.3"): the oldest and the newest of
// the versions that can be spoken, as in package crypto/tls, those between that are not in
// the list and are spoken all the same, and the words that cannot be spoken. An empty list,
// or one without any word that can be spoken, gives 0 and 0.
func Versions(list string) (oldest, newest uint16, between, unknown []string) {
	names := []string{"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}
	wanted := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		wanted[word] = true
	}
	var skipped []string
	for i, name := range names {
		switch version := tls.VersionTLS10 + uint16(i); {
		case !wanted[name]:
			skipped = append(skipped, name)
			continue
		case oldest == 0:
			oldest = version
		default:
			between = append(between, skipped...)
		}
		newest, skipped = tls.VersionTLS10+uint16(i), nil
		delete(wanted, name)
	}
	for word := range strings.FieldsSeq(list) {
		if wanted[word] {
			unknown = append(unknown, word)
		}
	}
	return oldest, newest, between, unknown
}
