package upstream

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestDo(t *testing.T) {
	e := endpoint(t, server(t, func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Got", r.Header.Get("X-Sent"))
		fmt.Fprintf(w, "%s %s %s %s", r.Method, r.RequestURI, r.Host, b)
	}))
	for i := range 5 {
		large := strings.Repeat("x", i*10000)
		r := &Request{Method: "POST", URI: "/a%2Fb//c?d=%20", Host: "example.test", Header: http.Header{"X-Sent": {"v"}}, Body: strings.NewReader(large), ContentLength: int64(len(large))}
		if i%2 == 1 {
			r.ContentLength = -1
		}
		response, body := do(t, e, r)
		if want := "POST /a%2Fb//c?d=%20 example.test " + large; body != want {
			t.Errorf("got %.60q, want %.60q", body, want)
		}
		if response.Status != 200 || response.Header.Get("X-Got") != "v" {
			t.Errorf("got %d, %v", response.Status, response.Header)
		}
	}
	if n := idle(e); n != 1 {
		t.Errorf("%d idle connections, want 1", n)
	}
}
