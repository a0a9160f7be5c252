package golden

import (
	"math/rand/v2"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/nginx"
)

// oneOf is how many runs there are for each in which Ingresses hold idioms: combinations of
// annotations that chance does not find, and snippets, which the controller is set to take.
const oneOf = 4

// combinations are sets of annotations, short, that ask for something together only.
var combinations = []map[string]string{
	{"rewrite-target": "https://o.t/new"}, {"rewrite-target": "http://in.t/$1"}, {"rewrite-target": "$1", "use-regex": "true"}, {"rewrite-target": "https://o.t:8443/a/$1", "enable-cors": "true"},
	{"enable-cors": "true", "cors-max-age": "-1"}, {"enable-cors": "true", "cors-max-age": "0", "cors-allow-origin": "http://app.t,null"},
	{"enable-cors": "true", "cors-allow-origin": "https://*.t", "cors-allow-credentials": "false"}, {"enable-cors": "true", "permanent-redirect": "https://p.t"},
	{"app-root": "/app", "force-ssl-redirect": "true"}, {"rewrite-target": "/$1", "x-forwarded-prefix": "/p/$1", "use-regex": "true"},
	{"temporal-redirect": "/rel", "relative-redirects": "true"}, {"satisfy": "any", "allowlist-source-range": "10.99.100.0/24", "auth-type": "basic", "auth-secret": "basic"},
	{"custom-http-errors": "404,503", "default-backend": "a"}, {"upstream-vhost": "$host", "proxy-http-version": "1.0"},
}

// locationSnippets and serverSnippets are lines of snippets.
var (
	locationSnippets = []string{
		`more_set_headers "X-Custom: s";`, `more_set_headers "X-Two: $request_method";`, `add_header X-Two v always;`, `add_header X-Two v;`, `more_clear_headers X-Custom;`,
		`proxy_set_header X-User s;`, `proxy_set_header X-Auth-User $remote_addr;`, `proxy_set_header X-Custom "";`, `proxy_hide_header X-Custom;`, `more_clear_input_headers "X-Auth-User";`,
		`deny 10.99.100.20;`, `allow 10.99.0.0/16; allow 127.0.0.1; deny all;`, `satisfy any;`,
		`return 403;`, `return 301 https://o.t$request_uri;`, `return 302 /elsewhere;`, `return 204;`,
		`rewrite ^/app/(.*)$ /$1 break;`, `rewrite ^/(.*)/x$ https://o.t/$1 permanent;`, `rewrite (?i)/api /new redirect;`,
		`if ($http_x_custom = c) { return 403; }`, `if ($http_x_custom = "") { return 401; }`, `if ($http_user_agent ~* go-http) { return 403; }`,
		`if ($request_method = PUT) { return 405; }`, `if ($request_method !~ ^(GET|HEAD|OPTIONS)$) { return 405; }`, `if ($http_cookie ~ "can=always") { return 302 https://o.t/can; }`,
		`if ($arg_a = 1) { return 302 /arg; }`, `if ($http_x_forwarded_proto = https) { return 301 http://o.t$request_uri; }`, `if ($scheme = http) { return 301 https://$host$request_uri; }`,
		`if ($http_origin ~ "^http://app") { add_header X-Custom o; }`, `if ($request_uri ~ "^/(app|api)") { return 410; }`, `if ($remote_addr = 10.99.100.20) { return 403; }`,
		`client_max_body_size 8;`, `limit_except GET { deny all; }`, `proxy_ssl_verify off;`, `sub_filter a b;`, `set $x 1; if ($http_x_user) { set $x 2; } if ($x = 2) { return 403; }`,
	}
	serverSnippets = []string{
		`more_set_headers "X-Two: s";`, `add_header X-Custom s always;`, `proxy_set_header X-User s;`, `client_max_body_size 8;`, `deny 10.99.100.20;`,
		`if ($http_x_custom = c) { return 403; }`, `if ($request_method = DELETE) { return 405; }`, `if ($request_uri ~* "^/nosuch") { return 410; }`, `return 302 https://o.t$request_uri;`,
		`location /nosuch { deny all; }`, `location = /x { return 204; }`, `location ~ \.html$ { return 404; }`, `location ^~ /app/x { return 301 /new; }`,
		`rewrite ^/a/(.*)$ /b/$1 last;`, `rewrite ^/old https://o.t/ permanent;`, `if ($host = www.o.t) { return 301 https://o.t$request_uri; }`, `keepalive_timeout 5s;`,
	}
)

// idioms puts combinations and snippets on Ingresses, by chance of its own: other runs stay as they
// are. The controller takes snippets then, but for a few runs.
func (r *recombination) idioms(seed uint64, config map[string]any) {
	if r.withIdioms = seed%oneOf == 0; !r.withIdioms {
		return
	}
	own := *r
	own.Rand = rand.New(rand.NewPCG(seed, 8))
	if !own.chance(8) {
		config["allow-snippet-annotations"], config["annotations-risk-level"] = "true", "Critical"
	}
	for _, o := range r.ingresses {
		all := o.annotations()
		if own.chance(3) {
			for key, value := range combinations[own.IntN(len(combinations))] {
				all[nginx.Prefix+key] = value
			}
		}
		if own.chance(3) {
			all[nginx.Prefix+"configuration-snippet"] = own.lines(locationSnippets)
		}
		if own.chance(6) {
			all[nginx.Prefix+"server-snippet"] = own.lines(serverSnippets)
		}
	}
}

// lines are one to three of a list.
func (r *recombination) lines(from []string) string {
	var all []string
	for range 1 + r.IntN(3)*r.IntN(2) {
		all = append(all, r.of(from))
	}
	return strings.Join(all, "\n")
}

// looks are what snippets look at, with what has a request be looked at.
var looks = []struct {
	at  string
	set func(r *recombination, q *Request)
}{
	{"_x_custom", func(r *recombination, q *Request) { q.Headers["X-Custom"] = Text(r.of([]string{"c", "d"})) }},
	{"_x_user", func(_ *recombination, q *Request) { q.Headers["X-User"] = "u" }},
	{"_cookie", func(r *recombination, q *Request) {
		q.Headers["Cookie"] = Text(r.of([]string{"can=always", "x=1; can=always"}))
	}},
	{"_origin", func(_ *recombination, q *Request) { q.Headers["Origin"] = "http://app.t" }},
	{"arg_a", func(r *recombination, q *Request) {
		path, _, _ := strings.Cut(q.Path, "?")
		q.Path = path + r.of([]string{"?a=1", "?b=2&a=1"})
	}},
	{"10.99.100.2", func(r *recombination, q *Request) { q.SrcIP = r.of([]string{"10.99.100.20", "10.99.100.7"}) }},
}

// looked are further requests for an Ingress with idioms, of which snippets look at something.
func (r *recombination) looked(o *Object, host string) (all []Line) {
	text, _ := o.annotation(nginx.Prefix + "configuration-snippet")
	inServer, _ := o.annotation(nginx.Prefix + "server-snippet")
	if text += inServer; !r.withIdioms || text == "" {
		return nil
	}
	for i := range perPath {
		path := r.of([]string{"/app/x", "/nosuch/y", "/x", "/a.html", "/a/b", "/old", "/api/x"})
		l := r.request(o, host, path, 1000+i)
		for _, look := range looks {
			if strings.Contains(text, look.at) && r.chance(2) {
				look.set(r, &l.Request)
			}
		}
		all = append(all, l)
	}
	return all
}
