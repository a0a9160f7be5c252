package proxy

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/split-ingress/split-ingress/runtime/observe"
	"github.com/split-ingress/split-ingress/runtime/upstream"
)

// tunnel hands the client's connection over to the upstream that changed the protocol
// (RFC 9110, section 7.8), until one side is done or both are silent for too long.
func (x *exchange) tunnel(f *forward, o *outgoing, r *upstream.Response) {
	defer r.Conn.Close()
	if o.Upgrade == "" { // nobody asked for it
		x.reply(http.StatusBadGateway, observe.UpstreamInvalid)
		return
	}
	conn, buffered, err := http.NewResponseController(x.w).Hijack()
	if err != nil {
		x.reply(http.StatusBadGateway, observe.UpstreamInvalid)
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Time{}) // what fails here fails again below
	x.sent, x.record.Status = true, r.Status
	if err := switched(buffered.Writer, r); err != nil {
		x.record.Flags = observe.ClientGone
		return
	}
	p := pipes{idle: f.idle, client: conn, upstream: r.Conn, fromClient: buffered.Reader}
	x.record.BytesIn, x.record.BytesOut = p.run()
}

// switched writes the head of the 101.
func switched(w *bufio.Writer, r *upstream.Response) error {
	h := r.Header
	to := h.Get("Upgrade")
	for _, name := range []string{"Connection", "Upgrade", "Transfer-Encoding", "Content-Length", "Keep-Alive"} {
		h.Del(name)
	}
	io.WriteString(w, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "+to+"\r\n")
	if err := h.Write(w); err != nil {
		return err
	}
	io.WriteString(w, "\r\n")
	return w.Flush()
}

// pipes are the two directions of a tunnel.
type pipes struct {
	idle       time.Duration // 0: no limit
	client     net.Conn
	upstream   io.ReadWriteCloser
	fromClient io.Reader
	moved      atomic.Int64 // when something last went either way, in Unix nanoseconds
}

// run copies both ways until one of them ends, and gives the bytes from and to the client.
// What the other side holds back is not waited for, as in nginx.
func (p *pipes) run() (in, out int64) {
	p.moved.Store(time.Now().UnixNano())
	ended := make(chan struct{}, 2)
	go func() { in = p.copy(p.upstream, p.fromClient, p.client); ended <- struct{}{} }()
	go func() { out = p.copy(p.client, p.upstream, p.upstream); ended <- struct{}{} }()
	<-ended
	p.client.Close()
	p.upstream.Close()
	<-ended
	return in, out
}

// copy moves bytes. A side that is silent for too long ends the tunnel, unless the other
// one was not.
func (p *pipes) copy(to io.Writer, from io.Reader, limited any) (n int64) {
	deadlines, _ := limited.(interface{ SetReadDeadline(time.Time) error })
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	for {
		if p.idle > 0 && deadlines != nil {
			last := time.Unix(0, p.moved.Load())
			if err := deadlines.SetReadDeadline(last.Add(p.idle)); err != nil {
				return n
			}
		}
		k, err := from.Read(buffer[:])
		if k > 0 {
			p.moved.Store(time.Now().UnixNano())
			if _, err := to.Write(buffer[:k]); err != nil {
				return n
			}
			n += int64(k)
		}
		if err != nil && !p.stillAlive(err) {
			return n
		}
	}
}

// stillAlive says whether an error is only the silence of one side, while the other went on.
func (p *pipes) stillAlive(err error) bool {
	var slow net.Error
	return errors.As(err, &slow) && slow.Timeout() && time.Since(time.Unix(0, p.moved.Load())) < p.idle
}
