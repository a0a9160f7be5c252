package auth_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/runtime/auth"
)

// What the real controller did with auth-url and auth-type, held against the checks.

type object struct {
	Kind     string
	Metadata struct {
		Namespace, Name string
		Annotations     map[string]string
	}
	Spec struct {
		ClusterIP string
		Rules     []struct{ Host string }
	}
	StringData map[string]string
	Data       map[string]string
}

func (o object) annotation(key string) string {
	return o.Metadata.Annotations["nginx.ingress.kubernetes.io/"+key]
}

type call struct {
	Backend, Method, Path, Host string
	Headers                     map[string][]string
}

type line struct {
	Request struct {
		Name, Method, Host, Path string
		Headers                  map[string]string
		TLS                      bool
		SrcIP                    string `json:"src_ip"`
		Repeat                   int
	}
	Observed struct {
		Status   int
		Headers  map[string][]string
		Backend  *call
		AlsoSeen []call `json:"also_seen"`
	}
}

// run is one folder of recordings.
type run struct {
	ingresses map[string][]object // by host
	services  map[string]object   // by address
	secrets   map[string]object   // by "namespace/name"
	lines     []line
}

func readRun(t *testing.T, dir string) run {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "objects.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	r := run{map[string][]object{}, map[string]object{}, map[string]object{}, nil}
	for doc := range bytes.SplitSeq(text, []byte("---\n")) {
		if !bytes.HasPrefix(bytes.TrimSpace(doc), []byte("{")) {
			continue
		}
		var o object
		if err := json.Unmarshal(doc, &o); err != nil {
			t.Fatalf("%s: %v", dir, err)
		}
		switch o.Kind {
		case "Ingress":
			for _, rule := range o.Spec.Rules {
				r.ingresses[rule.Host] = append(r.ingresses[rule.Host], o)
			}
		case "Service":
			r.services[o.Spec.ClusterIP] = o
		case "Secret":
			r.secrets[o.Metadata.Namespace+"/"+o.Metadata.Name] = o
		}
	}
	f, err := os.Open(filepath.Join(dir, "observed.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		var l line
		if json.Unmarshal(s.Bytes(), &l) == nil { // a few hold a string as {"repeat": ...}
			r.lines = append(r.lines, l)
		}
	}
	return r
}

// service is the authentication service of a run: it answers as the Service's annotations
// say and notes what it is asked.
type service struct {
	mu   sync.Mutex
	as   object
	seen []call
	url  string
}

func newService(t *testing.T) *service {
	s := &service{}
	server := httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(server.Close)
	s.url = server.Listener.Addr().String()
	return s
}

func (s *service) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, call{Method: r.Method, Path: r.RequestURI, Host: r.Host, Headers: r.Header})
	for pair := range strings.SplitSeq(s.as.Metadata.Annotations["echo/headers"], "|") {
		if name, value, ok := strings.Cut(pair, ": "); ok {
			w.Header().Add(name, value)
		}
	}
	status, err := strconv.Atoi(s.as.Metadata.Annotations["echo/status"])
	if err != nil {
		status = http.StatusOK
	}
	w.WriteHeader(status)
}

// transport dials the service whatever the address, which becomes who it is.
func (s *service) transport(services map[string]object) http.RoundTripper {
	return auth.NewTransport(auth.TransportOptions{MaxConns: 1, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		host, _, _ := net.SplitHostPort(address)
		s.mu.Lock()
		s.as = services[host]
		s.mu.Unlock()
		return (&net.Dialer{}).DialContext(ctx, network, s.url)
	}})
}

func goldenDirs(t *testing.T) []string {
	t.Helper()
	random, err := filepath.Glob("../../../shared/golden/ingress-nginx-random/run*")
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{"../../fixtures/golden/annotations"}, random...)
}

func TestGoldenExternal(t *testing.T) {
	questions := 0
	for _, dir := range goldenDirs(t) {
		r := readRun(t, dir)
		for _, l := range r.lines {
			ingresses := r.ingresses[l.Request.Host]
			asked := askedOf(l)
			if len(ingresses) != 1 || ingresses[0].annotation("auth-url") == "" || asked == nil || l.Request.Repeat > 1 {
				continue
			}
			questions++
			t.Run(filepath.Base(dir)+" "+l.Request.Name, func(t *testing.T) { compareExternal(t, r, l, ingresses[0], *asked) })
		}
	}
	if questions < 12 {
		t.Fatalf("only %d recordings", questions)
	}
}

// askedOf is the call of the authentication service.
func askedOf(l line) *call {
	for _, c := range l.Observed.AlsoSeen {
		if len(c.Headers["X-Sent-From"]) > 0 {
			return &c
		}
	}
	return nil
}

func question(l line) (*http.Request, auth.Question) {
	method, scheme, client := l.Request.Method, "http", l.Request.SrcIP
	if method == "" {
		method = http.MethodGet
	}
	if l.Request.TLS {
		scheme = "https"
	}
	if client == "" {
		client = "127.0.0.1"
	}
	r := httptest.NewRequest(method, "/", nil)
	for name, value := range l.Request.Headers {
		r.Header.Set(name, value)
	}
	return r, auth.Question{Scheme: scheme, Host: l.Request.Host, URI: l.Request.Path, Client: client, RequestID: "id", Variable: variables(l.Request.Path, scheme)}
}

// variables are those that the questions of these tests have.
func variables(uri, scheme string) func(string) string {
	return func(name string) string { return map[string]string{"uri": uri, "scheme": scheme}[name] }
}

