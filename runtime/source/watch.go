package source

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Watch reads what changes and hands it to apply, one Change at a time, until the context
// ends; then it returns nil. It begins with what changed since the last Change. Changes that
// come at once are one Change. An error means that the system gives no notice of changes,
// and that Options.Poll is 0, or that another Watch runs.
//
// It notices what happens to the files, to their directories, to the links on the way, and
// to the last directory above the paths given. What happens farther up, and file systems
// that are mounted or unmounted, only Poll and Wake find.
func (s *Source) Watch(ctx context.Context, apply func(Change)) error {
	select {
	case <-s.alone:
		defer func() { s.alone <- struct{}{} }()
	default:
		return errors.New("the files are watched already; end that Watch first")
	}
	v := &vigil{s: s, watched: map[string]bool{}, dirty: map[string]dir{}, all: true}
	notify, err := fsnotify.NewWatcher()
	if err != nil && s.opts.Poll == 0 {
		return fmt.Errorf("changes of files can not be noticed: %w; raise fs.inotify.max_user_instances, or poll", err)
	}
	if err != nil {
		notify = &fsnotify.Watcher{} // its channels never have anything
	} else {
		v.notify, v.marks = notify, newMarks(notify)
	}
	err = v.run(ctx, notify, apply)
	if v.notify != nil {
		err = errors.Join(err, notify.Close(), v.marks.close())
	}
	return err
}

// vigil is one Watch.
type vigil struct {
	s       *Source
	notify  *fsnotify.Watcher // nil: there are no notices
	watched map[string]bool   // directories, by their real paths
	all     bool              // everything must be looked at
	dirty   map[string]dir    // else these paths, with the directories that list them
	first   time.Time         // when the first notice came that was not acted on
	marks   *marks            // nil: there are no notices
	doubt   bool              // what was read last may be of several states
}

func (v *vigil) run(ctx context.Context, notify *fsnotify.Watcher, apply func(Change)) error {
	var poll <-chan time.Time
	if v.s.opts.Poll > 0 {
		ticker := time.NewTicker(v.s.opts.Poll)
		defer ticker.Stop()
		poll = ticker.C
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, ok := <-notify.Events:
			if !ok {
				return errors.New("notices of changes have ended; watch again")
			}
			switch {
			case v.marks.reached(e):
				v.sure(timer)
			case v.notice(e.Name) && !v.doubt:
				v.settle(timer)
			}
		case _, ok := <-notify.Errors: // too many notices, and what else may have been missed
			if !ok {
				return errors.New("notices of changes have ended; watch again")
			}
			v.all = true
			v.settle(timer)
		case <-poll:
			v.all = true
			timer.Reset(0)
		case <-v.s.wake:
			v.all = true
			timer.Reset(0)
		case <-timer.C:
			v.turn(timer, apply)
		}
	}
}

// settle puts off the next look until there is quiet, but not for ever.
func (v *vigil) settle(timer *time.Timer) {
	now := time.Now()
	if v.first.IsZero() {
		v.first = now
	}
	timer.Reset(min(v.s.opts.Settle, v.first.Add(settleMost*v.s.opts.Settle).Sub(now)))
}

// turn reads what may have changed, or hands over what was read. Files are read one after
// the other, and those read first may have changed before those read last: so it waits for
// the notices of all that happened meanwhile, and reads again if there are any. Who writes
// without a pause has it handed over nevertheless.
func (v *vigil) turn(timer *time.Timer, apply func(Change)) {
	if v.all || len(v.dirty) > 0 {
		if v.first.IsZero() {
			v.first = time.Now()
		}
		v.look()
		v.doubt = true
		if time.Since(v.first) < doubtMost*v.s.opts.Settle {
			wait := v.s.opts.Settle // without a mark, the time has to do
			if v.marks.next() {
				wait *= doubtMost / 10 // its notice comes sooner
			}
			timer.Reset(wait)
			return
		}
	}
	v.doubt, v.first = false, time.Time{}
	v.hand(apply)
	v.again(timer)
}

// sure goes on when all notices of what happened until the last look have come.
func (v *vigil) sure(timer *time.Timer) {
	v.doubt = false
	if v.all || len(v.dirty) > 0 {
		v.settle(timer)
	} else {
		timer.Reset(0)
	}
}

// again sets the timer for files that seemed to be unfinished.
func (v *vigil) again(timer *time.Timer) {
	timer.Stop()
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	if len(v.s.pending) == 0 {
		return
	}
	for _, path := range v.s.pending {
		if f := v.s.files[path]; f == nil || f.link || !v.later(path) {
			v.all = true
		}
	}
	v.s.pending = nil
	timer.Reset(unfinished * v.s.opts.Settle)
}

// later has a path looked at that is in a directory that is listed.
func (v *vigil) later(path string) bool {
	for _, d := range v.s.tree.lists {
		if d.path == filepath.Dir(path) {
			v.dirty[path] = d
			return true
		}
	}
	return false
}

// notice takes in that something happened at a path, and says whether it matters.
func (v *vigil) notice(path string) bool {
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	at, name := filepath.Dir(path), filepath.Base(path)
	if v.watched[path] || v.s.tree.signs[at][name] {
		v.all = true
		return true
	}
	d, ok := v.s.tree.lists[at]
	if !ok || hidden(name) {
		return false
	}
	v.dirty[filepath.Join(d.path, name)] = d
	return true
}

// look reads what may have changed.
func (v *vigil) look() {
	v.s.mu.Lock()
	defer v.s.mu.Unlock()
	patience := unfinished * v.s.opts.Settle
	for _, path := range slices.Sorted(maps.Keys(v.dirty)) {
		v.all = v.all || !v.s.glance(v.dirty[path], path, patience)
	}
	if v.all {
		v.s.scan(v.watch, patience)
		v.prune()
	}
	v.all = false
	clear(v.dirty)
}

// hand tells of what was read.
func (v *vigil) hand(apply func(Change)) {
	v.s.mu.Lock()
	change, news := v.s.change()
	v.s.mu.Unlock()
	if news {
		apply(change)
	}
}

// watch asks for notices of what happens in a directory. One that is watched already is
// asked for again: it may be another directory of the same path.
func (v *vigil) watch(dir string) error {
	if v.notify == nil {
		return nil
	}
	err := v.notify.Add(dir)
	v.watched[dir] = err == nil
	return err
}

// prune ends the watch over directories that do not matter any more. That the system knows
// none of a directory is as good.
func (v *vigil) prune() {
	for dir := range v.watched {
		_, listed := v.s.tree.lists[dir]
		if !listed && v.s.tree.signs[dir] == nil {
			_ = v.notify.Remove(dir)
			delete(v.watched, dir)
		}
	}
}
