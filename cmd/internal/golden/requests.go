package golden

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/nginx"
)

// perPath is how many requests are made for each path of an Ingress.
const perPath = 4

// requests are those for the Ingresses of the run: at and around each path, with what their
// annotations look at.
func (r *recombination) requests() (all []Line) {
	hosts := map[string]bool{}
	for _, o := range r.ingresses {
		for _, rule := range rulesOf(o) {
			host, _ := rule["host"].(string)
			hosts[hostOf(host)] = true
			for _, p := range pathsOf(rule) {
				path, _ := p.(map[string]any)["path"].(string)
				for range perPath {
					all = append(all, r.request(o, host, path, len(all)))
				}
			}
			all = append(all, r.looked(o, host)...)
		}
		if alias, _ := o.annotations()[nginx.Prefix+"server-alias"].(string); alias != "" {
			name, _, _ := strings.Cut(alias, ",")
			if !strings.ContainsAny(name, "~ \t\n\"") {
				all = append(all, r.request(o, strings.TrimSpace(name), "/", len(all)))
			}
		}
		if _, there := o.Spec["defaultBackend"]; there {
			all = append(all, r.request(o, "nowhere.t", "/", len(all)))
		}
	}
	for _, l := range r.base.lines { // as they were sent to the hosts that are still there
		if hosts[hostOf(l.Request.Host)] && l.Request.Repeat <= 1 && r.chance(4) {
			l.Observed, l.Request.Statistical, l.Request.Stateful = Answer{}, false, false
			l.Request.Name = fmt.Sprintf("recorded %s", l.Request.Name)
			all = append(all, l)
		}
	}
	return all
}

