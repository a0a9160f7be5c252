package judge

import (
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"time"

	"github.com/split-ingress/split-ingress/runtime/table"
)

// Where Envoy listens, as Contour configures it.
const (
	envoyHTTP  = "127.0.0.1:8080"
	envoyHTTPS = "127.0.0.1:8443"
)

// sentinelNamespace is that of the host by which the judge sees that Envoy is up to date.
const sentinelNamespace = "projectcontour"

// StartEnvoy runs an Envoy that Contour configures, and the echo servers behind it.
func (b *Bench) StartEnvoy() error {
	c := b.Cluster
	var err error
	if b.echo, err = startEcho(c.keys, b.Stubs.nameAt); err != nil {
		return err
	}
	make := exec.CommandContext(c.ctx, c.tools.path(contourd), "bootstrap", c.file("envoy.json"),
		"--xds-address=127.0.0.1", "--xds-port=8001", "--admin-address="+c.file("admin.sock"))
	if out, err := make.CombinedOutput(); err != nil {
		return fmt.Errorf("contour bootstrap: %w: %s", err, out)
	}
	if err := c.run(envoyd, "-c", c.file("envoy.json"), "--service-cluster", "judge", "--service-node", "judge",
		"--concurrency", "1", "--drain-time-s", "1", "--log-level", "warn"); err != nil {
		return err
	}
	return c.create("Secret", sentinelNamespace, object{
		"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": object{"name": "sentinel"},
		"data": object{"tls.crt": c.keys.cert, "tls.key": c.keys.key},
	})
}

// Stop ends all programs and the echo servers.
func (b *Bench) Stop() error {
	b.Cluster.Stop()
	if b.echo == nil {
		return nil
	}
	return b.echo.Close()
}

func sentinel(batch int) (name, host string) {
	name = fmt.Sprintf("batch-%d", batch)
	return name, name + ".judge.invalid"
}

// mark makes a host that is served from now on, behind everything that was applied before,
// and then takes the last one away: Envoy's listener for https lives on.
func (b *Bench) mark(batch int) error {
	if b.echo == nil {
		return nil
	}
	name, host := sentinel(batch)
	err := b.Cluster.create("HTTPProxy", sentinelNamespace, object{
		"apiVersion": "projectcontour.io/v1", "kind": "HTTPProxy", "metadata": object{"name": name},
		"spec": object{
			"virtualhost": object{"fqdn": host, "tls": object{"secretName": "sentinel"}},
			"routes":      []any{object{"permitInsecure": true, "directResponsePolicy": object{"statusCode": 299}}},
		},
	})
	if err != nil || batch == 0 {
		return err
	}
	last, _ := sentinel(batch - 1)
	path, err := collection("HTTPProxy", sentinelNamespace)
	if err == nil {
		_, err = b.Cluster.call(http.MethodDelete, path+"/"+last, nil)
	}
	return err
}

// settled waits until Envoy serves the batch's sentinel over both schemes.
func (b *Bench) settled(batch int) error {
	if b.echo == nil {
		return nil
	}
	_, host := sentinel(batch)
	for _, scheme := range []string{"http", "https"} {
		err := waitFor(time.Minute, "Envoy over "+scheme, func() error {
			got, err := b.Cluster.send(table.Request{Scheme: scheme, Host: host, URI: "/"})
			if err == nil && got.status != 299 {
				err = fmt.Errorf("the answer is %d", got.status)
			}
			return errors.Join(err, b.Cluster.ended())
		})
		if err != nil {
			return err
		}
	}
	return nil
}
