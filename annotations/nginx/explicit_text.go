package nginx

import (
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// templateNames are the variables of nginx that templates have names for.
var templateNames = map[string]string{
	"scheme": "{scheme}", "pass_access_scheme": "{scheme}", "http_host": "{http-host}", "best_http_host": "{http-host}",
	"host": "{lower-host}", "request_uri": "{uri}", "uri": "{path}", "document_uri": "{path}",
	"server_port": "{port}", "pass_port": "{port}", "pass_server_port": "{port}",
	"req_id": "{var:request_id}", "binary_remote_addr": "{var:remote_addr}", "query_string": "{var:args}",
	"content_type": "{var:http_content_type}", "content_length": "{var:http_content_length}",
}

// Variables are those that stand as {var:NAME} in what Explicit writes, beside http_, arg_
// and cookie_ ones.
var Variables = []string{"remote_addr", "remote_port", "request_method", "request_id", "args", "is_args", "https",
	"server_protocol", "remote_user", "escaped_request_uri", "ssl_client_verify", "ssl_client_s_dn", "ssl_client_i_dn",
	"ssl_client_escaped_cert", "ssl_protocol", "ssl_server_name", "proxy_add_x_forwarded_for", "server_name"}

// locationNames are variables that say what a location is; they are put in for each.
var locationNames = []string{"service_name", "service_port", "location_path"}

// errVariable is what a text with a variable comes to that no template says.
var errVariable = errors.New("it holds")

// template turns a text of nginx's configuration with $name and ${name} into a template.
// The error names a variable that nginx does not know (known is false) or that no template
// says.
func (o *object) template(text string) (t intent.Template, known bool, err error) {
	var b strings.Builder
	for text != "" {
		literal, name, rest := nextVariable(text)
		b.WriteString(string(intent.Literal(literal)))
		text = rest
		if name == "" {
			continue
		}
		value, ok := o.variable(name)
		if !ok {
			known := unknownVariable("$"+name) == ""
			return "", known, fmt.Errorf("%w $%s", errVariable, name)
		}
		b.WriteString(value)
	}
	return intent.Template(b.String()), true, nil
}

// nextVariable splits a text at its first variable; a "$" with no name behind it is text.
func nextVariable(text string) (literal, name, rest string) {
	before, after, found := strings.Cut(text, "$")
	if !found {
		return text, "", ""
	}
	bare := strings.TrimPrefix(after, "{")
	end := 0
	for end < len(bare) && isWord(bare[end]) {
		end++
	}
	braces := len(bare) < len(after)
	switch {
	case end == 0, braces && !strings.HasPrefix(bare[end:], "}"):
		return before + "$", "", after
	case braces:
		return before, bare[:end], bare[end+1:]
	case bare[0] >= '1' && bare[0] <= '9':
		end = 1
	}
	return before, bare[:end], bare[end:]
}

// variable is a variable of nginx in a template.
func (o *object) variable(name string) (string, bool) {
	switch {
	case templateNames[name] != "":
		return templateNames[name], true
	case len(name) == 1 && name[0] >= '1' && name[0] <= '9':
		return "{$" + name + "}", true
	case name == "namespace":
		return string(intent.Literal(o.Namespace)), true
	case name == "ingress_name":
		return string(intent.Literal(o.Name)), true
	case slices.Contains(Variables, name), slices.Contains(locationNames, name):
		return "{var:" + name + "}", true
	}
	for _, prefix := range []string{"http_", "arg_", "cookie_"} {
		if strings.HasPrefix(name, prefix) && len(name) > len(prefix) {
			return "{var:" + name + "}", true
		}
	}
	return "", false
}

// byteSize reads a size of nginx: digits and at most one of k, m and, in a long one, g.
func byteSize(text string, long bool) (int64, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	unit := int64(1)
	for i, suffix := range []string{"k", "m", "g"} {
		if digits, ok := strings.CutSuffix(text, suffix); ok && (long || suffix != "g") {
			text, unit = digits, 1<<(10*(i+1))
			break
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/unit || text[0] == '+' || text[0] == '-' {
		return 0, false
	}
	return n * unit, true
}

// asWritten are the networks of a comma list that comes to nginx as it is, as the ConfigMap's
// do, sorted, and the first item that is none. Beside networks nginx reads "all" and masks of
// four numbers (10.0.0.0/255.0.0.0).
func asWritten(list string) (nets []string, bad string) {
	for _, item := range splitList(list) {
		text := item
		if address, mask, ok := strings.Cut(item, "/"); ok && net.ParseIP(mask).To4() != nil {
			ones, bits := net.IPMask(net.ParseIP(mask).To4()).Size()
			if bits == 0 || strings.Contains(address, ":") {
				return nil, item // with gaps, or of another family
			}
			text = address + "/" + strconv.Itoa(ones)
		}
		switch p := prefixOf(text); {
		case item == "all":
			nets = append(nets, texts(everyone)...)
		case p == nobody:
			nets = append(nets, nobody.String())
		case p.IsValid():
			nets = append(nets, networks(text)...)
		default:
			return nil, item
		}
	}
	slices.Sort(nets)
	return slices.Compact(nets), ""
}

// networks are the addresses and networks of a comma list as networks, sorted.
func networks(list string) []string {
	var out []string
	for _, item := range splitList(list) {
		if _, n, err := net.ParseCIDR(item); err == nil {
			out = append(out, n.String())
		} else if ip := net.ParseIP(item); ip != nil {
			bits := 128
			if v4 := ip.To4(); v4 != nil {
				ip, bits = v4, 32
			}
			out = append(out, ip.String()+"/"+strconv.Itoa(bits))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
