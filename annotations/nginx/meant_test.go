package nginx

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/annotations/sharedtest"
)

// annotated is an Ingress with annotations written as "key: value" lines.
func annotated(lines string) *object {
	ing := &manifest.Ingress{Namespace: "app", Name: "i"}
	for line := range strings.Lines(lines) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		ing.Annotations = append(ing.Annotations, manifest.KeyValue{Key: key, Value: value})
	}
	return &object{Ingress: ing}
}

func TestMeant(t *testing.T) {
	const n = Prefix
	c := controller{opts: testOptions(t)}
	for lines, want := range map[string]string{
		n + "client-max-body-size: 50m":                       n + "proxy-body-size: 50m was probably meant",
		n + "client_max_body_size: 50m":                       n + "proxy-body-size: 50m was probably meant",
		n + "client-max-body-size: 50 MB":                     n + "proxy-body-size was probably meant (which refuses the value as it stands: want a number",
		n + "cors-enable: true":                               n + "enable-cors: true was probably meant",
		n + "cors-enabled: yes":                               n + "enable-cors was probably meant (which refuses the value",
		n + "rate-limit: 10":                                  "one of them was probably meant",
		n + "rate-limit: 10r/s":                               n + "limit-rps: 10 was probably meant",
		n + "rate-limit: 600 per minute":                      n + "limit-rpm: 600 was probably meant",
		n + "rate-limit: 100\n" + n + "rate-limit-window: 1m": n + "limit-rpm: 100 was probably meant",
		n + "rate-limit: 100\n" + n + "rate-limit-window: 1h": "nothing by h",
		n + "rate-limit-rps: 10":                              n + "limit-rps: 10 was probably meant",
		n + "proxy_read_timeout: 60s":                         n + "proxy-read-timeout: 60 was probably meant",
		n + "read-timeout: 2m":                                n + "proxy-read-timeout: 120 was probably meant",
		n + "read-timeout: 1500ms":                            n + "proxy-read-timeout was probably meant (which refuses the value",
		n + "Proxy-Body-Size: 1m":                             n + "proxy-body-size: 1m was probably meant",
		n + "proxy-buffers: 4 16k":                            n + "proxy-buffer-size: 16k; " + n + "proxy-buffers-number: 4 was probably meant",
		n + "secure-backends: true":                           n + "backend-protocol: HTTPS is in its place",
		n + "secure-backends: false":                          "it says what holds without it",
		n + "grpc-backend: true":                              n + "backend-protocol: GRPC is in its place",
		n + "websocket-services: chat":                        "WebSockets need no annotation",
		n + "ssl-protocols: TLSv1.2":                          "reads ssl-protocols from its ConfigMap only",
		n + "server-tokens: false":                            "reads server-tokens from its ConfigMap only",
		n + "jaeger-service-name: x":                          "no OpenTracing any more",
		n + "lua-resty-waf: active":                           "does so no longer",
		n + "rewrite-traget: /x":                              "did you mean " + n + "rewrite-target?",
		n + "mirror-uri: /m":                                  "mirror-target wants a whole URL; " + n + "mirror-target is in its place",
		n + "disable-access-log: true":                        n + "enable-access-log: false was probably meant",
		n + "priority: 10":                                    unread,
		n + "health-check-path: /x":                           unread,
		n + "something-else: x":                               "no controller that we know reads this key",
		"traefik.ingress.kubernetes.io/ssl-redirect: true":    "did you mean " + n + "ssl-redirect?",
		"traefik.ingress.kubernetes.io/proxy-body-size: 5G":   "did you mean " + n + "proxy-body-size?",
		"ingress.kubernetes.io/proxy-request-buffering: off":  "did you mean " + n + "proxy-request-buffering?",
		"k8s.apisix.apache.org/ingress.class: apisix":         "did you mean kubernetes.io/ingress.class?",
		"ingress.class: nginx":                                "did you mean kubernetes.io/ingress.class?",
		"traefik.ingress.k8s.io/router.tls: true":             "did you mean traefik.ingress.kubernetes.io/router.tls?",
		"nginx.ingress.kubernets.io/rewrite-target: /":        "did you mean " + n + "rewrite-target?",
		"acme.example/ssl-redirect: true":                     "no controller that we know reads this key",
		"acme.example/priority: 1":                            "no controller that we know reads this key",
	} {
		o := annotated(lines)
		a := o.Annotations[0]
		fate, reason := c.unknown(o, a.Key, a.Value)
		if fate != ledger.Unknown || !strings.Contains(reason, want) || want == unread && reason != unread {
			t.Errorf("%q: %s %q, want %q", lines, fate, reason, want)
		}
	}
}

// TestSynonyms: each name stands once, is read by nobody, and leads to a key of ours.
func TestSynonyms(t *testing.T) {
	c := controller{opts: testOptions(t)}
	seen := map[string]bool{}
	for _, s := range synonyms {
		if _, ok := RuleFor(s.key); s.key != "" && !ok {
			t.Errorf("%s: no key of ours", s.key)
		}
		for _, name := range s.names {
			if seen[name] || name != plainName(name) {
				t.Errorf("%s: twice, or not written plainly", name)
			}
			seen[name] = true
			if fate, reason := c.unknown(annotated(""), Prefix+name, "x"); fate != ledger.Unknown {
				t.Errorf("%s: %s: %s", name, fate, reason)
			}
		}
	}
}

// TestUnknownCorpus lists every key of the corpus that nobody reads, with what we say of it,
// in testdata/unknown-keys.txt.
func TestUnknownCorpus(t *testing.T) {
	root := sharedtest.Path(t, "corpus")
	said := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(path)) {
			return err
		}
		set, err := manifest.Read([]manifest.Source{{Path: path}}, manifest.Options{})
		if err != nil {
			return nil //nolint:nilerr // another test's
		}
		unknownOf(t, set, said)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, 0, len(said))
	for line := range said {
		lines = append(lines, line)
	}
	slices.Sort(lines)
	got, file := strings.Join(lines, ""), filepath.Join("testdata", "unknown-keys.txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// unknownOf notes what is said of the unknown keys of a set, with every class taken as ours.
func unknownOf(t *testing.T, set *manifest.Set, said map[string]bool) {
	opts := testOptions(t)
	opts.Classless, opts.Classes = true, []string{"nginx"}
	value := map[ledger.Origin]string{}
	for _, ing := range set.Ingresses {
		if ing.Class != nil {
			opts.Classes = append(opts.Classes, ing.Class.Value)
		}
		opts.Classes = append(opts.Classes, valueOf(ing.Annotations, classKey))
		for _, a := range ing.Annotations {
			value[a.Origin] = a.Value
		}
	}
	clear(set.Classes)
	Interpret(set, opts)
	for _, e := range set.Ledger.Entries() {
		if e.Kind != ledger.Annotation || e.Fate != ledger.Unknown {
			continue
		}
		v := value[e.Origin]
		if len(v) > 40 {
			v = v[:40] + "..."
		}
		said[fmt.Sprintf("%s: %q\n    %s\n", e.Key, v, e.Reason)] = true
	}
}
