package judge

import (
	"bytes"
	"errors"
	"net/http"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/cmd/internal/golden"
)

// TestJudgeGolden plays the recorded runs of ingress-nginx against Envoy: what they are
// converted to goes through a real API server and Contour, so that nothing of our serving
// code stands between the recorded answers and Envoy's.
func TestJudgeGolden(t *testing.T) {
	tools(t)
	golden.Publish(t, golden.Test(t, golden.Folders(t), golden.Mode{Name: "envoy", Pods: "10.99.1.1", AtOnce: 3, Serve: serveEnvoy}))
}

// serveEnvoy brings what a run is converted to into a cluster of its own.
func serveEnvoy(t testing.TB, l *golden.Lab) (golden.Addresses, golden.Expecter) {
	converted, err := l.Convert()
	if err != nil {
		t.Fatal(err)
	}
	b := bench(t, tools(t))
	b.Cluster.bring(t, l.Manifests("Ingress", "IngressClass", "ConfigMap"))
	in := Input{Name: "golden", Model: converted.Result.Model, Objects: converted.Result.Target.Objects}
	if err := b.Cluster.namespaces(in); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Cluster.apply([]Input{in}); err != nil {
		t.Fatal(err)
	}
	if err := b.mark(0); err != nil {
		t.Fatal(err)
	}
	said, err := b.Cluster.statuses(expected([]Input{in}))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range said {
		if v.status != "valid" && name != sentinelNamespace+"/batch-0" {
			t.Errorf("Contour says that HTTPProxy %s is %s: %s", name, v.status, v.description)
		}
	}
	if err := b.settled(0); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second) // the endpoints come by a stream of their own
	return golden.Addresses{HTTP: envoyHTTP, HTTPS: envoyHTTPS}, byEnvoy{converted}
}

// byEnvoy expects what the models say, but for what they leave out of Envoy.
type byEnvoy struct{ *golden.Converted }

// Expect is the expectation of the conversion.
func (e byEnvoy) Expect(line *golden.Line) *golden.Expected {
	x := e.Converted.Expect(line)
	x.Excuse = func(d golden.Difference) string { return golden.Envoy(line, d) }
	return x
}

// bring makes the objects of a run, and their namespaces. What the API server refuses was
// not there for Contour either; the recorded controller had it from a file.
func (c *Cluster) bring(t testing.TB, manifests []byte) {
	t.Helper()
	made := map[string]bool{}
	for doc := range bytes.SplitSeq(manifests, []byte("---\n")) {
		var o object
		if err := yaml.Unmarshal(doc, &o); err != nil {
			t.Fatal(err)
		}
		if o == nil {
			continue
		}
		meta, _ := o["metadata"].(object)
		namespace, _ := meta["namespace"].(string)
		if namespace == "" {
			namespace = "default"
			meta["namespace"] = namespace
		}
		if err := c.namespace(namespace, made); err != nil {
			t.Fatal(err)
		}
		kind, _ := o["kind"].(string)
		err := c.create(kind, namespace, o)
		if answered(err, http.StatusUnprocessableEntity) || answered(err, http.StatusBadRequest) {
			t.Logf("left out: %v", err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// namespace makes a namespace that is not made yet.
func (c *Cluster) namespace(name string, made map[string]bool) error {
	if made[name] {
		return nil
	}
	made[name] = true
	err := c.create("Namespace", "", object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": name}})
	if answered(err, http.StatusConflict) {
		return nil
	}
	return err
}

// namespaces makes those of the objects of an input.
func (c *Cluster) namespaces(in Input) error {
	made := map[string]bool{}
	var errs []error
	for _, o := range in.Objects {
		if o.Namespace != "" {
			errs = append(errs, c.namespace(o.Namespace, made))
		}
	}
	return errors.Join(errs...)
}
