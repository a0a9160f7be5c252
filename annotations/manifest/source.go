package manifest

import (
	"bufio"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"path/filepath"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// Source is something to read. With a Reader, Path only names it ("-" is stdin); without
// one, Path is a file or a directory.
type Source struct {
	Path   string
	Reader io.Reader
}

// Options say how to read.
type Options struct {
	Recursive   bool   // read directories within directories
	Namespace   string // of objects without one; empty leaves it to kustomizations
	MaxDocument int64  // bytes of one document; 0 is DefaultMaxDocument
	// Stored says that the objects are an API server's: origins have no lines, and braces in a
	// value are no template that somebody forgot to render.
	Stored bool
}

// DefaultMaxDocument is how long a document may be, in bytes.
const DefaultMaxDocument = 32 << 20

// reader reads sources into one set.
type reader struct {
	set    *Set
	opts   Options
	seed   maphash.Seed
	obj    object // the one at hand; its buffers are used again
	seen   map[ident]seen
	taken  map[ledger.Place]bool // by documents and objects
	names  map[string]home
	files  map[string]bool // paths and names read so far
	kusts  map[string]*kustomization
	shared map[string]string
}

// file is one stream of documents.
type file struct {
	name  string
	root  string // directory that bounds the search for kustomizations; "" for a stream
	docs  int    // documents so far
	asked bool   // ns is known
	ns    string // by its kustomization; may be empty
}

// Read reads sources in their order, the files of a directory in the order of their
// paths, and returns what they hold. An error means a source that can not be read, or bad
// options; whatever is wrong with documents and with files within a directory is in the
// set's findings, and counted as Unreadable.
func Read(sources []Source, opts Options) (*Set, error) {
	if opts.MaxDocument == 0 {
		opts.MaxDocument = DefaultMaxDocument
	}
	if opts.Namespace != "" && !isLabel(opts.Namespace) {
		return nil, fmt.Errorf("namespace %q: not a valid name; use lower-case letters, digits and '-'", opts.Namespace)
	}
	r := newReader(opts)
	for _, s := range sources {
		if err := r.source(s); err != nil {
			return nil, err
		}
	}
	if opts.Stored {
		r.set.withoutLines()
	}
	return r.set, nil
}

func newReader(opts Options) *reader {
	return &reader{
		opts: opts, seed: maphash.MakeSeed(),
		seen: map[ident]seen{}, taken: map[ledger.Place]bool{}, names: map[string]home{}, files: map[string]bool{},
		kusts: map[string]*kustomization{}, shared: map[string]string{},
		set: &Set{
			Services: map[Name]*Service{}, Classes: map[string]*IngressClass{}, Namespaces: map[string]*Namespace{},
			Secrets: map[Name]*Secret{}, ConfigMaps: map[Name]*ConfigMap{}, Ledger: &ledger.Ledger{},
		},
	}
}

func (r *reader) source(s Source) error {
	if s.Reader != nil {
		if r.files[s.Path] {
			return fmt.Errorf("%s: given twice; give it once", s.Path)
		}
		r.files[s.Path] = true
		return r.stream(&file{name: s.Path}, s.Reader)
	}
	info, err := os.Stat(s.Path)
	if err != nil {
		return fmt.Errorf("%w; check the path", err)
	}
	if !info.IsDir() {
		return r.open(&file{name: s.Path, root: filepath.Dir(s.Path)})
	}
	paths, err := r.manifestsIn(s.Path)
	if err != nil {
		return err
	}
	for _, path := range paths {
		f := &file{name: path, root: s.Path}
		if err := r.open(f); err != nil {
			r.unreadableFile(path, err)
		}
	}
	return nil
}

// open reads a file, but none twice.
func (r *reader) open(f *file) error {
	clean := filepath.Clean(f.name)
	if r.files[clean] {
		r.skipped(f.name, "named twice; it was read the first time", "name it once")
		return nil
	}
	r.files[clean] = true
	in, err := os.Open(f.name)
	if err != nil {
		return fmt.Errorf("%w; check its permissions", err)
	}
	return errors.Join(r.stream(f, in), in.Close())
}

// stream reads the documents of a stream, one at a time.
func (r *reader) stream(f *file, in io.Reader) error {
	buffered := bufio.NewReaderSize(in, bufferFor(in))
	if mark, _ := buffered.Peek(2); string(mark) == "\xfe\xff" || string(mark) == "\xff\xfe" { // an error comes again
		r.unreadable(place{f, 0, 0}, 1, 1, "the text is UTF-16", "save it as UTF-8", RuleUnreadable)
		return nil
	}
	s := newSplitter(buffered, r.opts.MaxDocument)
	for {
		c, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w; the documents before are read", f.name, s.line, err)
		}
		r.chunk(f, c)
	}
}

// bufferFor is how long the buffer of a reader should be: no longer than a text in memory.
func bufferFor(in io.Reader) int {
	if text, ok := in.(interface{ Len() int }); ok {
		return min(text.Len()+1, buffer)
	}
	return buffer
}

func (r *reader) unreadableFile(path string, err error) {
	r.set.Unreadable++
	r.set.Findings = append(r.set.Findings, ledger.Finding{
		Rule: RuleUnreadable, Severity: ledger.Error, Origin: ledger.New(ledger.Place{File: path}),
		Message: "can not be read: " + err.Error(), Action: "make it readable, or leave it out",
	})
}

func (r *reader) skipped(path, message, action string) {
	r.set.Findings = append(r.set.Findings, ledger.Finding{
		Rule: RuleSkipped, Severity: ledger.Warning, Origin: ledger.New(ledger.Place{File: path}), Message: message, Action: action,
	})
}

// maxShared bounds the table of shared strings: field paths and keys repeat, but a file
// may hold any number of different ones.
const maxShared = 1 << 15

// share is a string with these bytes, the same memory for the same bytes.
func (r *reader) share(text []byte) string {
	if s, ok := r.shared[string(text)]; ok {
		return s
	}
	s := string(text)
	if len(r.shared) < maxShared {
		r.shared[s] = s
	}
	return s
}
