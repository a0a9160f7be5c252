// Package golden plays what the real ingress-nginx was recorded to do: it brings the objects
// of a recorded run to life, with echo servers for their Services, sends the recorded
// requests to somebody who serves them, and holds the answers against the recorded ones. It
// is for tests; who serves, and what may differ, is a Mode.
package golden

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Line is one recorded request with what the controller did.
type Line struct {
	Request  Request
	Observed Answer
}

// Request is a recorded request. The zero values of the recordings stand for GET, for one
// time, for no server name but the host, and for a client on the loopback address.
type Request struct {
	Name, Case, Method, Host, Path, SNI string
	Headers                             map[string]Text
	TLS, H2, Statistical, Stateful, Jar bool
	Body                                Text
	Repeat, Concurrency                 int
	SrcIP                               string `json:"src_ip"`
	ClientCert                          string `json:"client_cert_secret"`
}

// Answer is what came of a request, then or now. Err says that no answer came; Cert is the
// common name of the server's certificate.
type Answer struct {
	Err, Cert string
	Status    int
	Headers   map[string][]Text
	Backend   *Seen
	AlsoSeen  []Seen `json:"also_seen"`
	Tally     map[string]int
}

// Seen is what an echo server saw of a request.
type Seen struct {
	Backend string            `json:"backend"` // "namespace/service"
	Pod     string            `json:"pod"`     // "clusterip": it was asked by the Service's address
	Method  string            `json:"method"`
	Path    Text              `json:"path"` // with the query
	Host    string            `json:"host"`
	Proto   string            `json:"proto"`
	Headers map[string][]Text `json:"headers"`
	Body    Text              `json:"body,omitempty"`
}

func (r *Request) method() string {
	if r.Method == "" {
		return "GET"
	}
	return r.Method
}

// client is the address that the request comes from.
func (r *Request) client() string {
	if r.SrcIP == "" {
		return "127.0.0.1"
	}
	return r.SrcIP
}

func (r *Request) scheme() string {
	if r.TLS {
		return "https"
	}
	return "http"
}

// hostOf is the host of a request without its port, in lower case.
func hostOf(host string) string {
	host, _, _ = strings.Cut(strings.ToLower(host), ":")
	return host
}

// Read reads the recorded lines of a run, which is a folder; a run without any is an error.
func Read(dir string) (all []Line, err error) {
	text, err := os.ReadFile(filepath.Join(dir, "observed.jsonl"))
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var l Line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s, request %d: %w", dir, len(all)+1, err)
		}
		all = append(all, l)
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		return nil, fmt.Errorf("%s: %d requests: %w", dir, len(all), err)
	}
	return all, nil
}
