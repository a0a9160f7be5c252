package source

import (
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Options say how to read and to watch. The zero value is good.
type Options struct {
	Recursive bool   // read directories within directories
	Namespace string // of objects without one; empty is "default"
	MaxFile   int64  // bytes of one file; 0 is DefaultMaxFile. A larger one is a Problem
	// Poll is how often Watch looks at everything without being told of a change, for file
	// systems that tell of none (NFS, mounts that come and go); 0 is never.
	Poll time.Duration
	// Settle is how long there must be quiet before a change is read; 0 is DefaultSettle.
	// After 10 times as long a change is read without quiet, and after 300 times as long it is
	// told of even though files have changed while they were read.
	Settle time.Duration
}

const (
	DefaultMaxFile = 64 << 20              // bytes
	DefaultSettle  = 10 * time.Millisecond // a rewrite is over by then
	settleMost     = 10                    // times Settle: the longest wait for quiet
	doubtMost      = 300                   // times Settle: the longest wait for files that do not change while they are read
	unfinished     = 5                     // times Settle: how old a file must be that looks like half of one
	waitMost       = 10                    // times that: the longest that one is waited for which is written all the time
)

// Source is files that are read and watched. Its methods may be called at the same time.
type Source struct {
	opts  Options
	seed  maphash.Seed
	wake  chan struct{}
	alone chan struct{} // holds a token while no Watch runs

	mu      sync.Mutex
	roots   []*root
	files   map[string]*file // by the path as it is named
	wrong   map[*file]bool   // those with problems of their own
	index   index
	tree    tree      // of directories, as they were seen last
	notes   []trouble // about paths
	buf     []byte    // of the file that was read last
	told    []Problem // with the last Change
	decoded uint64
	pending []string // files that seem to be unfinished
}

// root is a path that was given to Open.
type root struct {
	path string
	dir  bool     // it was a directory when it was seen last
	id   identity // of the directory when it last held something
}

// Stats count what is read.
type Stats struct {
	Files     int
	Documents int    // good and bad
	Objects   int    // served
	Ignored   int    // objects of kinds that do not matter to serving
	Decoded   uint64 // documents that were decoded since Open began
}

// Open reads files and directories (their *.yaml, *.yml and *.json files, but no
// kustomizations) and returns the Change that leads from nothing to what they hold. An
// error means a path that can not be read at all, or bad options; everything else is among
// the Change's Problems.
func Open(paths []string, o Options) (*Source, Change, error) {
	if o.Namespace == "" {
		o.Namespace = "default"
	}
	if o.MaxFile == 0 {
		o.MaxFile = DefaultMaxFile
	}
	if o.Settle == 0 {
		o.Settle = DefaultSettle
	}
	if err := o.check(paths); err != nil {
		return nil, Change{}, err
	}
	s := &Source{
		opts: o, seed: maphash.MakeSeed(), wake: make(chan struct{}, 1), alone: make(chan struct{}, 1),
		files: map[string]*file{}, wrong: map[*file]bool{}, index: newIndex(),
	}
	s.alone <- struct{}{}
	for _, p := range paths {
		r, err := s.newRoot(p)
		if err != nil {
			return nil, Change{}, err
		}
		s.roots = append(s.roots, r)
	}
	return s, s.Rescan(), nil
}

func (o Options) check(paths []string) error {
	switch {
	case len(paths) == 0:
		return fmt.Errorf("no path to read; name files or directories")
	case len(validation.IsDNS1123Label(o.Namespace)) > 0:
		return fmt.Errorf("namespace %q: not a valid name; use lower-case letters, digits and '-'", o.Namespace)
	case o.MaxFile < 0 || o.Poll < 0 || o.Settle < 0:
		return fmt.Errorf("negative limit, poll or settle time; leave it out for the default")
	}
	return nil
}

// Rescan looks at everything now and returns what changed since the last Change. Each
// Change builds on the one before: who calls Rescan applies it. While Watch runs, call Wake
// instead.
func (s *Source) Rescan() Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scan(nil, 0)
	change, _ := s.change()
	return change
}

// Wake makes a running Watch look at everything, as on SIGHUP. It does not wait.
func (s *Source) Wake() {
	select {
	case s.wake <- struct{}{}:
	default: // it is awake
	}
}

// Stats counts what is read now.
func (s *Source) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Stats{Files: len(s.files), Objects: len(s.index.served), Decoded: s.decoded}
	for _, f := range s.files {
		st.Documents += len(f.docs)
		for _, e := range f.docs {
			st.Ignored += e.doc.ignored
		}
	}
	return st
}
