package extauthz

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"golang.org/x/net/http/httpguts"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/split-ingress/split-ingress/runtime/auth"
)

// verdict is what an answer means. An answer that asks for what this data plane does not do
// counts as none, but never fails open: the service did answer.
func (c *Client) verdict(r *http.Request, a *authv3.CheckResponse) auth.Verdict {
	switch {
	case a.GetStatus().GetCode() == int32(codes.OK):
		v, err := allowed(r, a.GetOkResponse())
		if err != nil {
			return auth.Verdict{Status: http.StatusForbidden, Err: fmt.Errorf("authorization service %s: %w", c.policy.Service, err)}
		}
		return v
	case a.GetErrorResponse() != nil:
		return c.failure(errors.New("it answered that it failed"), a.GetErrorResponse())
	}
	return refusal(a.GetDeniedResponse())
}

// refusal is what the service wants the client to see; 403 is the status if it names none.
func refusal(d *authv3.DeniedHttpResponse) auth.Verdict {
	v := auth.Verdict{Status: http.StatusForbidden, Header: http.Header{}, Body: []byte(d.GetBody())}
	if code := int(d.GetStatus().GetCode()); code >= 200 && code <= 599 {
		v.Status = code
	}
	if d.GetBody() != "" {
		v.Header.Set("Content-Type", "text/plain")
	}
	// Those of the service replace what is there, but may stand there several times.
	for _, o := range d.GetHeaders() {
		if name := o.GetHeader().GetKey(); writable(name, value(o)) {
			v.Header.Del(name)
		}
	}
	for _, o := range d.GetHeaders() {
		if name := o.GetHeader().GetKey(); writable(name, value(o)) {
			v.Header.Add(name, value(o))
		}
	}
	return v
}

// allowed reads the changes that go with a permission.
func allowed(r *http.Request, ok *authv3.OkHttpResponse) (v auth.Verdict, err error) {
	if len(ok.GetQueryParametersToSet()) > 0 || len(ok.GetQueryParametersToRemove()) > 0 {
		return v, errQuery
	}
	v.Allowed = true
	now := r.Header.Clone() // as it will be, for what is appended
	if now == nil {
		now = http.Header{}
	}
	for _, o := range ok.GetHeaders() {
		edit, err := upstream(now, o)
		if err != nil {
			return auth.Verdict{}, err
		}
		if edit != nil {
			v.Upstream = append(v.Upstream, *edit)
			auth.EditRequest(now, v.Upstream[len(v.Upstream)-1:])
		}
	}
	for _, name := range ok.GetHeadersToRemove() {
		if !auth.Framing(name) { // Envoy passes over those that no request is whole without
			v.Upstream = append(v.Upstream, auth.HeaderEdit{Name: name, Op: auth.Remove})
		}
	}
	for _, o := range ok.GetResponseHeadersToAdd() {
		edit, err := header(o)
		if err != nil {
			return auth.Verdict{}, err
		}
		switch old := appends(o); {
		case old.GetValue():
			edit.Op = auth.Append
		case old != nil:
			edit.Op = auth.Set
		}
		v.Client = append(v.Client, edit)
	}
	return v, nil
}

// upstream is a change to the request; nil: none. The old field append comes first: true
// adds to a value that is there, with a comma, and to nothing else; without it, and without
// an action of its own, a header replaces the client's, as the protocol promises.
func upstream(now http.Header, o *corev3.HeaderValueOption) (*auth.HeaderEdit, error) {
	edit, err := header(o)
	if err != nil {
		return nil, err
	}
	switch before := now.Values(edit.Name); {
	case appends(o).GetValue():
		if len(before) == 0 {
			return nil, nil
		}
		edit.Op, edit.Value = auth.Set, strings.Join(append(before[:len(before):len(before)], edit.Value), ",")
	case appends(o) != nil, o.GetAppendAction() == corev3.HeaderValueOption_APPEND_IF_EXISTS_OR_ADD:
		edit.Op = auth.Set
	}
	return &edit, nil
}

// appends is the old field append, with which services written for it go on; nil: not given.
func appends(o *corev3.HeaderValueOption) *wrapperspb.BoolValue {
	//lint:ignore SA1019 Envoy reads it, too.
	return o.GetAppend()
}

// header is an option as an edit with its action.
func header(o *corev3.HeaderValueOption) (auth.HeaderEdit, error) {
	edit := auth.HeaderEdit{Name: o.GetHeader().GetKey(), Value: value(o)}
	if !writable(edit.Name, edit.Value) {
		return edit, fmt.Errorf("the answer changes header %q, which is not honoured", edit.Name)
	}
	switch o.GetAppendAction() {
	case corev3.HeaderValueOption_APPEND_IF_EXISTS_OR_ADD:
		edit.Op = auth.Append
	case corev3.HeaderValueOption_ADD_IF_ABSENT:
		edit.Op = auth.SetIfAbsent
	case corev3.HeaderValueOption_OVERWRITE_IF_EXISTS:
		edit.Op = auth.SetIfPresent
	case corev3.HeaderValueOption_OVERWRITE_IF_EXISTS_OR_ADD:
		edit.Op = auth.Set
	default:
		return edit, fmt.Errorf("the answer changes header %q in a way that is not known", edit.Name)
	}
	return edit, nil
}

// value is in raw_value where the other is empty.
func value(o *corev3.HeaderValueOption) string {
	if v := o.GetHeader().GetValue(); v != "" {
		return v
	}
	return string(o.GetHeader().GetRawValue())
}

// writable says whether a header can be written as it is, and may be by a service.
func writable(name, value string) bool {
	return httpguts.ValidHeaderFieldName(name) && httpguts.ValidHeaderFieldValue(value) && !auth.Framing(name)
}
