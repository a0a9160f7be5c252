package live

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// TestEncode: any text that an API server holds arrives as it is, whatever YAML makes of its
// characters.
func TestEncode(t *testing.T) {
	odd := rapid.SampledFrom([]rune("\n\t\r\x00\x7f\u0080\u0085\u009f\u00a0\u2028\u2029\ufeff\ufffe\U0001f600\"\\'#:-{}[]<>&% aé"))
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringOf(odd), rapid.String()).Filter(utf8.ValidString).Draw(t, "text")
		d, err := encode(&unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "a", "namespace": "b"}, "data": map[string]any{"key": text},
		}})
		if err != nil {
			t.Fatal(err)
		}
		stream := append(append([]byte("---\n"), d.json...), "\n---\n{}\n"...)
		set, err := manifest.Read([]manifest.Source{{Path: "cluster:test", Reader: bytes.NewReader(stream)}}, manifest.Options{Stored: true})
		if err != nil || len(set.Findings) > 0 {
			t.Fatal(err, set.Findings)
		}
		cm := set.ConfigMaps[manifest.Name{Namespace: "b", Name: "a"}]
		if cm == nil || cm.Data["key"] != text {
			t.Fatalf("%q arrived as %+v", text, cm)
		}
	})
}

// TestEncodeSecret: nothing of a Secret goes on but its names and its certificate.
func TestEncodeSecret(t *testing.T) {
	d, err := encode(&unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Secret",
		"metadata": map[string]any{"name": "a", "namespace": "b", "annotations": map[string]any{lastApplied: "PRIVATE"}, "managedFields": []any{map[string]any{"manager": "PRIVATE"}}},
		"data":     map[string]any{"tls.crt": "Y2VydA==", "tls.key": "PRIVATE", "auth": "PRIVATE"},
	}})
	if err != nil || bytes.Contains(d.json, []byte("PRIVATE")) || !strings.Contains(string(d.json), `"auth":""`) || !strings.Contains(string(d.json), "Y2VydA==") {
		t.Errorf("%v: %s", err, d.json)
	}
}

// TestParallel: results stand in the order of what was asked for.
func TestParallel(t *testing.T) {
	args := make([]int, 100)
	for i := range args {
		args[i] = i
	}
	failed := errors.New("odd")
	for i, got := range parallel(args, func(n int) (int, error) {
		if n%2 == 1 {
			return 0, failed
		}
		return n * n, nil
	}) {
		if odd := i%2 == 1; odd != (got.err != nil) || !odd && got.value != i*i {
			t.Errorf("%d: %v", i, got)
		}
	}
}
