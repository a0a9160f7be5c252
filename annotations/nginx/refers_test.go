package nginx_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/nginx"
)

const referring = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/auth-secret: users
    nginx.ingress.kubernetes.io/auth-tls-secret: shop/clients
    nginx.ingress.kubernetes.io/proxy-ssl-secret: other/upstream
    nginx.ingress.kubernetes.io/custom-headers: headers
    nginx.ingress.kubernetes.io/auth-proxy-set-headers: other/asked
    nginx.ingress.kubernetes.io/fastcgi-params-configmap: params
spec:
  tls: [{hosts: [a.example], secretName: a-tls}, {hosts: [b.example]}]
  rules: [{host: a.example}]
`

// TestRefers: names without a namespace count where the controller takes them, and those of
// other namespaces where its ConfigMap allows them.
func TestRefers(t *testing.T) {
	set, err := manifest.Read([]manifest.Source{{Path: "a.yaml", Reader: strings.NewReader(referring)}}, manifest.Options{})
	if err != nil || len(set.Ingresses) != 1 {
		t.Fatal(err, set)
	}
	for setting, want := range map[string][]string{
		"false": {"Secret shop/a-tls", "Secret shop/users", "Secret shop/clients", "ConfigMap shop/params"},
		"true":  {"Secret shop/a-tls", "Secret shop/users", "Secret shop/clients", "Secret other/upstream", "ConfigMap other/asked", "ConfigMap shop/params"},
	} {
		var have []string
		for _, r := range nginx.Refers(set.Ingresses[0], map[string]string{"allow-cross-namespace-resources": setting}) {
			have = append(have, r.String())
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("across %s: %s", setting, diff)
		}
	}
}

// looked are the keys whose Secret or ConfigMap the interpretation looks up by its name.
var looked = regexp.MustCompile(`(?:\ba\.secret\(|key := )"((?:auth|proxy-ssl|custom|fastcgi)[a-z-]*)"`)

// TestRefersIsWhole: every key whose object is looked up in this package is known to Refers.
func TestRefersIsWhole(t *testing.T) {
	files, err := filepath.Glob("explicit*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var keys []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "a.configMap(key") && !strings.Contains(string(text), "a.secret(") {
			continue
		}
		for _, m := range looked.FindAllStringSubmatch(string(text), -1) {
			keys = append(keys, m[1])
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	for _, key := range keys {
		ing := &manifest.Ingress{Namespace: "a", Annotations: []manifest.KeyValue{{Key: nginx.Prefix + key, Value: "a/b"}}}
		if len(nginx.Refers(ing, nil)) != 1 {
			t.Errorf("%s: an object that it names is looked up, and Refers does not know of it", key)
		}
	}
	if len(keys) < 6 {
		t.Errorf("only %v are looked up; the test does not find them any more", keys)
	}
}
