package emit

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func login() *contour.HTTPProxy {
	return &contour.HTTPProxy{
		TypeMeta: meta.TypeMeta{Kind: "HTTPProxy", APIVersion: "projectcontour.io/v1"},
		ObjectMeta: meta.ObjectMeta{
			Name: "example-com-login", Namespace: "login",
			Labels:      map[string]string{"site": "example.com", "app.kubernetes.io/managed-by": "split-ingress"},
			Annotations: map[string]string{"note": "two\nlines\n", "on": "off"},
		},
		Spec: contour.HTTPProxySpec{
			IngressClassName: "contour",
			Routes: []contour.Route{{
				Conditions: []contour.MatchCondition{
					{Prefix: "/login"},
					{Header: &contour.HeaderMatchCondition{Name: ":path", Regex: `/login([/?].*)?`}},
				},
				Services:         []contour.Service{{Name: "test-login", Port: 80, Weight: 100}},
				EnableWebsockets: true,
				TimeoutPolicy:    &contour.TimeoutPolicy{Response: "60s", Idle: "infinity"},
			}},
			Includes: []contour.Include{},
		},
	}
}

const loginYAML = `apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata:
  name: example-com-login
  namespace: login
  labels:
    app.kubernetes.io/managed-by: split-ingress
    site: example.com
  annotations:
    note: |
      two
      lines
    "on": "off"
spec:
  routes:
  - conditions:
    - prefix: /login
    - header:
        name: ":path"
        regex: /login([/?].*)?
    services:
    - name: test-login
      port: 80
      weight: 100
    enableWebsockets: true
    timeoutPolicy:
      response: 60s
      idle: infinity
  ingressClassName: contour
`

func namespace(name string) core.Namespace {
	return core.Namespace{
		TypeMeta:   meta.TypeMeta{Kind: "Namespace", APIVersion: "v1"},
		ObjectMeta: meta.ObjectMeta{Name: name},
	}
}

const namespaceYAML = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: login\n"

func TestYAML(t *testing.T) {
	var b bytes.Buffer
	head := "From a.yaml:1\r\n\n  b\u2028c\x01: d \n"
	if err := YAML(&b, []any{login(), Commented{Object: namespace("login"), Head: head}}); err != nil {
		t.Fatal(err)
	}
	want := loginYAML + "---\n# From a.yaml:1\n#\n#   b\n# c\ufffd: d\n" + namespaceYAML
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
	b.Reset()
	if err := YAML(&b, nil); err != nil || b.Len() > 0 {
		t.Errorf("no objects: %q, %v", b.String(), err)
	}
}

// certificate is one of "our own plain structs".
type certificate struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   meta.TypeMeta  `json:"metadata"`
	Spec       map[string]any `json:"spec"`
	hidden     string
	Skipped    string `json:"-"`
	Untagged   string
	Null       []string `json:"null"`
}

type embedded struct {
	Kind string `json:"kind"` // hides the one of TypeMeta
	*meta.TypeMeta
	inner
	Pair  [2]bool               `json:"pair"`
	Ratio float64               `json:"ratio"`
	Raw   json.RawMessage       `json:"raw"`
	Bytes []byte                `json:"bytes"`
	Port  intstr.IntOrString    `json:"port"`
	Ports []*intstr.IntOrString `json:"ports,omitempty"`
	Size  resource.Quantity     `json:"size"`
	When  meta.Time             `json:"when"`
	Later time.Time             `json:"later,omitzero"`
	Self  *embedded             `json:"self,omitempty"`
	U8    uint8                 `json:"u8"`
	Any   any                   `json:"any"`
	Lists [][]string            `json:"lists,omitempty"`
}

type inner struct {
	Depth int `json:"depth"`
}

