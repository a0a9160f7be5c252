// Package judge holds what we emit against the real programs: a kube-apiserver takes the
// objects, Contour says whether they are valid and what Envoy is to do, and an Envoy that
// this Contour configures answers requests, with echo servers behind it. Their answers are
// compared with our model of the same objects. Everything runs inside a network namespace
// of its own, so that the endpoints may have addresses of any network, and so that nothing
// is reachable from elsewhere.
package judge

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/table"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// Tools is the folder that fixtures/tools/build.sh fills.
type Tools string

// The programs of the folder, and the definitions of Contour's resources.
const (
	etcd      = "etcd"
	apiserver = "kube-apiserver"
	manager   = "kube-controller-manager"
	kubectl   = "kubectl"
	contourd  = "contour"
	envoyd    = "envoy"
	crds      = "crds.yaml"
	gator     = "gator"
	conftest  = "conftest"
)

// FindTools is the folder that the variable JUDGE_TOOLS names; an error says what is not
// there.
func FindTools() (Tools, error) {
	dir := os.Getenv("JUDGE_TOOLS")
	if dir == "" {
		return "", fmt.Errorf("JUDGE_TOOLS is not set: run `make judge`, or set it to what fixtures/tools/build.sh prints")
	}
	for _, name := range []string{etcd, apiserver, manager, contourd, envoyd, crds, gator, conftest} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return "", fmt.Errorf("JUDGE_TOOLS=%s: %w; run fixtures/tools/build.sh", dir, err)
		}
	}
	return Tools(dir), nil
}

func (t Tools) path(name string) string { return filepath.Join(string(t), name) }

// Input is one conversion's result, to be judged on its own.
type Input struct {
	Name     string          // of the fixture or repository
	Model    intent.Model    // what the input means
	Plan     *ownership.Plan // of a conversion: what the borders of its objects are made of
	Objects  []httpproxy.Object
	Services map[manifest.Name]*manifest.Service // those of the input, with their ports
	Absent   []string                            // names of Services that are not stubbed
	Asked    []table.Request                     // that are sent beside those of Bench.Requests
}

// Proxies are the HTTPProxies among the objects.
func (in Input) Proxies() []*contour.HTTPProxy {
	var out []*contour.HTTPProxy
	for _, o := range in.Objects {
		if p, ok := o.Value.(*contour.HTTPProxy); ok {
			out = append(out, p)
		}
	}
	return out
}

// Disagreement is one point in which a real program and our model part.
type Disagreement struct {
	Input, Where string // the object, the route or the request
	Ours, Theirs string
}

func (d Disagreement) String() string {
	return fmt.Sprintf("%s: %s\n\tours    %s\n\ttheirs  %s", d.Input, d.Where, d.Ours, d.Theirs)
}

// Summary counts what was judged.
type Summary struct {
	Inputs, Batches, Objects, Valid, Routes, Requests, Disagreements int

	Unasked            int // requests whose answer the table does not tell whole, or that lead out of the cluster (ExternalName)
	Reached, Reachable int // routes of the decoded hosts that a request has got to, and all of them

	Stubs      map[string]int // by kind
	Impossible []string       // inputs that were left out, since they refer to what can't exist
}

func (s Summary) String() string {
	var stubs []string
	for _, kind := range slices.Sorted(maps.Keys(s.Stubs)) {
		stubs = append(stubs, fmt.Sprintf("%d %s", s.Stubs[kind], kind))
	}
	return fmt.Sprintf("%d inputs in %d batches: %d objects applied, %d proxies as expected, %d routes of the RDS compared, %d requests sent to %d of %d routes (%d more lead out of the cluster), %d disagreements; stubs: %s; %d inputs refer to what no API server takes: %s",
		s.Inputs, s.Batches, s.Objects, s.Valid, s.Routes, s.Requests, s.Reached, s.Reachable, s.Unasked, s.Disagreements, strings.Join(stubs, ", "),
		len(s.Impossible), strings.Join(s.Impossible, ", "))
}
