package cli

import (
	"bufio"
	"fmt"
	"io"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/cmd/internal/report"
	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// formats are the values of -o for objects.
func formats() []string { return []string{"yaml", "json", "name"} }

// printObjects writes objects in a format.
func printObjects(w io.Writer, format string, objects []httpproxy.Object) error {
	if len(objects) > 0 && objects[0].Data != nil {
		return printDocuments(w, objects)
	}
	values := make([]any, len(objects))
	for i, o := range objects {
		values[i] = o.Value
	}
	switch format {
	case "json":
		return emit.JSON(w, values)
	case "name":
		return emit.Names(w, values)
	}
	return emit.YAML(w, values)
}

// printDocuments writes objects that are YAML documents already.
func printDocuments(w io.Writer, objects []httpproxy.Object) error {
	out := bufio.NewWriter(w)
	for i, o := range objects {
		if i > 0 {
			out.WriteString("---\n")
		}
		out.Write(o.Data)
	}
	return out.Flush() // a failed write stays with the writer
}

// printFindings tells people what was found. An error stream that can't be written has
// nobody to tell.
func printFindings(w io.Writer, fs []ledger.Finding) { _ = report.Findings(w, fs) }

// note writes a line to people.
func note(w io.Writer, format string, args ...any) { fmt.Fprintf(w, "note: "+format+"\n", args...) }

func count(n int, thing string) string { return report.Number(n, thing) }
