package judge

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/cmd/internal/cli"
	"github.com/split-ingress/split-ingress/fixtures/demo"
)

// beside is what stands in the cluster beside the demo: what belongs to it, and an Ingress
// whose Secrets and ConfigMap are there, or are not.
const beside = `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: v1
kind: Service
metadata: {name: login-app-service, namespace: login}
spec: {ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: test-login-app-service, namespace: login}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: mainsite-service, namespace: mainsite}
spec: {ports: [{name: http, port: 8080}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: controller, namespace: ingress-nginx}
data: {hsts: "false"}
---
apiVersion: v1
kind: Secret
metadata: {name: users, namespace: mainsite}
data: {auth: YTpi}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: admin
  namespace: mainsite
  labels: {app: admin}
  annotations:
    nginx.ingress.kubernetes.io/auth-type: basic
    nginx.ingress.kubernetes.io/auth-secret: users
spec:
  ingressClassName: nginx
  tls: [{hosts: [admin.example.com], secretName: not-there}]
  rules:
  - host: admin.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: mainsite-service, port: {name: http}}}}
      - {path: /gone, pathType: Prefix, backend: {service: {name: gone, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: other, namespace: mainsite}
spec:
  ingressClassName: not-there
  defaultBackend: {service: {name: mainsite-service, port: {number: 8080}}}
`

// TestJudgeLive: the commands read a real API server as they read the same manifests from
// files, with the rights that docs/cluster.md asks for, and with fewer they name the rules that
// are missing, which are then enough.
func TestJudgeLive(t *testing.T) {
	c, err := StartCluster(t.Context(), tools(t), t.TempDir())
	t.Cleanup(c.Stop)
	if err != nil {
		t.Fatal(err)
	}
	l := &liveLab{Cluster: c, files: filepath.Join(t.TempDir(), "all.yaml")}
	all := l.apply(t, string(demo.Example)+"\n---\n"+beside)
	if err := os.WriteFile(l.files, all, 0o600); err != nil {
		t.Fatal(err)
	}
	l.contexts(t)
	t.Run("as files", l.testAsFiles)
	t.Run("selection", l.testSelection)
	t.Run("rights", l.testRights)
	t.Run("commands", l.testCommands)
	if err := c.Define(); err != nil {
		t.Fatal(err)
	}
	t.Run("proxies", l.testProxies)
}

// liveLab is a cluster with the same objects as a file.
type liveLab struct {
	*Cluster
	files      string
	kubeconfig string
	made       int // roles
}

// apply makes the objects, with their namespaces and a certificate, and returns all of them as
// manifests.
func (l *liveLab) apply(t *testing.T, text string) []byte {
	t.Helper()
	secret := object{"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": object{"name": "example-com-tls", "namespace": "login"}}
	keys, err := newKeyPair("example.com")
	if err != nil {
		t.Fatal(err)
	}
	secret["data"] = object{"tls.crt": keys.cert, "tls.key": keys.key}
	written, err := yaml.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, name := range []string{"login", "mainsite", "ingress-nginx"} {
		all = fmt.Appendf(all, "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {team: team-%s, kubernetes.io/metadata.name: %s}}\n---\n", name, name, name)
	}
	all = append(append(append(all, text...), "\n---\n"...), written...)
	for doc := range bytes.SplitSeq(all, []byte("\n---\n")) {
		l.post(t, doc)
	}
	return all
}

// post makes the object of a manifest.
func (l *liveLab) post(t *testing.T, doc []byte) {
	t.Helper()
	var o struct {
		APIVersion, Kind string
		Metadata         struct{ Namespace string }
	}
	if err := yaml.Unmarshal(doc, &o); err != nil {
		t.Fatal(err)
	}
	var body object
	if err := yaml.Unmarshal(doc, &body); err != nil {
		t.Fatal(err)
	}
	path := "/apis/" + o.APIVersion
	if o.APIVersion == "v1" {
		path = "/api/v1"
	}
	if o.Metadata.Namespace != "" {
		path += "/namespaces/" + o.Metadata.Namespace
	}
	plural := strings.ToLower(o.Kind)
	if base, ok := strings.CutSuffix(plural, "y"); ok {
		plural = base + "ies"
	} else if strings.HasSuffix(plural, "s") {
		plural += "es"
	} else {
		plural += "s"
	}
	if _, err := l.call(http.MethodPost, path+"/"+plural, body); err != nil {
		t.Fatal(err)
	}
}

