package judge

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/fixtures/demo"
)

// fence is a block of code of a page in Markdown, with its language.
var fence = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

// named is a line of a block of sh that names who runs what follows, up to the next one.
var named = regexp.MustCompile("(?m)^# ")

// TestJudgeCutover does what docs/cutover.md says, block by block: sh is run by whom its comments
// name, yaml becomes the file that its first line names, and requests are asked of Envoy.
func TestJudgeCutover(t *testing.T) {
	page, err := os.ReadFile("../../../docs/cutover.md")
	check(t, err)
	c := beginCutover(t)
	count := map[string]int{}
	for _, block := range fence.FindAllStringSubmatch(string(page), -1) {
		language, text := block[1], block[2]
		switch language {
		case "sh":
			for _, part := range named.Split(text, -1)[1:] {
				who, commands, _ := strings.Cut(part, "\n")
				c.refusesIngresses(t, commands)
				c.sh(t, who, commands)
				count[who]++
			}
		case "yaml":
			first, rest, _ := strings.Cut(text, "\n")
			check(t, os.WriteFile(filepath.Join(c.dir, strings.TrimPrefix(first, "# ")), []byte(rest), 0o600))
		case "requests":
			c.requests(t, text)
			count[language]++
		default:
			t.Errorf("a block of %s: nobody runs it", language)
		}
	}
	if want := map[string]int{"cluster admins": 8, "team-login": 1, "team-mainsite": 1, "site-admins": 1, "root-admins": 1, "requests": 2}; !maps.Equal(count, want) {
		t.Errorf("parts run: %v, want %v", count, want)
	}
}

// ingressClass is what ingress-nginx's own manifests bring.
const ingressClass = `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
`

// cutover is a cluster with the demo's Ingresses, and a working directory.
type cutover struct {
	*Bench
	dir  string
	path string // of programs
}

// beginCutover starts Contour as the page says, with what the demo refers to beside it.
func beginCutover(t *testing.T) *cutover {
	t.Helper()
	dir := tools(t)
	cluster, err := StartCluster(t.Context(), dir, t.TempDir())
	c := &cutover{Bench: &Bench{Cluster: cluster, Stubs: NewStubs(cluster)}, dir: t.TempDir()}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	check(t, err)
	check(t, cluster.Define())
	check(t, cluster.StartControllers("namespace-controller"))
	check(t, cluster.StartContour("--ingress-class-name=contour", "--root-namespaces=security-admin-only"))
	check(t, c.StartEnvoy())
	check(t, c.Stubs.Make([]Input{demoInput(t)}))
	// The namespaces of root and fanout are made by the page; what cert-manager would make in
	// one of them stays.
	check(t, os.WriteFile(filepath.Join(c.dir, "example.yaml"), demo.Example, 0o600))
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "kubectl-split_ingress"), "../../kubectl-split_ingress")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	c.path = bin + ":" + filepath.Dir(dir.path(kubectl)) + ":" + os.Getenv("PATH")
	keys, err := newKeyPair("example.com")
	check(t, err)
	check(t, cluster.create("Secret", "login", object{
		"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": object{"name": "example-com-tls"},
		"data": object{"tls.crt": keys.cert, "tls.key": keys.key},
	}))
	check(t, os.WriteFile(filepath.Join(c.dir, "class.yaml"), []byte(ingressClass), 0o600))
	c.sh(t, "cluster admins", "kubectl apply -f class.yaml -f example.yaml")
	return c
}

// sh runs commands as somebody; the first that fails ends it.
func (c *cutover) sh(t *testing.T, who, commands string) {
	t.Helper()
	if out, err := c.run(t, who, commands); err != nil {
		t.Fatalf("as %s:\n%s\n%v\n%s", who, commands, err, out)
	}
}

func (c *cutover) run(t *testing.T, who, commands string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-e", "-o", "pipefail", "-c", commands)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "PATH="+c.path, "KUBECONFIG="+c.kubeconfig(t, who), "HOME="+c.dir)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// kubeconfig is that of somebody: the cluster's admins, or a member of a group.
func (c *cutover) kubeconfig(t *testing.T, who string) string {
	t.Helper()
	if who == "cluster admins" {
		return c.Cluster.kubecfg
	}
	text, err := os.ReadFile(c.Cluster.kubecfg)
	check(t, err)
	var config object
	check(t, yaml.Unmarshal(text, &config))
	user := config["users"].([]any)[0].(object)["user"].(object)
	m := member(who)
	user["as"], user["as-groups"] = m.user, m.groups
	text, err = yaml.Marshal(config)
	check(t, err)
	file := filepath.Join(c.dir, who+".kubeconfig")
	check(t, os.WriteFile(file, text, 0o600))
	return file
}

// requests asks Envoy what a block has, "REQUEST  ANSWER" a line, each until the answer is right.
func (c *cutover) requests(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		request, want, found := strings.Cut(strings.TrimSpace(line), "  ")
		if want = strings.TrimSpace(want); !found {
			t.Fatalf("request %q: want REQUEST, two blanks and ANSWER", line)
		}
		w, got := parseRequest(t, request), ""
		err := waitFor(time.Minute, request, func() error {
			a, err := sendAs(w.Request, hostOnly(w.Host))
			if err != nil {
				return err
			}
			if got = whichSaw.ReplaceAllString(w.text(a), ""); got != want {
				return fmt.Errorf("the answer is %q instead of %q", got, want)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// refusesIngresses holds that the way back is needed: before the plan keeps Ingresses, they are
// refused.
func (c *cutover) refusesIngresses(t *testing.T, commands string) {
	t.Helper()
	if !strings.Contains(commands, "ingresses: kept") {
		return
	}
	out, err := c.run(t, "cluster admins", "kubectl apply -f example.yaml")
	if err == nil || !strings.Contains(out, "legacy-ingress") {
		t.Errorf("the Ingresses come back without a word in the plan:\n%s", out)
	}
	if _, err := c.Cluster.call(http.MethodGet, "/apis/networking.k8s.io/v1/namespaces/login/ingresses/example-com", nil); !answered(err, http.StatusNotFound) {
		t.Errorf("the Ingress is there: %v", err)
	}
}
