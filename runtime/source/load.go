package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

const (
	coarse   = 2 * time.Second // the longest that a file's times lag behind
	attempts = 3               // to read a file that changes meanwhile
)

// read brings a file up to date, if it may have changed. With patience, one that seems to be
// unfinished and is younger than that is left for later.
func (s *Source) read(f *file, patience time.Duration) {
	s.refresh(f, patience)
	delete(s.wrong, f)
	if s.files[f.path] == f && (f.fault != "" || len(f.noted) > 0) {
		s.wrong[f] = true
	}
}

func (s *Source) refresh(f *file, patience time.Duration) {
	now := time.Now()
	info, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) && !f.link { // it vanished since it was found
		s.drop(f)
		return
	}
	if err != nil {
		f.fault = unreadable(err)
		return
	}
	if !info.Mode().IsRegular() { // opening it may wait, or do something
		f.fault = unreadable(errors.New("no regular file"))
		return
	}
	st := stampOf(info, now)
	if st.calm && st == f.stamp {
		return
	}
	f.stamp = stamp{}
	text, err := s.load(f.path)
	switch {
	case err != nil:
		f.fault = unreadable(err)
		return
	case len(text) == 0 && f.holds():
		f.fault = "the file is empty, its objects stay as they were; remove the file, or leave a comment in it, to withdraw them"
		return
	case f.half(text, st) && f.waits(now, now.Sub(info.ModTime()), patience):
		s.pending = append(s.pending, f.path)
		return
	}
	f.wait = time.Time{}
	f.fault = garbage(text)
	if f.fault == "" {
		s.update(f, text)
	}
	f.stamp, f.whole = st, st
}

// half says whether a text may be the first part of one: its last line does not end, or it
// is shorter than what the same file held before.
func (f *file) half(text []byte, st stamp) bool {
	return len(text) > 0 && (st.shorter(f.whole) || !bytes.HasSuffix(text, []byte("\n")))
}

// waits says whether half a text that was written that long ago is worth waiting for. The
// wait as a whole is bounded, too.
func (f *file) waits(now time.Time, age, patience time.Duration) bool {
	if age.Abs() >= patience {
		return false
	}
	if f.wait.IsZero() {
		f.wait = now
	}
	return now.Sub(f.wait) < waitMost*patience
}

func unreadable(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return "can not be read: " + err.Error() + "; make it readable, or remove it"
}

// garbage says why a text can not be YAML.
func garbage(text []byte) string {
	switch {
	case bytes.HasPrefix(text, []byte("\xfe\xff")), bytes.HasPrefix(text, []byte("\xff\xfe")):
		return "the text is UTF-16; save it as UTF-8"
	case bytes.IndexByte(text, 0) >= 0:
		return "no text: it has zero bytes; write YAML or JSON"
	}
	return ""
}

// load reads a file whole; the text is valid until the next call. It does not wait for a
// file that is no regular one, and begins again if the file changes meanwhile.
func (s *Source) load(path string) (text []byte, err error) {
	in, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	for range attempts {
		info, err := in.Stat()
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, errors.New("no regular file")
		}
		if info.Size() > s.opts.MaxFile {
			return nil, fmt.Errorf("it has %d bytes, at most %d are read", info.Size(), s.opts.MaxFile)
		}
		if text, err = s.whole(in, info.Size()); err != nil {
			return nil, err
		}
		if after, err := in.Stat(); err != nil || int64(len(text)) == after.Size() && after.ModTime().Equal(info.ModTime()) {
			return text, err
		}
	}
	return text, nil // whoever writes it so often will write again, and be noticed
}

// whole reads a file of about the given size, up to the limit, into the buffer of the source.
func (s *Source) whole(in *os.File, size int64) ([]byte, error) {
	if int64(cap(s.buf)) < size+1 {
		s.buf = make([]byte, size+size/8+512)
	}
	buf := s.buf[:cap(s.buf)]
	n := 0
	for {
		if n == len(buf) {
			buf = append(buf, make([]byte, len(buf))...)
			s.buf = buf
		}
		m, err := in.ReadAt(buf[n:], int64(n))
		n += m
		switch {
		case errors.Is(err, io.EOF):
			return buf[:n], nil
		case err != nil:
			return nil, err
		case int64(n) > s.opts.MaxFile:
			return nil, fmt.Errorf("it has more than %d bytes, which are the most that are read", s.opts.MaxFile)
		}
	}
}