// contexts writes a kubeconfig with a context that is nowhere, one for the cluster, and one for
// a namespace of it.
func (l *liveLab) contexts(t *testing.T) {
	t.Helper()
	l.kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"nowhere",
"clusters":[{"name":"judge","cluster":{"server":%q,"certificate-authority":%q}},{"name":"nowhere","cluster":{"server":"http://127.0.0.1:1"}}],
"users":[{"name":"judge","user":{"token":%q}}],
"contexts":[{"name":"judge","context":{"cluster":"judge","user":"judge"}},{"name":"login","context":{"cluster":"judge","user":"judge","namespace":"login"}},{"name":"nowhere","context":{"cluster":"nowhere"}}]}`,
		kubeURL, l.file("tls.crt"), token)
	if err := os.WriteFile(l.kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// cli runs a command on the cluster, or on files if it is given any.
func (l *liveLab) cli(t *testing.T, want int, args ...string) (out, errOut string) {
	t.Helper()
	if !slices.Contains(args, "-f") {
		if !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "--context") }) {
			args = append(args, "--context=judge")
		}
		args = append(args, "--kubeconfig", l.kubeconfig)
	}
	var stdout, stderr bytes.Buffer
	code := cli.Main(append([]string{"kubectl-split_ingress"}, args...), genericiooptions.IOStreams{In: strings.NewReader(""), Out: &stdout, ErrOut: &stderr}, "test")
	if code != want {
		t.Errorf("%q: exit code %d, want %d\n%s", args, code, want, stderr.String())
	}
	return stdout.String(), stderr.String()
}

// reported is what a report says, as far as it does not name places.
type reported struct {
	Hosts    []any
	Objects  []any
	Findings []struct{ Rule, Severity, Host, Message, Action string }
}

// convert converts, and returns the objects with the report.
func (l *liveLab) convert(t *testing.T, want int, args ...string) (objects string, r reported) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	objects, errOut := l.cli(t, want, append([]string{"convert", "--controller-config", "ingress-nginx/controller", "--report", file}, args...)...)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v\n%s", err, errOut)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(r.Findings, func(a, b struct{ Rule, Severity, Host, Message, Action string }) int {
		return cmp.Or(strings.Compare(a.Rule, b.Rule), strings.Compare(a.Host, b.Host), strings.Compare(a.Message, b.Message))
	})
	return objects, r
}

// testAsFiles: the whole cluster is converted to what all of its manifests are, for the
// administrator and for a reader with the documented role.
func (l *liveLab) testAsFiles(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "cluster.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, role, _ := strings.Cut(string(doc), "```yaml\n")
	role, _, _ = strings.Cut(role, "```")
	l.post(t, []byte(role))
	l.bind(t, "reader", "ClusterRole", "split-ingress-reader", "")
	want, fromFiles := l.convert(t, 2, "-f", l.files, "--complete-input")
	for _, who := range [][]string{nil, {"--as", "reader"}} {
		have, live := l.convert(t, 2, append([]string{"-A"}, who...)...)
		if diff := gocmp.Diff(want, have); diff != "" {
			t.Errorf("%v: the objects differ: %s", who, diff)
		}
		if diff := gocmp.Diff(fromFiles, live); diff != "" {
			t.Errorf("%v: the reports differ: %s", who, diff)
		}
	}
	if !strings.Contains(want, "name: admin-example-com") || !strings.Contains(want, "name: mainsite-service") {
		t.Errorf("the conversion is not what the test is about:\n%s", want)
	}
	optimistic, _ := l.convert(t, 2, "-f", l.files)
	if optimistic == want {
		t.Error("--complete-input makes no difference: the test shows nothing of what is missing")
	}
}

