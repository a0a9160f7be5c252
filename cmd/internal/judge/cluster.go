package judge

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Inside the namespace all ports are ours.
const (
	etcdURL = "http://127.0.0.1:2379"
	kubeURL = "https://127.0.0.1:6443"
	token   = "judge"
)

// Cluster is an etcd and a kube-apiserver; no controller runs unless StartControllers is called.
type Cluster struct {
	dir       string // for what the programs write
	tools     Tools
	client    *http.Client
	processes []*process // in the order of their start
	kubecfg   string     // path of a kubeconfig
	keys      keyPair    // of the API server, and of the stubs
	ctx       context.Context
}

// StartCluster starts both in dir and waits until the API server is ready. Stop ends what
// was started, also after an error.
func StartCluster(ctx context.Context, tools Tools, dir string) (*Cluster, error) {
	c := &Cluster{dir: dir, tools: tools, ctx: ctx}
	var err error
	if c.keys, err = newKeyPair("localhost", "127.0.0.1"); err != nil {
		return c, err
	}
	if err := c.files(); err != nil {
		return c, err
	}
	if err := c.run(etcd, "--data-dir="+c.file("etcd"), "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls="+etcdURL, "--advertise-client-urls="+etcdURL, "--listen-peer-urls=http://127.0.0.1:2380"); err != nil {
		return c, err
	}
	if err := c.run(apiserver, "--etcd-servers="+etcdURL, "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--secure-port=6443",
		"--endpoint-reconciler-type=none", "--tls-cert-file="+c.file("tls.crt"), "--tls-private-key-file="+c.file("tls.key"),
		"--service-account-issuer="+kubeURL, "--service-account-key-file="+c.file("tls.key"), "--service-account-signing-key-file="+c.file("tls.key"),
		"--service-cluster-ip-range=10.96.0.0/12", "--authorization-mode=RBAC", "--token-auth-file="+c.file("tokens"),
		"--allow-privileged=true", "--enable-priority-and-fairness=false", "--disable-admission-plugins=ServiceAccount"); err != nil {
		return c, err
	}
	return c, waitFor(time.Minute, "kube-apiserver", func() error {
		_, err := c.call(http.MethodGet, "/readyz", nil)
		return err
	})
}

// StartControllers starts the kube-controller-manager with these of its controllers.
func (c *Cluster) StartControllers(names ...string) error {
	return c.run(manager, "--kubeconfig="+c.kubecfg, "--controllers="+strings.Join(names, ","), "--leader-elect=false", "--secure-port=0")
}

func (c *Cluster) file(name string) string { return filepath.Join(c.dir, name) }

// files writes what the programs are given, and makes the client.
func (c *Cluster) files() error {
	c.kubecfg = c.file("kubeconfig")
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(c.keys.cert) {
		return errors.New("the certificate that was just made cannot be read")
	}
	c.client = &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, MaxIdleConnsPerHost: 16}}
	kubeconfig := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"judge",
"clusters":[{"name":"judge","cluster":{"server":%q,"certificate-authority":%q}}],
"users":[{"name":"judge","user":{"token":%q}}],
"contexts":[{"name":"judge","context":{"cluster":"judge","user":"judge"}}]}`, kubeURL, c.file("tls.crt"), token)
	for name, data := range map[string]string{
		"tls.crt": string(c.keys.cert), "tls.key": string(c.keys.key),
		"tokens": token + ",judge,judge,system:masters\n", "kubeconfig": kubeconfig,
	} {
		if err := os.WriteFile(c.file(name), []byte(data), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// run starts one of the tools.
func (c *Cluster) run(name string, args ...string) error {
	p, err := start(c.dir, c.tools.path(name), args...)
	if err == nil {
		c.processes = append(c.processes, p)
	}
	return err
}

// Stop ends all programs, the last one first.
func (c *Cluster) Stop() {
	for i := len(c.processes) - 1; i >= 0; i-- {
		c.processes[i].stop()
	}
}

// ended says which of the programs has ended by itself.
func (c *Cluster) ended() error {
	for _, p := range c.processes {
		select {
		case <-p.done:
			return &endedError{p.name, fmt.Sprintf("%v\n%s", p.err, p.tail())}
		default:
		}
	}
	return nil
}

// endedError is the end of a program that should be running.
type endedError struct{ name, log string }

func (e *endedError) Error() string { return e.name + " has ended:\n" + e.log }
