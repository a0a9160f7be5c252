package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// maxPieces bounds the lines, commas and opening brackets of a document, and by that the
// memory of its nodes, before it is parsed.
const maxPieces = 2_000_000

// parsed is a document's root with the line that its line 1 stands on in the file, less one.
type parsed struct {
	root *yaml.Node // nil if err
	base int
	err  error
	line int // of the error in the file; 0 unknown
}

// parseChunk parses the documents of a chunk: one, but for line breaks that only YAML
// knows of (a lone CR, NEL, LS, PS) and for JSON objects put one after the other. Parsing
// stops at the first error, which is then the last element.
func parseChunk(text []byte, base int) []parsed {
	if n := pieces(text); n > maxPieces {
		return []parsed{{base: base, err: fmt.Errorf("the document has about %d parts; at most %d are read", n, maxPieces)}}
	}
	docs := parseYAML(text, base)
	if n := len(docs); n > 0 && docs[n-1].err != nil && isJSON(text) {
		if again, ok := parseJSON(text, base); ok {
			return again
		}
	}
	return docs
}

// pieces counts what begins a node or two; there are no more of them than bytes.
func pieces(text []byte) int {
	n := 0
	if len(text) <= maxPieces {
		return n
	}
	for _, sep := range []string{"\n", ",", "[", "{", "- ", "? "} {
		n += bytes.Count(text, []byte(sep))
	}
	return n
}

func parseYAML(text []byte, base int) []parsed {
	var docs []parsed
	d := yaml.NewDecoder(bytes.NewReader(text))
	for {
		root, err := decodeNode(d)
		if errors.Is(err, io.EOF) {
			return docs
		}
		line, problem := describe(err, base)
		if problem != nil {
			return []parsed{{base: base, err: problem, line: line}}
		}
		docs = append(docs, parsed{root: root, base: base})
	}
}

// decodeNode reads the next document. The parser is known to panic on some broken input;
// that is an error of the document, too.
func decodeNode(d *yaml.Decoder) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			root, err = nil, fmt.Errorf("yaml: the parser gave up: %v", p)
		}
	}()
	var doc yaml.Node
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return &doc, nil
	}
	return doc.Content[0], nil
}

var (
	lineInMessage = regexp.MustCompile(`^line (\d+): `)
	// The parser counts lines from 0, its scanner from 1; these are the parser's messages.
	fromParser = regexp.MustCompile(`^did not find expected (key|node|'-'|',' or|<)`)
)

// describe makes a parser's error ours: its line, 0 if unknown, counts from the file's
// start, and names of anchors are left out, since a value that begins with * may be a secret.
func describe(err error, base int) (line int, problem error) {
	if err == nil {
		return 0, nil
	}
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	m := lineInMessage.FindStringSubmatch(message)
	if m == nil {
		return 0, errors.New(withoutNames(message))
	}
	line, err = strconv.Atoi(m[1])
	if err != nil {
		return 0, errors.New(withoutNames(message))
	}
	message = message[len(m[0]):]
	if fromParser.MatchString(message) {
		line++
	}
	return line + base, fmt.Errorf("line %d: %s", line+base, withoutNames(message))
}

func withoutNames(message string) string {
	if strings.HasPrefix(message, "unknown anchor") {
		return "an alias (*name) refers to an anchor (&name) that is not there"
	}
	return message
}

func isJSON(text []byte) bool {
	text = bytes.TrimLeft(text, " \t\r\n")
	return len(text) > 0 && (text[0] == '{' || text[0] == '[')
}

// parseJSON reads a sequence of JSON values, for what YAML does not take of JSON. It
// returns false if the text is no JSON.
func parseJSON(text []byte, base int) ([]parsed, bool) {
	var docs []parsed
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		var value json.RawMessage
		err := d.Decode(&value)
		if errors.Is(err, io.EOF) {
			return docs, len(docs) > 0
		}
		if err != nil {
			return nil, false
		}
		start := int(d.InputOffset()) - len(value)
		at := base + bytes.Count(text[:start], []byte("\n"))
		docs = append(docs, parseYAML(asYAML(value), at)...)
	}
}

// asYAML rewrites what valid JSON has and the YAML parser refuses: "\/" and surrogate
// pairs in strings. Lines stay what they are.
func asYAML(value []byte) []byte {
	out := make([]byte, 0, len(value))
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' || i+1 >= len(value) {
			out = append(out, value[i])
			continue
		}
		i++
		switch {
		case value[i] == '/':
			out = append(out, '/')
		case value[i] == 'u':
			var r rune
			n := escape(value[i-1:], &r)
			out = fmt.Appendf(out, `\U%08X`, r)
			i += n - 2
		default:
			out = append(out, '\\', value[i])
		}
	}
	return out
}

// escape reads a \u escape, or a pair of surrogates, and returns its length.
func escape(text []byte, r *rune) int {
	for _, n := range []int{12, 6} {
		var s string
		if len(text) < n || (n == 12 && (text[6] != '\\' || text[7] != 'u')) {
			continue
		}
		quoted := append(append([]byte{'"'}, text[:n]...), '"')
		if json.Unmarshal(quoted, &s) != nil {
			continue
		}
		if rs := []rune(s); len(rs) == 1 {
			*r = rs[0]
			return n
		}
	}
	*r = '\ufffd'
	return 6
}
