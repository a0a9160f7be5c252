package extauthz

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/split-ingress/split-ingress/runtime/auth"
)

// start is the beginning of a request's body.
type start struct {
	data    []byte
	partial bool // more follows
}

// body reads as much of the body as the policy wants; nil: there is none to send. Upgrades
// have no body, as in Envoy. The verdict is set if the request can't go on.
func (c *Client) body(r *http.Request) (*start, *auth.Verdict) {
	if c.policy.Body <= 0 || r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 || strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return nil, nil
	}
	if !c.policy.Partial && r.ContentLength > int64(c.policy.Body) {
		return nil, &auth.Verdict{Status: http.StatusRequestEntityTooLarge}
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, int64(c.policy.Body)+1))
	if err != nil {
		v := &auth.Verdict{Status: http.StatusBadRequest, Err: fmt.Errorf("authorization service %s: reading the request's body: %w", c.policy.Service, err)}
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			v.Status = http.StatusRequestEntityTooLarge
		}
		return nil, v
	}
	r.Body = restored{io.MultiReader(bytes.NewReader(data), r.Body), r.Body}
	b := &start{data: data, partial: len(data) > c.policy.Body}
	if b.partial && !c.policy.Partial {
		return nil, &auth.Verdict{Status: http.StatusRequestEntityTooLarge}
	}
	b.data = b.data[:min(len(data), c.policy.Body)]
	return b, nil
}

// restored is a body that gives again what was read of it.
type restored struct {
	io.Reader
	io.Closer
}
