package judge

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/textproto"
	"strconv"
	"strings"
)

// echoed is what an echo server says of a request.
type echoed struct {
	Service string      `json:"service"` // "namespace/service:port", by the address that was asked
	Method  string      `json:"method"`
	URI     string      `json:"uri"` // as it stood in the request line
	Headers [][2]string `json:"headers"`
}

// echo answers on the endpoints' addresses. HTTP/1.1 in the clear is read by hand, so that
// no library refuses a path or makes another one of it.
type echo struct {
	name      func(netip.Addr) string // of the Service at an address
	listeners []net.Listener
}

// startEcho listens on one port of every address, and answers in what it is spoken to.
func startEcho(keys keyPair, name func(netip.Addr) string) (*echo, error) {
	e := &echo{name: name}
	cert, err := tls.X509KeyPair(keys.cert, keys.key)
	if err != nil {
		return nil, err
	}
	handler := http.HandlerFunc(e.handle)
	h2c := &http.Server{Handler: handler, Protocols: new(http.Protocols)}
	h2c.Protocols.SetUnencryptedHTTP2(true)
	secure := &http.Server{Handler: handler, TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}}}
	l, err := net.Listen("tcp4", ":"+strconv.Itoa(echoPort))
	if err != nil {
		return e, err
	}
	encrypted, second := newHandover(l.Addr()), newHandover(l.Addr())
	e.listeners = []net.Listener{l, encrypted, second}
	go func() { _ = e.raw(l, encrypted, second) }() // they end when the listeners are closed
	go func() { _ = h2c.Serve(second) }()
	go func() { _ = secure.ServeTLS(encrypted, "", "") }()
	return e, nil
}

// Close stops listening.
func (e *echo) Close() error {
	var errs []error
	for _, l := range e.listeners {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

// handle answers a request that net/http has read.
func (e *echo) handle(w http.ResponseWriter, r *http.Request) {
	address, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		http.Error(w, "no local address", http.StatusInternalServerError)
		return
	}
	if r.URL.Path == "/envoy.service.auth.v3.Authorization/Check" {
		decide(w, e.at(address))
		return
	}
	said := echoed{Service: e.at(address), Method: r.Method, URI: r.RequestURI, Headers: [][2]string{{"host", r.Host}}}
	for name, values := range r.Header {
		for _, v := range values {
			said.Headers = append(said.Headers, [2]string{strings.ToLower(name), v})
		}
	}
	w.Header().Set("X-Echo", "1")
	if err := json.NewEncoder(w).Encode(said); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// decide answers a question of Envoy's ext_authz by gRPC: a Service called refuse lets nobody
// in (status 7, PERMISSION_DENIED, in a CheckResponse), every other one everybody (an empty one).
func decide(w http.ResponseWriter, service string) {
	message := []byte{}
	if strings.Contains(service, "/refuse:") {
		message = []byte{0x0a, 2, 0x08, 7}
	}
	w.Header().Set("Content-Type", "application/grpc")
	w.Header().Set("Trailer", "Grpc-Status")
	if _, err := w.Write(append([]byte{0, 0, 0, 0, byte(len(message))}, message...)); err != nil { // not compressed
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Grpc-Status", "0")
}

func (e *echo) at(address net.Addr) string {
	ap, err := netip.ParseAddrPort(address.String())
	if err != nil {
		return err.Error()
	}
	return e.name(ap.Addr().Unmap())
}

// raw serves HTTP/1.1 connections, and hands others over.
func (e *echo) raw(l net.Listener, encrypted, second *handover) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			in := bufio.NewReader(conn)
			switch spoken(in) {
			case "tls":
				encrypted.give(sniffed{conn, in})
				return
			case "h2c":
				second.give(sniffed{conn, in})
				return
			}
			defer func() { _ = conn.Close() }() // nobody waits for the rest
			for e.answer(conn, in) == nil {
			}
		}()
	}
}

// answer reads one request and echoes it, to a websocket behind the handshake; an error
// ends the connection.
func (e *echo) answer(conn net.Conn, in *bufio.Reader) error {
	text := textproto.NewReader(in)
	line, err := text.ReadLine()
	if err != nil {
		return err
	}
	said := echoed{Service: e.at(conn.LocalAddr())}
	said.Method, line, _ = strings.Cut(line, " ")
	if i := strings.LastIndexByte(line, ' '); i >= 0 {
		said.URI = line[:i]
	}
	length, websocket := 0, false
	for {
		if line, err = text.ReadLine(); err != nil {
			return err
		}
		if line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		name, value = strings.ToLower(name), strings.TrimSpace(value)
		if name == "content-length" {
			if length, err = strconv.Atoi(value); err != nil {
				return err
			}
		}
		websocket = websocket || name == "upgrade" && strings.EqualFold(value, "websocket")
		said.Headers = append(said.Headers, [2]string{name, value})
	}
	if _, err := io.CopyN(io.Discard, in, int64(length)); err != nil {
		return err
	}
	body, err := json.Marshal(said)
	if err != nil {
		return err
	}
	if websocket {
		_, err = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n%s", body)
		return errors.Join(io.EOF, err) // what follows is no HTTP
	}
	_, err = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Echo: 1\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	return err
}
