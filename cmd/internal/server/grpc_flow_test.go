package server

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// heldBytes is more than what all buffers between two ends of a stream may hold together.
const heldBytes = 2 << 20

// stalled waits until a counter does not go on any more, and gives it.
func stalled(t *testing.T, n *atomic.Int64) int64 {
	for last, same := n.Load(), 0; same < 20 || last == 0; {
		time.Sleep(10 * time.Millisecond)
		now := n.Load()
		if same++; now != last {
			last, same = now, 0
		}
		if t.Context().Err() != nil || last >= floodBytes {
			break
		}
	}
	return n.Load()
}

// TestGRPCFlowControl: who does not read stops the other end, before much is held between.
func TestGRPCFlowControl(t *testing.T) {
	s, clear, secure := grpcStage(t, input{})
	for host, u := range map[string]*grpcUpstream{"e-clear": clear, "n-secure": secure} {
		t.Run(host, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), soon)
			defer cancel()
			c := s.dial(host+".test", true)
			down := call(ctx, t, c, "Flood")
			if n := stalled(t, &u.flood); n > heldBytes {
				t.Errorf("%d bytes came from the upstream for a client that reads none", n)
			}
			receive(t, down) // it goes on
			up := call(ctx, t, c, "Swallow")
			var sent atomic.Int64
			flooded := make(chan error, 1)
			go func() {
				piece := make([]byte, 64<<10)
				for sent.Load() < floodBytes {
					if err := up.SendMsg(&piece); err != nil {
						flooded <- err
						return
					}
					sent.Add(int64(len(piece)))
				}
				flooded <- nil
			}()
			if n := stalled(t, &sent); n > heldBytes {
				t.Errorf("%d bytes came from the client for an upstream that reads none", n)
			}
			cancel()
			awaited(t, flooded, "the client's end is stuck")
		})
	}
}

// TestGRPCSilentClient: in a call that goes both ways, a client may say nothing for longer
// than within the body of a request that nothing answers yet, as Envoy has it; nginx ends
// such a call (client_body_timeout).
func TestGRPCSilentClient(t *testing.T) {
	s, _, _ := grpcStage(t, input{bodyIdle: 50 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	both := call(ctx, t, s.dial("e-clear.test", true), "Echo")
	for range 2 {
		send1(t, both, "hello")
		if got := receive(t, both); got != "hello" {
			t.Fatalf("got %q", got)
		}
		time.Sleep(200 * time.Millisecond) // a pass needs no more than that nothing happens
	}
	both = call(ctx, t, s.dial("n-clear.test", true), "Echo")
	send1(t, both, "hello")
	receive(t, both)
	if _, err := ending(both); status.Code(err) == codes.OK || ctx.Err() != nil {
		t.Errorf("nginx lets a silent client be: %v", err)
	}
}