// bind binds a role to a user: in a namespace, or in all.
func (l *liveLab) bind(t *testing.T, user, kind, role, namespace string) {
	t.Helper()
	binding := object{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": object{"name": user + "-" + role},
		"roleRef":  object{"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
		"subjects": []any{object{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}},
	}
	if namespace != "" {
		binding["kind"], binding["metadata"] = "RoleBinding", object{"name": user + "-" + role, "namespace": namespace}
	}
	doc, err := yaml.Marshal(binding)
	if err != nil {
		t.Fatal(err)
	}
	l.post(t, doc)
}

// testSelection: namespace, labels and context choose as in kubectl.
func (l *liveLab) testSelection(t *testing.T) {
	hosts := func(args ...string) string {
		t.Helper()
		out, _ := l.cli(t, 0, append([]string{"inspect", "-o", "json"}, args...)...)
		var inv struct {
			Hosts []struct {
				Host      string
				Ingresses []string
			}
		}
		if err := json.Unmarshal([]byte(out), &inv); err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, h := range inv.Hosts {
			all = append(all, h.Host+" "+strings.Join(h.Ingresses, "+"))
		}
		return strings.Join(all, ", ")
	}
	const whole = "admin.example.com mainsite/admin, example.com login/example-com+login/example-com-login-test+mainsite/example-com-mainsite"
	const login = "example.com login/example-com+login/example-com-login-test"
	for args, want := range map[string]string{
		"-A": whole, "-A -n login": whole, "-n login": login, "--context=login": login, "--context=login -A": whole,
		"-A -l app=admin": "admin.example.com mainsite/admin", "-n mainsite": "admin.example.com mainsite/admin, example.com mainsite/example-com-mainsite",
	} {
		if have := hosts(strings.Fields(args)...); have != want {
			t.Errorf("%s: %s\nwant %s", args, have, want)
		}
	}
	_, errOut := l.cli(t, 1, "inspect", "--context=nowhere")
	if !strings.Contains(errOut, "cluster:nowhere (http://127.0.0.1:1) can't be read: ") || !strings.Contains(errOut, "-f") {
		t.Errorf("nowhere: %s", errOut)
	}
	_, errOut = l.cli(t, 1, "inspect") // of the namespace default
	if !strings.Contains(errOut, "there is no Ingress in the namespace that was read of cluster:judge; name another one with -n") {
		t.Errorf("default: %s", errOut)
	}
	_, errOut = l.cli(t, 1, "inspect", "-A", "--token=wrong", "--context=nowhere", "--server="+kubeURL, "--insecure-skip-tls-verify")
	if !strings.Contains(errOut, "does not know you") {
		t.Errorf("wrong token: %s", errOut)
	}
}

// granted is what a finding or an error says of a rule.
var granted = regexp.MustCompile(`grant (\{.*?\}) by a (Role|ClusterRole) and a \w+Binding(?: in namespace ([a-z-]+))?`)

// grant gives a user the rules that texts name, and returns how many there were.
func (l *liveLab) grant(t *testing.T, user, text string) int {
	t.Helper()
	found := granted.FindAllStringSubmatch(text, -1)
	for _, m := range found {
		var rule object
		if err := yaml.Unmarshal([]byte(m[1]), &rule); err != nil {
			t.Fatalf("%s: %v", m[0], err)
		}
		l.made++
		name := fmt.Sprintf("granted-%d", l.made)
		meta := object{"name": name}
		if m[3] != "" {
			meta["namespace"] = m[3]
		}
		doc, err := yaml.Marshal(object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": m[2], "metadata": meta, "rules": []any{rule}})
		if err != nil {
			t.Fatal(err)
		}
		l.post(t, doc)
		l.bind(t, user, m[2], name, m[3])
	}
	return len(found)
}

// testRights: a user without any right is told the one that is needed, then those that are
// missing; once each rule is granted as it was named, nothing is missing.
func (l *liveLab) testRights(t *testing.T) {
	for user, c := range map[string]struct {
		args []string
		want int // rights that are named beside that to the Ingresses and the controller's ConfigMap
	}{
		"anna": {[]string{"-A"}, 5},             // classes, services, both namespaces or their list, secrets of two namespaces
		"otto": {[]string{"-n", "mainsite"}, 4}, // classes, services, the namespace, secrets
	} {
		t.Run(user, func(t *testing.T) {
			args := append([]string{"--as", user}, c.args...)
			for _, what := range []string{"ingresses", "configmaps"} {
				_, errOut := l.cli(t, 1, append([]string{"convert", "--controller-config", "ingress-nginx/controller"}, args...)...)
				if !strings.Contains(errOut, what) || !strings.Contains(errOut, `User "`+user+`" cannot`) || l.grant(t, user, errOut) != 1 {
					t.Fatalf("%s: %s", what, errOut)
				}
			}
			_, blind := l.convert(t, 2, args...)
			n := 0
			for _, f := range blind.Findings {
				if f.Rule == "missing-right" {
					n += l.grant(t, user, f.Action)
				}
			}
			if n != c.want {
				t.Errorf("%d rights were named, want %d: %v", n, c.want, blind.Findings)
			}
			_, seeing := l.convert(t, 2, args...)
			_, admin := l.convert(t, 2, c.args...)
			if diff := gocmp.Diff(admin, seeing); diff != "" {
				t.Errorf("with the rights that were named: %s", diff)
			}
			if diff := gocmp.Diff(admin, blind); diff == "" {
				t.Error("without the rights nothing is different")
			}
		})
	}
}

// testCommands: the other commands say of the cluster what they say of the files.
func (l *liveLab) testCommands(t *testing.T) {
	dir := t.TempDir()
	l.cli(t, 2, "convert", "-A", "-q", "--output-dir", dir)
	for _, args := range [][]string{
		{"inspect"}, {"tree"}, {"plan", "-q"}, {"resolve", "https://example.com/login"}, {"diff", "--output-dir", dir},
	} {
		have, _ := l.cli(t, 0, append(slices.Clone(args), "-A")...)
		want, _ := l.cli(t, 0, append(slices.Clone(args), "-f", l.files, "--complete-input")...)
		clean := func(s string) []string { // fields have the order of their names there
			s = strings.ReplaceAll(s, "cluster:judge", l.files)
			s = regexp.MustCompile(regexp.QuoteMeta(l.files)+`:\d+`).ReplaceAllString(s, l.files)
			return slices.Sorted(strings.Lines(s))
		}
		if diff := gocmp.Diff(clean(want), clean(have)); diff != "" {
			t.Errorf("%q: %s", args, diff)
		}
	}
	have, _ := l.cli(t, 1, "verify", "-A", "--after", dir, "-R")
	if !strings.Contains(have, "example.com") {
		t.Errorf("verify: %s", have)
	}
}

// testProxies: HTTPProxies of the cluster are shown and compared, once Contour's definitions
// are there; who may not read them is told then.
func (l *liveLab) testProxies(t *testing.T) {
	_, before := l.convert(t, 2, "-A", "--as", "anna")
	rights := 0
	for _, f := range before.Findings {
		if f.Rule == "missing-right" {
			rights += l.grant(t, "anna", f.Action)
		}
	}
	if rights != 2 {
		t.Errorf("%d rights to Contour's objects were named, want 2: %v", rights, before.Findings)
	}
	out, _ := l.cli(t, 0, "convert", "-A", "-q", "-l", "app!=admin")
	for doc := range strings.SplitSeq(out, "---\n") {
		l.post(t, []byte(doc))
	}
	tree, _ := l.cli(t, 0, "tree", "-A", "--as", "anna")
	if !strings.HasPrefix(tree, "example.com") || !strings.Contains(tree, "login-app-service") {
		t.Errorf("tree: %s", tree)
	}
	inFiles := filepath.Join(t.TempDir(), "proxies.yaml")
	if err := os.WriteFile(inFiles, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	l.lint(t, inFiles)
	have, _ := l.cli(t, 1, "verify", "-A", "-l", "app!=admin")
	want, _ := l.cli(t, 1, "verify", "-A", "-l", "app!=admin", "--after", inFiles)
	places := regexp.MustCompile(regexp.QuoteMeta(inFiles) + `:\d+`)
	unread := regexp.MustCompile(`(?m)^ +\d+ objects not read by it: .*\n`) // the cluster is both sides
	want, have = places.ReplaceAllString(unread.ReplaceAllString(want, ""), "cluster:judge"), unread.ReplaceAllString(have, "")
	if diff := gocmp.Diff(want, have); diff != "" {
		t.Errorf("the cluster against itself, and against the same proxies in a file: %s", diff)
	}
}

// lint holds the cluster against a plan, as the reader, and finds what it finds in files.
func (l *liveLab) lint(t *testing.T, proxies string) {
	t.Helper()
	plan := filepath.Join(t.TempDir(), "plan.yaml")
	text, _ := l.cli(t, 0, "plan", "-A", "-q")
	if err := os.WriteFile(plan, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	have, _ := l.cli(t, 2, "lint", "-A", "--plan", plan, "--as", "reader")
	want, _ := l.cli(t, 2, "lint", "--plan", plan, "-f", l.files, "-f", proxies)
	places := regexp.MustCompile(`(?:` + regexp.QuoteMeta(l.files) + `|` + regexp.QuoteMeta(proxies) + `):\d+`)
	lines := func(s string) []string { return slices.Sorted(strings.Lines(s)) }
	if diff := gocmp.Diff(lines(places.ReplaceAllString(want, "cluster:judge")), lines(have)); diff != "" || have == "" {
		t.Errorf("lint: %s", diff)
	}
}
