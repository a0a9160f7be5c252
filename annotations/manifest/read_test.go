package manifest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

const plain = `kind: Ingress
apiVersion: networking.k8s.io/v1
metadata: {name: NAME, namespace: web}
spec: {defaultBackend: {service: {name: s, port: {number: 80}}}}
`

func named(name string) string { return strings.ReplaceAll(plain, "NAME", name) }

func readText(t testing.TB, text string) *Set {
	t.Helper()
	set, err := Read([]Source{{"-", strings.NewReader(text)}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkEntries(t, set)
	return set
}

// rules are the rules of a set's findings, in their order.
func rules(set *Set) string {
	var out []string
	for _, f := range set.Findings {
		out = append(out, f.Rule)
	}
	return strings.Join(out, " ")
}

func TestStreams(t *testing.T) {
	two := named("a") + "---\n" + named("b")
	bomb := "x: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
	for i := range 12 {
		bomb += fmt.Sprintf("x%d: &a%d [%s*a%d]\n", i, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 8), i)
	}
	merges := "x: &l\n" + strings.Repeat("- {k: 1}\n", 20_000) + "y:\n" + strings.Repeat("- {<<: *l}\n", 20_000)
	tests := []struct {
		name, text string
		ingresses  int
		documents  int
		unreadable int
		rules      string
	}{
		{"plain", two, 2, 2, 0, ""},
		{"CRLF", strings.ReplaceAll(two, "\n", "\r\n"), 2, 2, 0, ""},
		{"CR", strings.ReplaceAll(two, "\n", "\r"), 2, 2, 0, ""},
		{"BOM", "\ufeff---\n" + named("a") + "\ufeff---\n" + named("b"), 2, 2, 0, ""},
		{"UTF-16", "\xff\xfea\x00:\x00", 0, 1, 1, RuleUnreadable},
		{"NUL", "a: \x00\n---\n" + named("a"), 1, 2, 1, RuleUnreadable},
		{"empty", "", 0, 0, 0, ""},
		{"comments", "# a\n---\n# b\n---\n--- # c\n...\n", 0, 0, 0, ""},
		{"null", "---\nnull\n---\n~\n", 0, 0, 0, ""},
		{"ends", named("a") + "...\n# x\n" + named("b") + "...\n", 2, 2, 0, ""},
		{"no marker", "a: |\n  x\n ---\n  ----\n--- \n" + named("a"), 1, 2, 1, RuleUnreadable},
		{"in a block", "a: |\n  ---\n  ...\n---x: 1\n---\n" + named("a"), 1, 2, 0, ""},
		{"document on marker", "--- {kind: X}\n--- |\n text\n--- # x\n" + named("a"), 1, 3, 0, ""},
		{"directive", "%YAML 1.2\n%TAG ! tag:x,1:\n---\n" + named("a"), 1, 1, 0, ""},
		{"no last line end", named("a") + "---", 1, 1, 0, ""},
		{"trailing text", "{kind: X}\n}\n---\n" + named("a"), 1, 2, 1, RuleUnreadable},
		{"alias bomb", named("a") + bomb + "---\n" + named("b"), 1, 2, 1, RuleInvalidObject},
		{"merge bomb", named("a") + merges + "---\n" + named("b"), 1, 2, 1, RuleInvalidObject},
		{"cycle", named("a") + "x: &x [*x, *x]\n", 0, 1, 1, RuleInvalidObject},
		{"merge cycle", named("a") + "x: &x {<<: [*x, *x], a: 1}\n", 1, 1, 0, RuleUnknownField},
		{"merge of a scalar", named("a") + "x: {<<: 7}\n", 0, 1, 1, RuleInvalidObject},
		{"nesting", named("a") + "x: " + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + "\n", 0, 1, 1, RuleInvalidObject},
		{"deep nesting", named("a") + "x: " + strings.Repeat("[", 200_000) + "\n---\n" + named("b"), 1, 2, 1, RuleUnreadable},
		{"many nodes", "x: [" + strings.Repeat(",", maxPieces) + "\n---\n" + named("b"), 1, 2, 1, RuleUnreadable},
		{"look-alike annotation", `{"kind": "Ingress", "apiVersion": "networking.k8s.io/v1", "metadata": {"name": "a", "annotations": {"spec.ingressClassName": "x"}}, "spec": {"ingressClassName": "y", "defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}}}`,
			0, 1, 1, RuleInvalidObject},
		{"keys on one line", `{"kind": "Ingress", "apiVersion": "networking.k8s.io/v1", "metadata": {"name": "a", "annotations": {"a": "x", "a": "y"}}, "spec": {"rules": []}}`,
			0, 1, 1, RuleDuplicateKey},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			set := readText(t, test.text)
			got := fmt.Sprint(len(set.Ingresses), set.Documents, set.Unreadable, " ", rules(set))
			if want := fmt.Sprint(test.ingresses, test.documents, test.unreadable, " ", test.rules); !strings.HasPrefix(got, want) {
				t.Errorf("got %s, want %s: %v", got, want, set.Findings)
			}
		})
	}
}

// documents makes n documents and, in their middle, one that is far too large.
func documents(n int, oversize int64) io.Reader {
	var parts []io.Reader
	for i := range n {
		parts = append(parts, strings.NewReader(named(fmt.Sprint("a", i%7))+"---\n"))
		if i == n/2 {
			parts = append(parts, strings.NewReader("kind: X\nx: |\n"), io.LimitReader(&repeated{"  text and more text\n", 0}, oversize), strings.NewReader("\n---\n"))
		}
	}
	return io.MultiReader(parts...)
}

// repeated is a text without end.
type repeated struct {
	text string
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.text[r.at]
		r.at = (r.at + 1) % len(r.text)
	}
	return len(p), nil
}