// request is one at or around a path of an Ingress.
func (r *recombination) request(o *Object, host, path string, i int) Line {
	q := Request{Name: fmt.Sprintf("%s-%d", o.Metadata["name"], i), Path: r.around(path), Headers: map[string]Text{}}
	q.Host = r.named(host)
	_, secure := o.Spec["tls"]
	q.TLS = secure && !r.chance(3) || r.chance(8)
	q.H2 = q.TLS && r.chance(6) && !strings.ContainsAny(q.Path, `%"|[]{}^\`) && !strings.Contains(q.Host, "_")
	if r.chance(5) {
		q.Method = r.of([]string{"HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE"})
	}
	if r.chance(6) {
		q.SrcIP = r.of([]string{"10.99.0.7", "10.99.0.8", "10.99.100.7", "10.99.100.20", "10.99.101.5", "10.99.100.3"})
	}
	if r.chance(12) && q.Method != "TRACE" {
		q.Body, q.Method = Text(strings.Repeat("b", []int{1, 9, 1500, 9000}[r.IntN(4)])), r.of([]string{"POST", "PUT"})
	}
	r.asked(o, &q)
	for range r.IntN(3) {
		r.header(&q)
	}
	return Line{Request: q}
}

// around is a path at or near one of an Ingress, which may be a regular expression.
func (r *recombination) around(path string) string {
	path = strings.NewReplacer("(/|$)(.*)", "/x", "(.*)", "x", ".*", "y", "[a-z]+", "abc", "[0-9]+", "7", `\d+`, "7", `\.`, ".", "$", "", "^", "").Replace(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	path = strings.NewReplacer(" ", "%20", `"`, "%22", "\n", "", "#", "%23", "?", "").Replace(path)
	switch r.IntN(14) {
	case 0, 1, 2, 3:
	case 4:
		path += "/"
	case 5:
		path += "x"
	case 6:
		path = strings.TrimSuffix(path, "/") + "/x/y"
	case 7:
		path = strings.ToUpper(path)
	case 8:
		path = strings.TrimSuffix(path, "/")
	case 9:
		path = strings.Replace(path, "/", "//", 1)
	case 10:
		path += r.of([]string{"/..", "/./x", "%2F", "%2e%2e/", "%41", "/a%20b", ";p=1", "/../../x"})
	case 11:
		path = fmt.Sprintf("/%%%02x%s", path[min(1, len(path)-1)], path[min(2, len(path)):])
	case 12:
		path = "/"
	case 13:
		path = r.of([]string{"/nosuch", "/app", "/api/v1", "/a/b/c"})
	}
	if path == "" {
		path = "/"
	}
	if r.chance(5) {
		path += r.of([]string{"?", "?a=1", "?a=/x?y", "?echo-status=404", "?q=%20", "?echo-status=503"})
	}
	return path
}

// named is a host that is in the name of one in an Ingress.
func (r *recombination) named(host string) string {
	switch {
	case host == "":
		host = "any.t"
	case strings.HasPrefix(host, "*."):
		host = r.of([]string{"a", "b-c", "a.b", "www"}) + host[1:]
	}
	switch r.IntN(20) {
	case 0:
		return strings.ToUpper(host)
	case 1:
		return host + ":8080"
	case 2:
		return host + "."
	case 3:
		return "www." + host
	case 4:
		return strings.TrimPrefix(host, "www.")
	case 5:
		return "no." + host
	}
	return host
}

// asked gives a request what the annotations of an Ingress look at.
func (r *recombination) asked(o *Object, q *Request) {
	value := func(key string) string { v, _ := o.annotation(nginx.Prefix + key); return v }
	if name := value("canary-by-header"); tokens(name) && !r.chance(3) {
		q.Headers[name] = Text(r.of([]string{"always", "never", "v2", value("canary-by-header-value"), "1"}))
	}
	if name := value("canary-by-cookie"); tokens(name) && !r.chance(3) {
		q.Headers["Cookie"] = Text(name + "=" + r.of([]string{"always", "never", "x"}))
	}
	if value("enable-cors") != "" && !r.chance(3) {
		origin, _, _ := strings.Cut(value("cors-allow-origin"), ",")
		q.Headers["Origin"] = Text(r.of([]string{strings.TrimSpace(strings.Replace(origin, "*", "a", 1)), "http://o.t", "https://other.t", "null"}))
		if r.chance(2) {
			q.Method, q.Body = "OPTIONS", ""
			q.Headers["Access-Control-Request-Method"] = "PUT"
		}
	}
	if value("auth-type") != "" && r.chance(2) {
		q.Headers["Authorization"] = Text("Basic " + base64.StdEncoding.EncodeToString([]byte("u:pw")))
	}
	if secret := value("auth-tls-secret"); secret != "" && q.TLS && r.chance(2) {
		q.ClientCert = secret
	}
	for name, v := range q.Headers {
		if v == "" || strings.ContainsFunc(string(v), func(c rune) bool { return c < ' ' || c > '~' }) || strings.TrimSpace(string(v)) != string(v) {
			delete(q.Headers, name)
		}
	}
}

// tokens says whether a text can be a header's name.
func tokens(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		return c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	}) && !slices.Contains([]string{"host", "cookie", "connection", "content-length", "transfer-encoding", "te", "upgrade"}, strings.ToLower(name))
}

// header gives a request one more header.
func (r *recombination) header(q *Request) {
	name := r.of([]string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-Ip", "X-Custom", "Cookie", "Upgrade", "Origin", "X_under", "X-Echo-Set", "Te", "Connection",
		"X-Auth-User", "Proxy", "Authorization", "X-Echo-Status", "X-Forwarded-Prefix", "X-Original-Url", "X-User"})
	if q.H2 && (name == "Upgrade" || name == "Te" || name == "Connection") || q.Body != "" && name == "Upgrade" {
		return
	}
	q.Headers[name] = Text(map[string]string{
		"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.t", "X-Real-Ip": "10.0.0.1", "X-Custom": "c", "Cookie": "can=always; a=b",
		"Upgrade": "websocket", "Origin": "http://app.t", "X_under": "1", "X-Echo-Set": "Set-Cookie: c=1; Path=/app|Location: http://" + hostOf(q.Host) + "/x|Vary: A",
		"Te": "trailers", "Connection": "X-Custom", "X-Auth-User": "root", "Proxy": "p", "Authorization": "Basic eDp5", "X-Echo-Status": r.of([]string{"204", "301", "304", "404", "500", "503"}),
		"X-Forwarded-Prefix": "/p", "X-Original-Url": "/o", "X-User": "u",
	}[name])
	if name == "Upgrade" {
		q.Headers["Connection"] = "Upgrade"
	}
}
