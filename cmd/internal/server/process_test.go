package server

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// asProgram makes the test binary the program itself.
const asProgram = "SPLIT_INGRESS_TEST_PROGRAM"

// runProgram is the program, where the test binary was started as it.
func runProgram() {
	if os.Getenv(asProgram) != "" {
		os.Exit(Main(os.Args, genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}, "v0"))
	}
}

// TestProcess starts the real program: a signal ends it in order, also where nobody reads
// its log any more.
func TestProcess(t *testing.T) {
	for _, c := range []struct {
		name   string
		unread bool
		signal syscall.Signal
	}{{"SIGTERM", false, syscall.SIGTERM}, {"SIGINT", false, syscall.SIGINT}, {"an unread log", true, syscall.SIGTERM}} {
		t.Run(c.name, func(t *testing.T) {
			program := exec.Command(os.Args[0], free(t)...)
			program.Env = append(os.Environ(), asProgram+"=1")
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			program.Stderr = w
			if err := program.Start(); err != nil {
				t.Fatal(err)
			}
			overdue := time.AfterFunc(20*time.Second, func() { program.Process.Kill() })
			defer overdue.Stop()
			w.Close()
			text := readUntil(t, r, "msg=serving")
			if c.unread {
				r.Close()
			}
			if err := program.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			if !c.unread {
				text += readUntil(t, r, "msg=drained")
			}
			if err := program.Wait(); err != nil {
				t.Errorf("%v: %s", err, text)
			}
		})
	}
}

// readUntil reads until a text was seen, or the end.
func readUntil(t *testing.T, r io.Reader, text string) string {
	t.Helper()
	var got strings.Builder
	buffer := make([]byte, 4096)
	for !strings.Contains(got.String(), text) {
		n, err := r.Read(buffer)
		got.Write(buffer[:n])
		if errors.Is(err, io.EOF) {
			t.Errorf("the program did not say %q: %s", text, got.String())
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return got.String()
}
