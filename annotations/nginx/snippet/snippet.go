// Package snippet recognises what the snippets of ingress-nginx commonly do: each directive
// of nginx's configuration becomes a typed action, or is named as one that is not read. It
// knows the directives, and nothing of the location that they come to stand in.
package snippet

import (
	"errors"
	"fmt"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/nginx/conf"
)

// Place is what a snippet stands in.
type Place uint8

// The places.
const (
	InLocation Place = iota // configuration-snippet, or a location of a server-snippet
	InServer                // server-snippet
	inIf                    // an if of a location
	inServerIf              // an if of a server
)

// Step is a directive and what it does.
type Step struct {
	Line int
	Name string
	Do   Action
}

// Unread is a directive that is not read.
type Unread struct {
	Line int
	Name string // empty: the text as a whole
	Why  string
}

// String is "line N: NAME: " and why.
func (u Unread) String() string {
	if u.Name == "" {
		return fmt.Sprintf("line %d: %s", u.Line, u.Why)
	}
	return fmt.Sprintf("line %d: %s: %s", u.Line, u.Name, u.Why)
}

// errUnread is why a directive is not read of which nothing is known here.
var errUnread = errors.New("not read")

// Read reads the text of a snippet: its directives in their order, and those that are not
// read. A text that is no configuration gives no steps and one Unread.
func Read(text string, in Place) ([]Step, []Unread) {
	all, err := conf.Parse(text)
	if err != nil {
		var at *conf.Error
		if !errors.As(err, &at) {
			at = &conf.Error{Line: 1, Message: err.Error()}
		}
		return nil, []Unread{{Line: at.Line, Why: at.Message + ", so that it changes what the controller writes behind it"}}
	}
	return read(all, in)
}

func read(all []conf.Directive, in Place) (steps []Step, unread []Unread) {
	seen := map[string]bool{}
	for _, d := range all {
		action, inner, err := action(d, in)
		unread = append(unread, inner...)
		if err == nil && once(action) {
			if seen[d.Name] {
				err = errors.New("nginx refuses its configuration, since it is there twice")
			}
			seen[d.Name] = true
		}
		switch {
		case err != nil:
			unread = append(unread, Unread{Line: d.Line, Name: d.Name, Why: err.Error()})
		case action != nil:
			steps = append(steps, Step{Line: d.Line, Name: d.Name, Do: action})
		}
	}
	return steps, unread
}

// once says whether nginx takes a directive once in a place only.
func once(a Action) bool {
	switch a.(type) {
	case Expires, DefaultType, Satisfy, Setting:
		return true
	}
	return false
}

// action is what a directive does; nil if it changes no answer.
func action(d conf.Directive, in Place) (a Action, inner []Unread, err error) {
	switch {
	case d.Name == "if" && (in == InLocation || in == InServer):
		return readIf(d, in)
	case d.Name == "location" && in == InServer:
		return readLocation(d)
	case inert(d.Name) && d.Block == nil && in < inIf:
		return nil, nil, nil
	}
	r, known := readers[d.Name]
	switch {
	case !known || d.Block != nil:
		return nil, nil, errUnread
	case in == inServerIf && !r.rewrites || in == inIf && !r.rewrites && !r.conditional:
		return nil, nil, errors.New("nginx refuses its configuration, since this may not stand in an if")
	}
	a, err = r.read(d.Args)
	return a, nil, err
}

// reader reads the words of a directive behind its name.
type reader struct {
	read        func(args []string) (Action, error)
	rewrites    bool // a directive of the rewrite module, which runs in its order
	conditional bool // may stand in an if of a location
}

// readers are the directives that are read, but for blocks.
var readers = map[string]reader{
	"add_header":               {read: addHeader, conditional: true},
	"more_set_headers":         {read: moreHeaders(setHeader), conditional: true},
	"more_clear_headers":       {read: moreHeaders(clearHeader), conditional: true},
	"more_set_input_headers":   {read: inputHeaders(setHeader), conditional: true},
	"more_clear_input_headers": {read: inputHeaders(clearHeader), conditional: true},
	"proxy_set_header":         {read: proxySetHeader},
	"proxy_hide_header":        {read: hideHeader},
	"expires":                  {read: expires, conditional: true},
	"default_type":             {read: defaultType},
	"allow":                    {read: access(true)},
	"deny":                     {read: access(false)},
	"satisfy":                  {read: satisfy},
	"return":                   {read: returns, rewrites: true},
	"rewrite":                  {read: rewrite, rewrites: true},
	"set":                      {read: set, rewrites: true},
	"break":                    {read: breaks, rewrites: true},
	"client_max_body_size":     {read: setting("client_max_body_size")},
	"client_body_buffer_size":  {read: setting("client_body_buffer_size")},
	"proxy_connect_timeout":    {read: setting("proxy_connect_timeout")},
	"proxy_send_timeout":       {read: setting("proxy_send_timeout")},
	"proxy_read_timeout":       {read: setting("proxy_read_timeout")},
	"proxy_buffering":          {read: setting("proxy_buffering")},
	"proxy_buffer_size":        {read: setting("proxy_buffer_size")},
	"proxy_buffers":            {read: setting("proxy_buffers")},
	"proxy_request_buffering":  {read: setting("proxy_request_buffering")},
	"proxy_http_version":       {read: setting("proxy_http_version")},
	"proxy_ssl_verify":         {read: setting("proxy_ssl_verify")},
	"proxy_ssl_name":           {read: setting("proxy_ssl_name")},
	"proxy_ssl_server_name":    {read: setting("proxy_ssl_server_name")},
}

// inertNames are directives that change no answer: logs, how long unused connections are
// kept, and sizes of buffers that the controller does not set itself.
var inertNames = []string{"access_log", "error_log", "keepalive_requests", "keepalive_timeout", "log_not_found", "log_subrequest",
	"proxy_busy_buffers_size", "proxy_headers_hash_bucket_size", "proxy_headers_hash_max_size", "rewrite_log", "tcp_nodelay", "tcp_nopush"}

func inert(name string) bool {
	for _, n := range inertNames {
		if n == name {
			return true
		}
	}
	return strings.HasPrefix(name, "opentelemetry")
}
