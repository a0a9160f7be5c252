package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/split-ingress/split-ingress/fixtures/demo"
)

// TestKubectl runs the program as kubectl's plugin, where there is a kubectl.
func TestKubectl(t *testing.T) {
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		t.Skip("SKIPPED: no kubectl on the PATH")
	}
	dir := t.TempDir() // kubectl runs the plugin that comes first on the PATH
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "kubectl-split_ingress"), "../../kubectl-split_ingress")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	env := append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+dir)
	run := func(stdin string, args ...string) (stdout, stderr string, code int) {
		cmd := exec.Command(kubectl, args...)
		cmd.Env, cmd.Dir, cmd.Stdin = env, dir, strings.NewReader(stdin)
		var out, errOut strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &errOut
		if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return out.String(), errOut.String(), cmd.ProcessState.ExitCode()
	}
	out, errOut, code := run(string(demo.Example), "split-ingress", "convert", "-q", "-o", "name", "-f", "-")
	if code != 0 || !strings.Contains(out, "httpproxy.projectcontour.io/example-com-root\n") {
		t.Errorf("convert: exit code %d\n%s%s", code, out, errOut)
	}
	_, errOut, code = run("", "split-ingress", "convert", "--nope")
	if code != 1 || !strings.Contains(errOut, "See 'kubectl split-ingress convert --help'.") {
		t.Errorf("convert --nope: exit code %d\n%s", code, errOut)
	}
	out, errOut, code = run("", "split-ingress", "version")
	if code != 0 || !strings.Contains(out, "devel") {
		t.Errorf("version: exit code %d\n%s%s", code, out, errOut)
	}
	complete, _, _ := run("", "split-ingress", "completion", "kubectl")
	if err := os.WriteFile(filepath.Join(dir, "kubectl_complete-split_ingress"), []byte(complete), 0o777); err != nil {
		t.Fatal(err)
	}
	out, errOut, _ = run("", "__complete", "split-ingress", "conv")
	if !strings.HasPrefix(out, "convert") {
		t.Errorf("kubectl __complete split-ingress conv:\n%s%s", out, errOut)
	}
}
