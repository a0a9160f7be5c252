package nginx

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// written are keys with the directive that the controller makes of a value, and values. The
// variables are those of a plain nginx.
var written = []struct {
	key, directive string
	values         []string
}{
	{"proxy-buffers-number", "", []string{"-1", "0", "1", "2", "3", "4", "9"}},
	{"proxy-busy-buffers-size", "proxy_busy_buffers_size %s;", []string{"0", "1k", "4k", "8k", "12k", "13k", "64k", "4g", "4b"}},
	{"proxy-max-temp-file-size", "proxy_max_temp_file_size %s;", []string{"0", "1", "4095", "4k", "64k", "1g", "99999999999g"}},
	{"proxy-body-size", "client_max_body_size %s;", []string{"0", "1m", "8589934591g", "8589934592g"}},
	{"proxy-read-timeout", "proxy_read_timeout %ss;", []string{"-1", "0", "60", "9223372036854775", "9223372036854776"}},
	{"proxy-next-upstream-timeout", "proxy_next_upstream_timeout %s;", []string{"-1", "0", "9223372036854775", "9223372036854776"}},
	{"proxy-next-upstream-tries", "proxy_next_upstream_tries %s;", []string{"-1", "0", "3"}},
	{"proxy-cookie-path", "proxy_cookie_path %s;", []string{"off", "/a/", "/a/ /b/", "/a/ /b/ /c/"}},
	{"custom-http-errors", "error_page %s = @x;", []string{"404", "444", "499", "500", "599"}},
	{"upstream-vhost", "proxy_set_header Host \"%s\";", []string{"a", "$host", "${host}", "$", "a$", "${host", "$nosuch", "$1", "$0", "$http_x-$msec", "$upstream_addr", "$upstream_foo"}},
	{"server-alias", "server_name \"%s\";", []string{"a.t", "*", "*.t", "*.*.t", "a*b.t", ".t", ".", "a..b", "*.", "_", "~^(", "~", "~^a", "*t", "a.*", "*.a.*", "a*", "^a"}},
}

// TestRefusalsAreNginx: what we say that nginx refuses is what nginx -t refuses. The program is
// the one that the variable NGINX names, as make judge does, else the installed one.
func TestRefusalsAreNginx(t *testing.T) {
	program, err := exec.LookPath(cmp.Or(os.Getenv("NGINX"), "nginx"))
	if err != nil && os.Getenv("NGINX") != "" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip("SKIPPED: nginx is not installed; make judge fetches one, and runs this test with it")
	}
	dir := t.TempDir()
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		ing := &manifest.Ingress{}
		add := func(key, value string) {
			ing.Annotations = append(ing.Annotations, manifest.KeyValue{Key: Prefix + key, Value: value})
		}
		size := rapid.SampledFrom([]string{"1", "4k", "4k", "8k", "1g", "4b", "0"}).Draw(t, "proxy-buffer-size")
		add("proxy-buffer-size", size)
		number, location, server := "4", "", ""
		for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(written)-1), 0, 2, rapid.ID[int]).Draw(t, "keys") {
			w := written[i]
			value := rapid.SampledFrom(w.values).Draw(t, w.key)
			add(w.key, value)
			switch {
			case w.directive == "":
				number = value
			case w.key == "server-alias":
				server = fmt.Sprintf(w.directive, value)
			default:
				location += fmt.Sprintf(w.directive, value)
			}
		}
		location += fmt.Sprintf("proxy_buffer_size %s; proxy_buffers %s %s;", size, number, size)
		why := readObject(ing, settings{}, takesNone).refusals(settings{})
		said, err := testConfigured(program, dir, server, location)
		if (len(why) > 0) != (err != nil) {
			t.Fatalf("%v: %v, and nginx says %s", ing.Annotations, why, said)
		}
		if err != nil {
			refused++
		}
	})
	if refused == 0 {
		t.Error("nginx refused nothing")
	}
}

// testConfigured is nginx -t of a server with a location; its error is that nginx refuses.
func testConfigured(program, dir, server, location string) (string, error) {
	file := filepath.Join(dir, "nginx.conf")
	paths := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		paths += fmt.Sprintf("%s_temp_path %s;\n", kind, filepath.Join(dir, kind))
	}
	text := fmt.Sprintf("pid %s;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n%supstream balancer { server 127.0.0.1:1; }\n"+
		"server { listen 127.0.0.1:18999; server_name first; }\nserver { listen 127.0.0.1:18999; server_name second; %s\nlocation / { %s\nproxy_pass http://balancer; } }\n}\n",
		filepath.Join(dir, "pid"), paths, server, location)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return "", err
	}
	out, err := exec.Command(program, "-t", "-c", file).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
