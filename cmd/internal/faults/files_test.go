package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// two are two hosts, each in a file of its own.
func two(t *testing.T) map[string]string {
	host := func(name string) string {
		return new(objects).service(name+"/app", echo(t, name)).
			proxy(name+"/root", fmt.Sprintf("virtualhost: {fqdn: %s.test}\nroutes: [{services: [{name: app, port: 80}]}]", name)).String()
	}
	return map[string]string{"d/one.yaml": host("one"), "d/two.yaml": host("two")}
}

// TestFilesVanish: a file that goes takes its own host along and nothing else; it is served
// again when it is back.
func TestFilesVanish(t *testing.T) {
	files := two(t)
	e := newEdge(t, files)
	crowd := e.visited(
		load{url: "http://two.test/x", clients: 2, begin: always("200 two /x")},
		load{url: "http://one.test/x", clients: 2, begin: always("200 one /x", "404")},
	)
	for range 3 {
		e.remove("d/one.yaml")
		e.until("http://one.test/x", "404")
		e.put("d/one.yaml", files["d/one.yaml"])
		e.until("http://one.test/x", "200")
		e.must(os.Rename(e.path("d/one.yaml"), e.path("one.bak")))
		e.until("http://one.test/x", "404")
		e.must(os.Rename(e.path("one.bak"), e.path("d/one.yaml")))
		e.until("http://one.test/x", "200")
	}
	crowd.more()
	crowd.right()
}

// TestDirectoryVanishes: while the directory that is served is gone, or another, empty one
// is in its place, everything goes on as it was.
func TestDirectoryVanishes(t *testing.T) {
	e := newEdge(t, two(t))
	crowd := e.visited(neither()...)
	away := e.dir + "-away"
	e.must(os.Rename(e.dir, away))
	e.reported("stays as it was")
	crowd.more()
	e.must(os.Mkdir(e.dir, 0o700))
	e.await("the empty directory is seen", func() bool { return strings.Contains(e.findings(), "another directory") })
	crowd.more()
	e.must(os.Remove(e.dir))
	e.must(os.Rename(away, e.dir))
	e.await("nothing is wrong", func() bool { return !strings.Contains(e.findings(), "[") })
	crowd.more()
	crowd.right()
	e.remove("d/one.yaml")
	e.until("http://one.test/x", "404")
}

// neither are loads of two hosts that must not notice anything.
func neither() []load {
	return []load{
		{url: "http://one.test/x", clients: 2, begin: always("200 one /x")},
		{url: "http://two.test/x", clients: 2, begin: always("200 two /x")},
	}
}

// TestHalfWritten rewrites a file in its place, piece by piece: wherever the first piece ends,
// nobody sees a half.
func TestHalfWritten(t *testing.T) {
	files := two(t)
	e := newEdge(t, files)
	crowd := e.visited(neither()...)
	text := files["d/one.yaml"]
	for _, n := range []int{0, 1, 3, 4, 20, strings.Index(text, "kind: EndpointSlice"), strings.Index(text, "---\napiVersion: projectcontour"),
		strings.LastIndex(text, "spec:"), strings.LastIndex(text, "routes"), len(text) - 8, len(text) - 1} {
		f, err := os.OpenFile(e.path("d/one.yaml"), os.O_WRONLY|os.O_TRUNC, 0)
		e.must(err)
		for _, piece := range []string{text[:n], text[n:]} {
			_, err = f.WriteString(piece)
			e.must(err)
			time.Sleep(15 * time.Millisecond) // longer than a rewrite is waited for, shorter than half a text
		}
		e.must(f.Close())
	}
	crowd.more()
	crowd.right()
}

// TestGarbageInFiles: whatever else comes to lie in the directory, what was served goes on.
func TestGarbageInFiles(t *testing.T) {
	files := two(t)
	e := newEdge(t, files)
	crowd := e.visited(neither()...)
	for name, text := range map[string]string{
		"d/binary.yaml": "\x00\xff", "d/long.yaml": strings.Repeat("a: [", 10_000), "d/json.json": `{"kind": `, "d/list.yaml": "- 1\n- 2\n",
		"d/nothing.yaml": "", "d/alias.yaml": "a: &a [*a]\n", "d/unknown.yaml": "apiVersion: v1\nkind: Unknown\nmetadata: {name: x}\n",
		// It is the same object as that of another file, which comes first.
		"d/zz.yaml": strings.Replace(files["d/one.yaml"], "one.test", "two.test", 1),
	} {
		e.put(name, text)
	}
	e.must(os.Symlink("nowhere", e.path("d/link.yaml")))
	e.must(os.Symlink("..", e.path("d/up")))
	e.must(os.MkdirAll(e.path("d/dir.yaml"), 0o700))
	e.reported("d/link.yaml")
	e.reported("d/binary.yaml")
	e.reported("d/zz.yaml")
	crowd.more()
	e.must(os.Remove(e.path("d/link.yaml")))
	for _, name := range []string{"binary", "zz", "long"} {
		e.must(os.Remove(filepath.Join(e.dir, "d", name+".yaml")))
	}
	e.await("they are forgotten", func() bool { return !strings.Contains(e.findings(), "d/zz.yaml") })
	crowd.more()
	crowd.right()
}
