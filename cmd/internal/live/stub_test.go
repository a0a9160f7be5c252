package live_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/cmd/internal/live"
)

// stub answers as an API server does, as far as gets and lists go.
type stub struct {
	t         testing.TB
	paths     map[string][]map[string]any // of resources without namespaces: their objects, in order
	forbidden []string                    // paths, or with a * what they begin with
	expire    bool                        // the first continue token is too old
	asked     []string                    // requests, as "path?query"
}

// collections are where the stub's resources are: with the kind of an object, and the lists
// that are known without an object.
var collections = map[string]string{
	"Ingress": "/apis/networking.k8s.io/v1/ingresses", "IngressClass": "/apis/networking.k8s.io/v1/ingressclasses",
	"Service": "/api/v1/services", "Namespace": "/api/v1/namespaces", "Secret": "/api/v1/secrets", "ConfigMap": "/api/v1/configmaps",
}

const contourPath = "/apis/projectcontour.io/v1"

// newStub serves the objects of some YAML documents.
func newStub(t testing.TB, docs string) *stub {
	t.Helper()
	s := &stub{t: t, paths: map[string][]map[string]any{}}
	for _, path := range collections {
		s.paths[path] = nil
	}
	for doc := range strings.SplitSeq(docs, "\n---\n") {
		var o map[string]any
		if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
			t.Fatal(err)
		}
		path := collections[fmt.Sprint(o["kind"])]
		if o["apiVersion"] == "projectcontour.io/v1" {
			path = contourPath + "/" + map[string]string{"HTTPProxy": "httpproxies", "TLSCertificateDelegation": "tlscertificatedelegations"}[fmt.Sprint(o["kind"])]
		}
		s.paths[path] = append(s.paths[path], o)
	}
	return s
}

func meta(o map[string]any, key string) string {
	m, _ := o["metadata"].(map[string]any)
	text, _ := m[key].(string)
	return text
}

// ServeHTTP answers a request for a collection, a namespace's part of it, or an object.
func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked = append(s.asked, r.URL.RequestURI())
	if slices.ContainsFunc(s.forbidden, func(p string) bool {
		begin, wild := strings.CutSuffix(p, "*")
		return r.URL.Path == p || wild && strings.HasPrefix(r.URL.Path, begin)
	}) {
		s.fail(w, http.StatusForbidden, "Forbidden", fmt.Sprintf("User %q cannot do that", "jane"))
		return
	}
	path, namespace := r.URL.Path, ""
	if before, after, ok := strings.Cut(path, "/namespaces/"); ok && strings.Contains(after, "/") {
		namespace, after, _ = strings.Cut(after, "/")
		path = before + "/" + after
	}
	if objects, ok := s.paths[path]; ok {
		s.list(w, r, slices.DeleteFunc(slices.Clone(objects), func(o map[string]any) bool {
			return namespace != "" && meta(o, "namespace") != namespace
		}))
		return
	}
	if path == contourPath && s.paths[contourPath+"/httpproxies"] != nil {
		s.write(w, http.StatusOK, map[string]any{"kind": "APIResourceList", "resources": []any{map[string]any{"name": "httpproxies"}}})
		return
	}
	i := strings.LastIndexByte(path, '/')
	for _, o := range s.paths[path[:i]] {
		if meta(o, "name") == path[i+1:] && meta(o, "namespace") == namespace {
			s.write(w, http.StatusOK, o)
			return
		}
	}
	s.fail(w, http.StatusNotFound, "NotFound", "there is no "+r.URL.Path)
}

// list answers with a page; a continue token is the place of its first object.
func (s *stub) list(w http.ResponseWriter, r *http.Request, objects []map[string]any) {
	if selector := r.URL.Query().Get("labelSelector"); selector != "" {
		key, value, _ := strings.Cut(selector, "=")
		objects = slices.DeleteFunc(objects, func(o map[string]any) bool {
			labels, _ := o["metadata"].(map[string]any)["labels"].(map[string]any)
			return labels[key] != value
		})
	}
	token := r.URL.Query().Get("continue")
	if token != "" && s.expire {
		s.expire = false
		s.fail(w, http.StatusGone, "Expired", "The provided continue parameter is too old")
		return
	}
	from, _ := strconv.Atoi(token)
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	next := ""
	if objects = objects[from:]; limit > 0 && len(objects) > limit {
		objects, next = objects[:limit], strconv.Itoa(from+limit)
	}
	s.write(w, http.StatusOK, map[string]any{"kind": "List", "apiVersion": "v1", "metadata": map[string]any{"continue": next}, "items": objects})
}

func (s *stub) fail(w http.ResponseWriter, code int, reason, message string) {
	s.write(w, code, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message})
}

func (s *stub) write(w http.ResponseWriter, code int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if _, err := w.Write(text); err != nil {
		s.t.Error(err)
	}
}

// connect starts the stub and connects to it as the context "stub" of a kubeconfig.
func (s *stub) connect() *live.Cluster {
	s.t.Helper()
	var serial http.Handler = http.HandlerFunc(s.ServeHTTP)
	lock := make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lock <- struct{}{}
		defer func() { <-lock }()
		serial.ServeHTTP(w, r)
	}))
	s.t.Cleanup(server.Close)
	file := filepath.Join(s.t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"stub",
"clusters":[{"name":"stub","cluster":{"server":%q}}],"contexts":[{"name":"stub","context":{"cluster":"stub","namespace":"shop"}}]}`, server.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	flags := genericclioptions.NewConfigFlags(false)
	flags.KubeConfig = &file
	c, err := live.Connect(flags)
	if err != nil {
		s.t.Fatal(err)
	}
	if c.Name != "cluster:stub" || c.Namespace != "shop" {
		s.t.Fatalf("connected to %q, namespace %q", c.Name, c.Namespace)
	}
	return c
}
