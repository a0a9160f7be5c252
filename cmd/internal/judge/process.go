package judge

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// process is a program that runs beside the test.
type process struct {
	name string
	log  string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how it has ended; set before done is closed
}

// start runs a program with its output in a file below dir.
func start(dir, path string, args ...string) (*process, error) {
	p := &process{name: filepath.Base(path), cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.log = filepath.Join(dir, p.name+".log")
	out, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	go func() {
		defer close(p.done)
		p.err = errors.Join(p.cmd.Wait(), out.Close())
	}()
	return p, nil
}

// stop ends the program, at first politely.
func (p *process) stop() {
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if err := p.cmd.Process.Signal(signal); err != nil {
			return // it has ended
		}
		select {
		case <-p.done:
			return
		case <-time.After(5 * time.Second):
		}
	}
}

// tail is the end of what the program wrote.
func (p *process) tail() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-20):], []byte("\n")))
}

// waitFor asks until there is no error, for at most the given time.
func waitFor(limit time.Duration, what string, ask func() error) error {
	for end := time.Now().Add(limit); ; time.Sleep(100 * time.Millisecond) {
		err := ask()
		if err == nil {
			return nil
		}
		var ended *endedError
		if errors.As(err, &ended) {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s: not within %v: %w", what, limit, err)
		}
	}
}
