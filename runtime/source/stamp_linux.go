package source

import (
	"io/fs"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stamp tells whether a file is the one that was read. The time of the last change of its
// inode is part of it, which, unlike the time of the last write, no tool sets. The zero
// stamp is that of no file.
type stamp struct {
	dev, ino       uint64
	size           int64
	written, inode syscall.Timespec
	calm           bool // the file was not changed shortly before
}

// stampOf is the stamp of a file that is read at a time. A file that changed shortly before
// may change again without getting another time: its stamp is never equal.
func stampOf(info fs.FileInfo, now time.Time) stamp {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return stamp{}
	}
	age := now.Sub(time.Unix(st.Ctim.Unix()))
	return stamp{uint64(st.Dev), st.Ino, st.Size, st.Mtim, st.Ctim, age > coarse}
}

// shorter says whether a file is the same as before, with less in it.
func (st stamp) shorter(before stamp) bool {
	return st.dev == before.dev && st.ino == before.ino && st.size < before.size
}

// identity tells directories apart that had the same path at different times. The time of
// birth is part of it, since numbers of inodes are used again; it is zero where the file
// system knows none.
type identity struct {
	dev, ino uint64
	born     unix.StatxTimestamp
}

func identityOf(path string, info fs.FileInfo) identity {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}
	}
	id := identity{dev: uint64(st.Dev), ino: st.Ino}
	var x unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, path, 0, unix.STATX_BTIME, &x); err == nil {
		id.born = x.Btime
	}
	return id
}
