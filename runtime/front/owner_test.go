package front

import (
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"
)

// stuck is a connection whose first write waits.
type stuck struct {
	*feed
	begun, proceed chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	close(s.begun)
	<-s.proceed
	return s.feed.Write(p)
}

// TestReaderBehind: a body that is read by another goroutine while the response is ended keeps
// nobody waiting.
func TestReaderBehind(t *testing.T) {
	nc := &stuck{&feed{rest: "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", step: 1 << 10}, make(chan struct{}), make(chan struct{})}
	read := make(chan error, 1)
	s := &Server{HeaderTimeout: time.Hour, IdleTimeout: time.Hour, HeaderBytes: 16 << 10}
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "abc")
		go func() {
			<-nc.begun
			time.AfterFunc(20*time.Millisecond, func() { close(nc.proceed) })
			_, err := r.Body.Read(make([]byte, 3))
			read <- err
		}()
	})
	ended := make(chan struct{})
	go func() { newConn(s, nc).serve(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("the reader and the end of the response wait for each other")
	}
	if err := <-read; !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("the reader: %v", err)
	}
}

// TestAccept: what passes does not end a listener.
func TestAccept(t *testing.T) {
	for err, want := range map[error]bool{
		syscall.EMFILE: true, syscall.EPROTO: true, syscall.EPERM: true, syscall.ENETDOWN: true, syscall.ECONNRESET: true,
		syscall.EBADF: false, syscall.EINVAL: false, syscall.ENOTSOCK: false, errors.New("another"): false,
	} {
		if passes(err) != want {
			t.Errorf("%v passes: %v", err, !want)
		}
	}
}
