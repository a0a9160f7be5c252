package judge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// contourXDS is where Contour serves Envoy.
const contourXDS = "127.0.0.1:8001"

// StartContour runs Contour against the cluster until Stop, with further flags.
func (c *Cluster) StartContour(flags ...string) error {
	ns := object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": "projectcontour"}}
	if err := c.create("Namespace", "", ns); err != nil {
		return err
	}
	// The finding external-name tells people to set this.
	if err := os.WriteFile(c.file("contour.yaml"), []byte("enableExternalNameService: true\n"), 0o600); err != nil {
		return err
	}
	return c.run(contourd, append([]string{"serve", "--no-incluster", "--kubeconfig=" + c.kubecfg, "--config-path=" + c.file("contour.yaml"), "--insecure", "--disable-leader-election",
		"--xds-address=127.0.0.1", "--xds-port=8001", "--kubernetes-client-qps=500", "--kubernetes-client-burst=1000",
		"--envoy-http-access-log=/dev/null", "--envoy-https-access-log=/dev/null"}, flags...)...)
}

// verdict is what Contour says of one HTTPProxy.
type verdict struct {
	status, description string
	warnings            []string
}

// statuses waits until Contour has spoken of all HTTPProxies as they are now, and for a
// while until it says what is expected: it may have seen a proxy before its Services. It
// returns the verdicts by "namespace/name".
func (c *Cluster) statuses(expected map[string]bool) (map[string]verdict, error) {
	var out map[string]verdict
	missing := func() (err error) {
		if out, err = c.verdicts(); err != nil {
			return err
		}
		for name := range expected {
			if _, there := out[name]; !there {
				return fmt.Errorf("%s has none", name)
			}
		}
		return nil
	}
	if err := waitFor(2*time.Minute, "Contour's verdicts", missing); err != nil {
		return nil, err
	}
	for end := time.Now().Add(5 * time.Second); !agree(out, expected) && time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if err := missing(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func agree(said map[string]verdict, expected map[string]bool) bool {
	for name, valid := range expected {
		if (said[name].status == "valid") != valid {
			return false
		}
	}
	return true
}

// verdicts are those that are there.
func (c *Cluster) verdicts() (map[string]verdict, error) {
	text, err := c.call(http.MethodGet, "/apis/projectcontour.io/v1/httpproxies?resourceVersion=0", nil)
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []struct {
			Metadata struct {
				Namespace, Name string
				Generation      int64
			}
			Status struct {
				CurrentStatus, Description string
				Conditions                 []struct {
					Type               string
					ObservedGeneration int64
					Errors, Warnings   []struct{ Type, Reason, Message string }
				}
			}
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, err
	}
	out := make(map[string]verdict, len(list.Items))
	for _, item := range list.Items {
		for _, cond := range item.Status.Conditions {
			if cond.Type != "Valid" || cond.ObservedGeneration != item.Metadata.Generation {
				continue
			}
			v := verdict{status: item.Status.CurrentStatus, description: item.Status.Description}
			for _, e := range cond.Errors {
				v.description += fmt.Sprintf("; %s %s: %s", e.Type, e.Reason, e.Message)
			}
			for _, w := range cond.Warnings {
				v.warnings = append(v.warnings, fmt.Sprintf("%s %s: %s", w.Type, w.Reason, w.Message))
			}
			out[item.Metadata.Namespace+"/"+item.Metadata.Name] = v
		}
	}
	return out, nil
}

// discovery is the first answer of Contour to a watch of one type of resources, as
// `contour cli` prints it.
func (c *Cluster) discovery(kind string) ([]json.RawMessage, error) {
	cmd := exec.CommandContext(c.ctx, c.tools.path(contourd), "cli", kind, "--contour="+contourXDS)
	var logs bytes.Buffer
	cmd.Stderr = &logs
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	timer := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() }) // ends the reading below
	defer timer.Stop()
	var answer struct {
		Version   string            `json:"version_info"`
		Nonce     string            `json:"nonce"`
		Resources []json.RawMessage `json:"resources"`
	}
	for in := json.NewDecoder(out); answer.Nonce == ""; { // the first document is the request
		if err = in.Decode(&answer); err != nil {
			break
		}
	}
	if killErr := cmd.Process.Kill(); err == nil {
		err = killErr
	}
	var exit *exec.ExitError
	if waitErr := cmd.Wait(); err == nil && !errors.As(waitErr, &exit) {
		err = waitErr
	}
	if err != nil {
		return nil, fmt.Errorf("contour cli %s: %w: %s", kind, err, strings.TrimSpace(logs.String()))
	}
	return answer.Resources, nil
}