func TestMemoryIsBounded(t *testing.T) {
	const oversize = 200 << 20
	peak := peakMemory(func() {
		set, err := Read([]Source{{"-", documents(1000, oversize)}}, Options{MaxDocument: 1 << 20})
		if err != nil || len(set.Ingresses) != 7 || set.Unreadable != 1 || rules(set) != RuleUnreadable {
			t.Error(err, len(set.Ingresses), set.Unreadable, rules(set))
		}
		if last := set.Ledger.Entry(set.Ledger.Len() - 1); last.Line < oversize/21+5000 {
			t.Errorf("lines are lost: %s", last.Origin)
		}
	})
	if peak > 64<<20 {
		t.Errorf("%d MiB in use", peak>>20)
	}
}

// peakMemory is the highest heap in use that was seen while f ran, less that before.
func peakMemory(f func()) uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, peak := m.HeapAlloc, m.HeapAlloc
	done := make(chan struct{})
	go func() { f(); close(done) }()
	for {
		select {
		case <-done:
			return peak - before
		case <-time.After(5 * time.Millisecond):
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
	}
}

func TestDirectories(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "d/b.yaml", []byte(named("b")))
	write(t, "d/a.yml", []byte(named("a")))
	write(t, "d/note.txt", []byte(named("note")))
	write(t, "d/sub/c.json", []byte(`{"kind": "X"}`))
	write(t, "other/d.yaml", []byte(named("d")))
	for link, to := range map[string]string{"d/sub/loop": "..", "d/gone.yaml": "nowhere", "d/sub/other": "../../other", "d/null.yaml": os.DevNull} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	flat, err := Read([]Source{{Path: "d"}, {Path: "d/a.yml"}}, Options{})
	if err != nil || names(flat) != "a b" || flat.Unreadable != 1 || rules(flat) != "unreadable skipped-file skipped-file" {
		t.Error(err, names(flat), rules(flat))
	}
	deep, err := Read([]Source{{Path: "d/b.yaml"}, {Path: "d"}}, Options{Recursive: true})
	if err != nil || names(deep) != "b a d" || deep.Documents != 4 || deep.Unreadable != 1 {
		t.Error(err, names(deep), rules(deep), deep.Documents)
	}
	if origin := deep.Ingresses[2].Origin.String(); origin != filepath.Join("d", "sub", "other", "d.yaml")+":1: Ingress web/d" {
		t.Error(origin)
	}
}

func names(set *Set) string {
	var out []string
	for _, i := range set.Ingresses {
		out = append(out, i.Name)
	}
	return strings.Join(out, " ")
}

func TestErrors(t *testing.T) {
	broken := io.MultiReader(strings.NewReader(named("a")), iotest.ErrReader(errors.New("the disk is on fire")))
	tests := []struct {
		name    string
		sources []Source
		opts    Options
		want    string
	}{
		{"missing", []Source{{Path: "/no/such/file"}}, Options{}, "no such file"},
		{"reader", []Source{{"-", broken}}, Options{}, "-:5: the disk is on fire"},
		{"twice", []Source{{"-", strings.NewReader("")}, {"-", strings.NewReader("")}}, Options{}, "-: given twice"},
		{"namespace", nil, Options{Namespace: "A"}, "not a valid name"},
	}
	for _, test := range tests {
		_, err := Read(test.sources, test.opts)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func certificate(t *testing.T, cn string, names ...string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: cn}, DNSNames: names}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestCertificateHosts(t *testing.T) {
	for _, test := range []struct {
		text    string
		hosts   []string
		unknown bool
	}{
		{certificate(t, "cn.example.com", "b.example.com", "*.A.example.com"), []string{"*.a.example.com", "b.example.com"}, false},
		{certificate(t, "cn.example.com"), []string{"cn.example.com"}, false},
		{certificate(t, ""), nil, false},
		{"placeholder", nil, true},
	} {
		data := "  tls.crt: " + base64.StdEncoding.EncodeToString([]byte(test.text))
		set := readText(t, "kind: Secret\napiVersion: v1\nmetadata: {name: a, namespace: web}\ndata:\n"+data+"\n")
		s := set.Secrets[Name{"web", "a"}]
		if !reflect.DeepEqual(s.CertHosts, test.hosts) || s.CertUnknown != test.unknown {
			t.Errorf("%v %t, want %v %t", s.CertHosts, s.CertUnknown, test.hosts, test.unknown)
		}
	}
}

// TestSecretsStaySecret reads Secrets that are wrong in every way and looks for their
// values in all that comes out.
func TestSecretsStaySecret(t *testing.T) {
	const head = "kind: Secret\napiVersion: v1\nmetadata: {name: a, namespace: web, annotations: {x: hushhush, " + lastApplied + ": hushhush}}\n"
	for _, body := range []string{
		"data: {a: hushhush, tls.crt: hushhush}", "data: hushhush", "data: [hushhush]", "data: {a: {b: hushhush}}", "stringData: {a: !!int hushhush}",
		"stringData: {a: *hushhush}", "stringData: {a: &hushhush {<<: hushhush}}", "stringData: {a: hushhush: b}", "stringData: {a: \"\\hushhush\"}",
		"stringData: {a: !hushhush [x]}", "data: {a: 1, b: yes}\n hushhush", "type: {hushhush: x}", "data: {a: hushhush, a: hushhush}", "data: !<hushhush",
	} {
		set := readText(t, head+body+"\n")
		if text := fmt.Sprintf("%+v", set.Findings) + dump(set); strings.Contains(text, "hushhush") {
			t.Errorf("%s: told in %s", body, text)
		}
	}
}
