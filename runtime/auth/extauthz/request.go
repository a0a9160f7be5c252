package extauthz

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authv3 "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/split-ingress/split-ingress/runtime/auth"
)

// request is the question, with the attributes that Envoy fills in. Left out are the
// principal of the destination and the metadata, which Contour asks for neither.
func (c *Client) request(r *http.Request, q auth.Question, body *start) *authv3.CheckRequest {
	attributes := &authv3.AttributeContext{
		Source:      source(r, q),
		Destination: &authv3.AttributeContext_Peer{Address: address(local(r))},
		Request: &authv3.AttributeContext_Request{
			Time: timestamppb.Now(),
			Http: httpRequest(r, q, body, c.policy.Raw),
		},
		ContextExtensions: c.context,
	}
	return &authv3.CheckRequest{Attributes: attributes}
}

func httpRequest(r *http.Request, q auth.Question, body *start, raw bool) *authv3.AttributeContext_HttpRequest {
	h := &authv3.AttributeContext_HttpRequest{
		Id:       strconv.FormatUint(rand.Uint64(), 10),
		Method:   r.Method,
		Path:     valid(q.URI),
		Host:     valid(q.Host),
		Scheme:   q.Scheme,
		Protocol: protocol(r),
		Headers:  headers(r, q),
	}
	if body == nil {
		return h
	}
	h.Size = int64(len(body.data))
	h.Headers[partialBody] = strconv.FormatBool(body.partial)
	if raw {
		h.RawBody = body.data
	} else {
		h.Body = valid(string(body.data))
	}
	return h
}

// partialBody tells the service whether it sees the whole body.
const partialBody = "x-envoy-auth-partial-body"

// headers are those of the request with the pseudo headers, in lower case, several of one
// name joined by commas. What a client says about the body is not among them.
func headers(r *http.Request, q auth.Question) map[string]string {
	all := make(map[string]string, len(r.Header)+5)
	for name, values := range r.Header {
		if name = strings.ToLower(name); name != partialBody {
			all[valid(name)] = valid(strings.Join(values, ","))
		}
	}
	all[":authority"], all[":method"], all[":path"], all[":scheme"] = valid(q.Host), r.Method, valid(q.URI), q.Scheme
	return all
}

// protocol is the request's as Envoy writes it.
func protocol(r *http.Request) string {
	if r.ProtoMajor >= 2 {
		return "HTTP/" + strconv.Itoa(r.ProtoMajor)
	}
	return r.Proto
}

// valid is a text in UTF-8, which protobuf demands: each other byte becomes "!", as in Envoy.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		c, n := utf8.DecodeRuneInString(s)
		if c == utf8.RuneError && n == 1 {
			c = '!'
		}
		b.WriteRune(c)
		s = s[n:]
	}
	return b.String()
}

// source is the client: the other end of the connection, with its certificate.
func source(r *http.Request, q auth.Question) *authv3.AttributeContext_Peer {
	from := q.Peer
	if from == "" {
		from = r.RemoteAddr
	}
	peer := &authv3.AttributeContext_Peer{Address: address(from), Service: valid(r.Header.Get("X-Envoy-Downstream-Service-Cluster"))}
	if cert := certificate(r.TLS); cert != nil {
		peer.Principal = principal(cert)
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
		peer.Certificate = strings.NewReplacer("\n", "%0A", " ", "%20", "+", "%2B", "/", "%2F", "=", "%3D").Replace(string(text))
	}
	return peer
}

func certificate(state *tls.ConnectionState) *x509.Certificate {
	if state == nil || len(state.PeerCertificates) == 0 {
		return nil
	}
	return state.PeerCertificates[0]
}

// principal is the first URI of a certificate, else its first DNS name, else its subject.
func principal(cert *x509.Certificate) string {
	switch {
	case len(cert.URIs) > 0:
		return valid(cert.URIs[0].String())
	case len(cert.DNSNames) > 0:
		return valid(cert.DNSNames[0])
	}
	return valid(cert.Subject.String())
}

// local is the address that the client connected to; empty: it is not known.
func local(r *http.Request) string {
	if a, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return a.String()
	}
	return ""
}

// address reads "address:port"; nil: it is none.
func address(text string) *corev3.Address {
	a, err := netip.ParseAddrPort(text)
	if err != nil {
		return nil
	}
	return &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
		Address:       a.Addr().Unmap().String(),
		PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: uint32(a.Port())},
	}}}
}
