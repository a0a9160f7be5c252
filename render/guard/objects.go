package guard

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// The role of the objects of borders, which cluster admins apply.
const roleGuard httpproxy.Role = "guards"

// object is one of ours, for those who write it.
func object(value any, kind, ns, name string) httpproxy.Object {
	return httpproxy.Object{Role: roleGuard, Value: value, Kind: kind, Namespace: ns, Name: name}
}

func meta(ns, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: ns, Labels: map[string]string{"app.kubernetes.io/managed-by": "split-ingress"}}
}

// fitted is a name of at most 63 characters, with a hash where it was cut.
func fitted(name string) string {
	if len(name) <= 63 {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return name[:56] + "-" + hex.EncodeToString(sum[:])[:6]
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
