package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
)

// swapped is a mounted ConfigMap: a link leads to the directory with the files of one state,
// and is replaced at once by one to the next. The route is the first of its files and the
// Service the last.
type swapped struct {
	versions
	edge *edge
	apps [2]string
	at   string
}

func newSwapped(e *edge, apps [2]string) *swapped {
	c := &swapped{edge: e, apps: apps, at: "mounted"}
	e.must(os.MkdirAll(e.path(c.at), 0o700))
	for _, key := range []string{"a.yaml", "z.yaml"} {
		e.must(os.Symlink(filepath.Join("..data", key), filepath.Join(e.path(c.at), key)))
	}
	return c
}

func (c *swapped) change() {
	n := c.next()
	state := fmt.Sprintf("..2024_%d", n)
	c.edge.put(c.at+"/"+state+"/a.yaml", new(objects).proxy("swap/root", route("swap.test", n)).String())
	c.edge.put(c.at+"/"+state+"/z.yaml", new(objects).service(fmt.Sprint("swap/app-", n%2), c.apps[n%2]).String())
	data, next := filepath.Join(c.edge.path(c.at), "..data"), filepath.Join(c.edge.path(c.at), "..data_tmp")
	c.edge.must(os.Symlink(state, next))
	c.edge.must(os.Rename(next, data))
	if n > 1 {
		c.edge.must(os.RemoveAll(filepath.Join(c.edge.path(c.at), fmt.Sprintf("..2024_%d", n-1))))
	}
}

func (c *swapped) load() []load {
	return []load{{url: "http://swap.test/app/x", clients: 2, every: pace, begin: c.judge}}
}
