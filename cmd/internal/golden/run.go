package golden

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// playing names, in the environment, the mode and the run that a process plays.
const playing = "SPLIT_INGRESS_TEST_GOLDEN"

// scoreFile is where that process writes its score: the first file that it inherits.
const scoreFile = 3

// Test plays all runs of folders in modes, each in a process with a network of its own,
// as many at once as the first mode says. It fails for
// everything that is not explained, and gives the score of each folder and mode. The calling
// test must do nothing before.
func Test(t *testing.T, folders []Folder, modes ...Mode) []byte {
	if what := os.Getenv(playing); what != "" {
		inside(t, what, modes)
		return nil
	}
	type job struct {
		run   string
		mode  Mode
		total *Score
	}
	var jobs []job
	totals := map[string]*Score{}
	for _, f := range folders {
		for _, m := range modes {
			total := &Score{}
			totals[f.Name+" "+m.Name] = total
			for _, run := range f.Runs {
				jobs = append(jobs, job{run, m, total})
			}
		}
	}
	next := make(chan job)
	var mu sync.Mutex
	var all sync.WaitGroup
	for range cmp.Or(modes[0].AtOnce, 3*runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for j := range next {
				s := play(t, j.mode.Name, j.run)
				mu.Lock()
				j.total.add(s)
				for _, f := range s.Failures {
					t.Errorf("%s %s: %s", filepath.Base(j.run), j.mode.Name, f)
				}
				mu.Unlock()
			}
		})
	}
	for _, j := range jobs {
		next <- j
	}
	close(next)
	all.Wait()
	var report bytes.Buffer
	for _, f := range folders {
		for _, m := range modes {
			totals[f.Name+" "+m.Name].Print(&report, f.Name, m.Name)
		}
	}
	return report.Bytes()
}

// Publish prints a report, into the file named by GOLDEN_REPORT, too.
func Publish(t *testing.T, report []byte) {
	if report == nil {
		return
	}
	fmt.Printf("%s", report)
	if path := os.Getenv("GOLDEN_REPORT"); path != "" {
		if err := os.WriteFile(path, report, 0o644); err != nil {
			t.Error(err)
		}
	}
}

// play plays one run in another process.
func play(t *testing.T, mode, run string) *Score {
	score := &Score{}
	read, write, err := os.Pipe()
	if err != nil {
		t.Error(err)
		return score
	}
	defer read.Close()
	var out bytes.Buffer
	again, err := startIsolated(func() *exec.Cmd {
		c := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.timeout", "10m")
		c.Env = append(os.Environ(), playing+"="+mode+" "+run)
		c.Stdout, c.Stderr, c.ExtraFiles = &out, &out, []*os.File{write}
		return c
	})
	write.Close()
	if err != nil {
		score.Skipped = 1
		if os.Getenv("REQUIRE_SHARED") == "1" || os.Getenv("REQUIRE_JUDGES") == "1" {
			t.Errorf("no user and network namespace can be made here: %v", err)
		} else {
			t.Logf("SKIPPED: %s: no user and network namespace can be made here: %v", run, err)
		}
		return score
	}
	bad := json.NewDecoder(read).Decode(score)
	if err := again.Wait(); err != nil || bad != nil {
		t.Errorf("%s %s: %v, %v:\n%s", filepath.Base(run), mode, err, bad, out.Bytes())
	}
	return score
}

// inside plays what the environment says, and writes the score.
func inside(t *testing.T, what string, modes []Mode) {
	for _, m := range modes {
		if run, ok := bytes.CutPrefix([]byte(what), []byte(m.Name+" ")); ok {
			if err := Network(); err != nil {
				t.Fatal(err)
			}
			score := m.Play(t, string(run))
			if err := json.NewEncoder(os.NewFile(scoreFile, "score")).Encode(score); err != nil {
				t.Fatal(err)
			}
		}
	}
}
