package proxy

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// TestUntyped: a response without a Content-Type gets none on its way, over any protocol.
func TestUntyped(t *testing.T) {
	l := newLab(t, Options{})
	l.upstream("s", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		io.WriteString(w, "<html>")
	})
	l.serve(with(intent.Normalized, func(*intent.Route) {}))
	clear := new(http.Protocols)
	clear.SetUnencryptedHTTP2(true)
	second := httptest.NewUnstartedServer(l.proxy)
	second.Config.Protocols = clear
	second.Start()
	defer second.Close()
	transport := &http.Transport{Protocols: clear}
	defer transport.CloseIdleConnections()
	for url, by := range map[string]*http.Transport{l.front.URL: http.DefaultTransport.(*http.Transport), second.URL: transport} {
		r, err := http.NewRequest("GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = "a.t"
		response, err := by.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if got, has := response.Header["Content-Type"]; has || response.StatusCode != 200 {
			t.Errorf("%s: status %d, Content-Type %q", response.Proto, response.StatusCode, got)
		}
	}
}