func policyOf(o object) *intent.ExternalAuth {
	e := &intent.ExternalAuth{
		URL: o.annotation("auth-url"), Method: o.annotation("auth-method"),
		SignIn: o.annotation("auth-signin"), SignInArg: o.annotation("auth-signin-redirect-param"),
		Redirect: o.annotation("auth-request-redirect"), AlwaysSetCookie: o.annotation("auth-always-set-cookie") == "true",
	}
	if e.SignInArg == "" {
		e.SignInArg = "rd" // its default
	}
	if e.Method != "" { // see annotations/nginx, which says the same
		e.Ask = []intent.HeaderChange{{Name: "X-Original-URI", Value: "{uri}"}, {Name: "X-Scheme", Value: "{scheme}"}}
	}
	if strings.ContainsAny(e.SignIn, "<>") { // no valid value: it is as if it were not there
		e.SignIn = ""
	}
	for name := range strings.SplitSeq(o.annotation("auth-response-headers"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			e.Headers = append(e.Headers, name)
		}
	}
	return e
}

func compareExternal(t *testing.T, r run, l line, o object, asked call) {
	s := newService(t)
	x, err := auth.NewExternal(policyOf(o), auth.ExternalOptions{Transport: s.transport(r.services)})
	if err != nil {
		t.Fatal(err)
	}
	request, q := question(l)
	v := x.Check(request, q)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) != 1 {
		t.Fatalf("%d questions: %+v", len(s.seen), v)
	}
	got := s.seen[0]
	delete(got.Headers, "X-Request-Id")
	delete(asked.Headers, "X-Request-Id")
	delete(got.Headers, "Content-Length") // net/http says that a POST has no body
	asked.Backend = ""
	if diff := cmp.Diff(asked, got); diff != "" {
		t.Errorf("question (-nginx +ours):\n%s", diff)
	}
	if passed := l.Observed.Backend != nil; passed != v.Allowed && passed {
		t.Fatalf("nginx let it through: %+v", v)
	}
	if v.Allowed {
		compareAllowed(t, l, request, v)
		return
	}
	if v.Status != l.Observed.Status {
		t.Errorf("status %d, nginx %d", v.Status, l.Observed.Status)
	}
	for _, name := range []string{"Location", "Set-Cookie", "Www-Authenticate"} {
		if diff := cmp.Diff(l.Observed.Headers[name], v.Header.Values(name)); diff != "" && len(l.Observed.Headers[name])+len(v.Header.Values(name)) > 0 {
			t.Errorf("%s (-nginx +ours):\n%s", name, diff)
		}
	}
}

func compareAllowed(t *testing.T, l line, request *http.Request, v auth.Verdict) {
	auth.EditRequest(request.Header, v.Upstream)
	response := http.Header{}
	auth.EditResponse(response, l.Observed.Status, v.Client)
	for _, cookie := range response["Set-Cookie"] {
		if !strings.Contains(strings.Join(l.Observed.Headers["Set-Cookie"], "\n"), cookie) {
			t.Errorf("cookie %q, nginx %q", cookie, l.Observed.Headers["Set-Cookie"])
		}
	}
	if l.Observed.Backend == nil {
		return
	}
	for _, name := range []string{"X-Auth-User", "X-Absent"} {
		if got, want := request.Header.Get(name), strings.Join(l.Observed.Backend.Headers[name], ""); got != want {
			t.Errorf("%s: %q, nginx %q", name, got, want)
		}
	}
}

func TestGoldenBasic(t *testing.T) {
	compared := 0
	for _, dir := range goldenDirs(t) {
		r := readRun(t, dir)
		for _, l := range r.lines {
			ingresses := r.ingresses[l.Request.Host]
			s := l.Observed.Status
			if len(ingresses) != 1 || ingresses[0].annotation("auth-type") != "basic" || ingresses[0].annotation("satisfy") != "" ||
				s != 401 && s != 503 && (s != 200 || l.Observed.Backend == nil || len(l.Request.Headers) == 0) {
				continue
			}
			secret := ingresses[0].Metadata.Namespace + "/" + ingresses[0].annotation("auth-secret")
			if _, ok := r.secrets[secret]; !ok && s != 503 || strings.Contains(ingresses[0].annotation("auth-realm"), `"`) || l.Request.Headers["Authorization"] == "" && s == 200 {
				continue
			}
			compared++
			t.Run(filepath.Base(dir)+" "+l.Request.Name, func(t *testing.T) { compareBasic(t, r, l, ingresses[0], secret) })
		}
	}
	if compared < 6 {
		t.Fatalf("only %d recordings", compared)
	}
}

func compareBasic(t *testing.T, r run, l line, o object, secret string) {
	var data map[string][]byte
	if s, ok := r.secrets[secret]; ok {
		data = map[string][]byte{}
		for name, value := range s.Data {
			decoded, err := base64.StdEncoding.DecodeString(value)
			if err != nil {
				t.Fatal(err)
			}
			data[name] = decoded
		}
		for name, value := range s.StringData {
			data[name] = []byte(value)
		}
	}
	b, err := auth.NewBasic(&intent.BasicAuth{Realm: o.annotation("auth-realm"), Secret: secret, Map: o.annotation("auth-secret-type") == "auth-map"}, data)
	if l.Observed.Status == 503 {
		if err == nil {
			t.Error("nginx answers 503")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	request, _ := question(l)
	v := b.Check(request)
	if v.Allowed != (l.Observed.Status == 200) || !v.Allowed && v.Status != l.Observed.Status {
		t.Fatalf("%+v, nginx %d", v, l.Observed.Status)
	}
	if v.Allowed {
		auth.EditRequest(request.Header, v.Upstream)
		if got := request.Header.Get("Authorization"); got != "" {
			t.Errorf("Authorization goes on")
		}
		return
	}
	if diff := cmp.Diff(l.Observed.Headers["Www-Authenticate"], v.Header.Values("WWW-Authenticate")); diff != "" {
		t.Error(diff)
	}
}
