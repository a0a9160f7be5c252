package serve

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// piped is a connection of ours, with its other end.
func piped(stall time.Duration) (*conn, net.Conn) {
	ours, others := net.Pipe()
	l := &listener{room: make(chan struct{}, 1), stall: stall, open: map[*conn]struct{}{}}
	l.room <- struct{}{}
	return &conn{Conn: ours, of: l}, others
}

// TestReadDeadlines: whatever deadlines were there before, and whether somebody reads
// meanwhile, the last one counts: it strikes, or lets the other side's data through.
func TestReadDeadlines(t *testing.T) {
	limits := map[string]func() time.Time{
		"none": func() time.Time { return time.Time{} }, "over": func() time.Time { return time.Unix(1, 0) },
		"soon": func() time.Time { return time.Now().Add(200 * time.Microsecond) },
		"late": func() time.Time { return time.Now().Add(time.Hour) }, "later": func() time.Time { return time.Now().Add(2 * time.Hour) },
	}
	name := rapid.SampledFrom([]string{"none", "over", "soon", "late", "later"})
	rapid.Check(t, func(t *rapid.T) {
		c, other := piped(time.Hour)
		defer c.Close()
		defer other.Close()
		last := ""
		set := func() {
			for _, last = range rapid.SliceOfN(name, 1, 6).Draw(t, "limits") {
				if err := c.SetReadDeadline(limits[last]()); err != nil {
					t.Fatal(err)
				}
			}
		}
		set()
		if last == "none" || last[0] == 'l' { // a read waits while they change
			done := make(chan error, 1)
			go func() { _, err := c.Read(make([]byte, 1)); done <- err }()
			if rapid.Bool().Draw(t, "pause") {
				time.Sleep(300 * time.Microsecond)
			}
			if err := c.SetReadDeadline(time.Unix(1, 0)); err != nil {
				t.Fatal(err)
			}
			if err := within(t, done); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("a read that waits: %v", err)
			}
			set()
		}
		done := make(chan error, 1)
		go func() { _, err := c.Read(make([]byte, 1)); done <- err }()
		if strikes := last == "over" || last == "soon"; !strikes {
			go other.Write([]byte("x")) // it ends with the connection
			if err := within(t, done); err != nil {
				t.Fatalf("%s strikes: %v", last, err)
			}
		} else if err := within(t, done); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("%s: %v", last, err)
		}
	})
}

func within(t *rapid.T, done chan error) error {
	select {
	case err := <-done:
		return err
	case <-time.After(5 * time.Second):
		t.Fatal("the read does not end")
		return nil
	}
}

// slowly is a connection that takes its time to set our own write deadline.
type slowly struct {
	net.Conn
	entered chan struct{}
	last    atomic.Pointer[time.Time]
}

func (s *slowly) SetWriteDeadline(t time.Time) error {
	if t.After(time.Now()) {
		close(s.entered)
		time.Sleep(20 * time.Millisecond)
	}
	s.last.Store(&t)
	return nil
}

func (s *slowly) Write(b []byte) (int, error) { return len(b), nil }

// TestWriteDeadline: one that is set while others write is not lost to our own.
func TestWriteDeadline(t *testing.T) {
	c, other := piped(time.Hour)
	defer other.Close()
	under := &slowly{Conn: c.Conn, entered: make(chan struct{})}
	c.Conn = under
	defer c.Close()
	var written sync.WaitGroup
	written.Go(func() { _, _ = c.Write([]byte("x")) })
	<-under.entered
	if err := c.SetWriteDeadline(time.Unix(1, 0)); err != nil {
		t.Error(err)
	}
	written.Wait()
	if last := *under.last.Load(); !last.Equal(time.Unix(1, 0)) {
		t.Errorf("the deadline is %v", last)
	}
}
