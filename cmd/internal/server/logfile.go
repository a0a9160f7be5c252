package server

import (
	"errors"
	"os"
	"sync"
)

// logFile is a file that lines are appended to, which may be opened anew by its name: where
// it was renamed meanwhile, as logrotate does, another one begins. A nil one is no file.
type logFile struct {
	path string
	mu   sync.Mutex
	open *os.File
}

func openLogFile(path string) (*logFile, error) {
	f, err := openToAppend(path)
	if err != nil {
		return nil, err
	}
	return &logFile{path: path, open: f}, nil
}

func openToAppend(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
}

// Write appends what it gets at once.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open.Write(p)
}

// Reopen goes over to the file that has the name now. If that cannot be opened, it stays with
// the one that it has.
func (l *logFile) Reopen() error {
	if l == nil {
		return nil
	}
	next, err := openToAppend(l.path)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.open
	l.open = next
	return before.Close()
}

// Close ends it; a line that comes later is lost, with an error.
func (l *logFile) Close() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.open.Close()
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