func TestDocumentShapes(t *testing.T) {
	port := intstr.FromString("http")
	tests := map[string]struct {
		object any
		want   string
	}{
		"plain struct": {
			certificate{Kind: "Certificate", hidden: "x", Skipped: "x", Spec: map[string]any{
				"b": []any{}, "a": map[string]any{}, "c": nil, "d": 1.5, "e": []any{map[string]any{"y": true, "x": []any{"1"}}},
			}},
			"apiVersion: \"\"\nkind: Certificate\nmetadata: {}\nspec:\n  a: {}\n  b: []\n  c: null\n  d: 1.5\n  e:\n" +
				"  - x:\n    - \"1\"\n    \"y\": true\nUntagged: \"\"\n",
		},
		"embedded": {
			embedded{Kind: "K", TypeMeta: &meta.TypeMeta{Kind: "hidden", APIVersion: "v1"}, inner: inner{3},
				Raw: json.RawMessage(`{"z":1,"a":[null,"<"]}`), Bytes: []byte("hi"), Port: intstr.FromInt32(80),
				Ports: []*intstr.IntOrString{&port, nil}, Self: &embedded{Ratio: 1e21}, Any: &inner{1},
				Lists: [][]string{{"a", "b"}, {}, nil}},
			"apiVersion: v1\nkind: K\ndepth: 3\npair:\n- false\n- false\nratio: 0\nraw:\n  z: 1\n  a:\n  - null\n  - <\nbytes: aGk=\nport: 80\n" +
				"ports:\n- http\n- null\nsize: \"0\"\nself:\n  kind: \"\"\n  depth: 0\n  pair:\n  - false\n  - false\n  ratio: 1e+21\n" +
				"  port: 0\n  size: \"0\"\n  u8: 0\nu8: 0\nany:\n  depth: 1\nlists:\n- - a\n  - b\n- []\n- null\n",
		},
		"empty map":       {map[string]string{}, "{}\n"},
		"spec stays":      {&contour.HTTPProxy{}, "metadata: {}\nspec: {}\n"},
		"status with use": {&contour.HTTPProxy{Status: contour.HTTPProxyStatus{CurrentStatus: "valid"}}, "metadata: {}\nspec: {}\nstatus:\n  currentStatus: valid\n"},
		"zero that says something": {
			&contour.TLSCertificateDelegation{Spec: contour.TLSCertificateDelegationSpec{Delegations: []contour.CertificateDelegation{{}}}},
			"metadata: {}\nspec:\n  delegations:\n  - secretName: \"\"\n",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Document(tt.object)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, string(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	one := "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Namespace\",\n  \"metadata\": {\n    \"name\": \"a<b\"\n  }\n}\n"
	inList := strings.ReplaceAll(strings.TrimSuffix(one, "\n"), "\n", "\n    ")
	list := "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": ["
	tests := map[string]struct {
		objects []any
		want    string
	}{
		"one":  {[]any{Commented{Object: namespace("a<b"), Head: "gone"}}, one},
		"two":  {[]any{namespace("a<b"), namespace("a<b")}, list + "\n    " + inList + ",\n    " + inList + "\n  ]\n}\n"},
		"none": {nil, list + "]\n}\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := JSON(&b, tt.objects); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, b.String()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestNames(t *testing.T) {
	var b bytes.Buffer
	object := map[string]any{"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": map[string]any{"name": "c"}}
	if err := Names(&b, []any{login(), Commented{Object: namespace("login")}, object}); err != nil {
		t.Fatal(err)
	}
	if want := "httpproxy.projectcontour.io/example-com-login\nnamespace/login\ncertificate.cert-manager.io/c\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestErrors(t *testing.T) {
	bad := login()
	bad.Spec.Routes[0].Services[0].Name = "a\xffb"
	var none *contour.HTTPProxy
	tests := map[string]struct {
		object any
		want   string
	}{
		"not UTF-8":     {bad, `object 1: HTTPProxy login/example-com-login: "a\xffb" is not UTF-8`},
		"key not UTF-8": {map[string]string{"\xff": ""}, `key "\xff" is not UTF-8`},
		"nil":           {nil, "object 1: is nil"},
		"nil pointer":   {none, "object 1: is nil"},
		"scalar":        {"text", "is a string, and must be a struct or a map"},
		"channel":       {struct{ C chan int }{make(chan int)}, "type chan int can't be written"},
		"int keys":      {map[string]any{"a": map[int]string{1: ""}}, "type map[int]string can't be written"},
		"string option": {struct {
			N int `json:"n,string"`
		}{}, "type int can't be written"},
		"own form fails": {map[string]any{"a": json.RawMessage("{")}, "unexpected end of JSON input"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for form, f := range map[string]error{"YAML": YAML(&bytes.Buffer{}, []any{tt.object}), "JSON": JSON(&bytes.Buffer{}, []any{tt.object})} {
				if f == nil || !strings.Contains(f.Error(), tt.want) {
					t.Errorf("%s: got %v, want %s", form, f, tt.want)
				}
			}
		})
	}
	if err := Names(&bytes.Buffer{}, []any{namespace("a"), core.Namespace{}}); err == nil || !strings.Contains(err.Error(), "object 2: v1.Namespace needs a kind") {
		t.Errorf("names: %v", err)
	}
	if err := YAML(full{}, []any{login()}); !errors.Is(err, errFull) {
		t.Errorf("writer: %v", err)
	}
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
