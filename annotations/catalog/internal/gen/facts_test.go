package gen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/split-ingress/split-ingress/annotations/sharedtest"
)

// TestDataIsCurrent holds the embedded files against the tables they are made of.
func TestDataIsCurrent(t *testing.T) {
	tables := sharedtest.Path(t, "spec", "annotations")
	want, err := Generate(tables)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"keys.tsv": want.Keys, "removed.tsv": want.Removed} {
		got, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(data), string(got)); diff != "" {
			t.Errorf("%s is not current; run go generate in annotations/catalog:\n%s", name, diff)
		}
	}
}

func TestGenerate(t *testing.T) {
	dir := tables(t, map[string]string{
		"INDEX": "one\t3\tsource\ntwo\t1\tsource\n",
		"one": "# source\n#key\tscope\na.io/plain\tingress\na.io/of.${name}\tingress\n" +
			"a.io/<service>.x\tingress\na.io/global\tGlobal\na.io/map\tconfigmap\na.io/both\tconfigmap,ingress\n",
		"two": "b.io/star-*\tingress\r\nhigress.io/match-query\tingress\n",
		removedTable: "n.io/a\tingress\t-\tremoved\nn.io/b\tingress\t-\tBOGUS-never-existed-use-c\n" +
			"n.io/d\tingress\t-\tBOGUS-is-o.io\nn.io/e\tingress\t-\tBOGUS-configmap-only\nn.io/f\tingress\t-\tremoved-use-proxy-ssl\n",
	})
	got, err := Generate(dir)
	if err != nil {
		t.Fatal(err)
	}
	keys := "one\ta.io/*\none\ta.io/both\none\ta.io/of.*\none\ta.io/plain\ntwo\tb.io/star-*\ntwo\thigress.io/match-query-*\n"
	if diff := cmp.Diff(keys, string(got.Keys)); diff != "" {
		t.Error(diff)
	}
	removed := "n.io/a\tremoved\t\nn.io/b\tbogus\tn.io/c\nn.io/d\tbogus\to.io/d\nn.io/e\tconfigmap\t\nn.io/f\tremoved\tn.io/proxy-ssl-secret\n"
	if diff := cmp.Diff(removed, string(got.Removed)); diff != "" {
		t.Error(diff)
	}
}

func TestGenerateErrors(t *testing.T) {
	tests := []struct {
		files map[string]string
		want  string
	}{
		{map[string]string{}, "INDEX"},
		{map[string]string{"INDEX": "one\t1\n"}, "table one"},
		{map[string]string{"INDEX": "one\t1\n", "one": "key only\n"}, "one.tsv:1"},
		{map[string]string{"INDEX": "one\t1\n", "one": "a.io/x\tingress\n"}, removedTable},
		{map[string]string{"INDEX": "", removedTable: "a.io/x\tingress\t-\tgone\n"}, `unknown status "gone"`},
	}
	for _, tt := range tests {
		if _, err := Generate(tables(t, tt.files)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: error %v, want one with %q", tt.files, err, tt.want)
		}
	}
}

func tables(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name+".tsv"), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
