package serve

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"strings"
)

// errorLog is where a http.Server writes. What clients provoke is for debugging only: on a
// public address it never ends. A panic is ours.
type errorLog struct {
	log       *slog.Logger
	handshake func()
	panicked  func()
}

func newErrorLog(l *slog.Logger, m *Metrics, listener string) *log.Logger {
	return log.New(errorLog{log: l.With("listener", listener), handshake: m.handshakeErrors.Inc, panicked: m.panics.Inc}, "", 0)
}

// Write takes one message of net/http, which has no other form than its text.
func (e errorLog) Write(message []byte) (int, error) {
	level := slog.LevelDebug
	switch {
	case bytes.HasPrefix(message, []byte("http: TLS handshake error")):
		e.handshake()
	case bytes.Contains(message, []byte("panic serving")):
		level = slog.LevelError
		e.panicked()
	case bytes.HasPrefix(message, []byte("http: Accept error")):
		level = slog.LevelWarn
	}
	if e.log.Enabled(context.Background(), level) {
		e.log.Log(context.Background(), level, strings.TrimSpace(string(message)))
	}
	return len(message), nil
}
