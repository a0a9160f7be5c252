package httpproxy_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	contourv1alpha1 "github.com/projectcontour/contour/apis/projectcontour/v1alpha1"
	"github.com/rogpeppe/go-internal/txtar"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

var update = flag.Bool("update", false, "rewrite what the fixtures expect")

// world is everything that a data plane is given.
type world struct {
	proxies     []*contour.HTTPProxy
	ingresses   []*manifest.Ingress
	extensions  map[manifest.Name]*contourv1alpha1.ExtensionService
	delegations httpproxy.Delegations
	services    map[manifest.Name]*manifest.Service // nil if none is given
	secrets     map[manifest.Name]*manifest.Secret  // as services
}

// readWorld reads documents; one without a kind is an HTTPProxy.
func readWorld(t testing.TB, text string) world {
	t.Helper()
	w := world{extensions: map[manifest.Name]*contourv1alpha1.ExtensionService{}}
	var delegations []*contour.TLSCertificateDelegation
	var rest []string
	for doc := range strings.SplitSeq(text, "---\n") {
		var meta struct {
			metav1.TypeMeta `json:",inline"`
		}
		err := yaml.Unmarshal([]byte(doc), &meta)
		switch {
		case err != nil:
		case meta.Kind == "", meta.Kind == "HTTPProxy":
			p := &contour.HTTPProxy{}
			err = yaml.UnmarshalStrict([]byte(doc), p)
			w.proxies = append(w.proxies, p)
		case meta.Kind == "TLSCertificateDelegation":
			d := &contour.TLSCertificateDelegation{}
			err = yaml.UnmarshalStrict([]byte(doc), d)
			delegations = append(delegations, d)
		case meta.Kind == "ExtensionService":
			e := &contourv1alpha1.ExtensionService{}
			err = yaml.UnmarshalStrict([]byte(doc), e)
			w.extensions[manifest.Name{Namespace: e.Namespace, Name: e.Name}] = e
		default:
			rest = append(rest, doc)
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, doc)
		}
	}
	w.delegations = httpproxy.ReadDelegations(delegations)
	set, err := manifest.Read([]manifest.Source{{Path: "in.yaml", Reader: strings.NewReader(strings.Join(rest, "---\n"))}}, manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set.Findings {
		if f.Severity == ledger.Error {
			t.Fatal(f)
		}
	}
	w.ingresses = set.Ingresses
	if len(set.Services) > 0 {
		w.services = set.Services
	}
	if len(set.Secrets) > 0 {
		w.secrets = set.Secrets
	}
	return w
}

func (w world) explicit() httpproxy.ExplicitOptions {
	return httpproxy.ExplicitOptions{Extensions: w.extensions, Services: w.services, Secrets: w.secrets, Delegations: w.delegations}
}

func problemText(all []httpproxy.Problem) string {
	var b strings.Builder
	for _, p := range all {
		fmt.Fprintf(&b, "%s: %s: %s\n", p.Object, p.Reason, p.Message)
	}
	return b.String()
}

// fixtures runs the archives of a folder under fixtures: what is derived from the first
// files is compared with the rest of the files, or with -update written there.
func fixtures(t *testing.T, folder string, inputs int, derive func(t *testing.T, input []string) []txtar.File) {
	files, err := filepath.Glob(filepath.Join("..", "..", "fixtures", folder, "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil || len(ar.Files) < inputs {
				t.Fatalf("no input: %v", err)
			}
			var texts []string
			for _, f := range ar.Files[:inputs] {
				texts = append(texts, string(f.Data))
			}
			got := &txtar.Archive{Comment: ar.Comment, Files: append(ar.Files[:inputs:inputs], derive(t, texts)...)}
			if *update {
				if err := os.WriteFile(file, txtar.Format(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(ar)), string(txtar.Format(got))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
