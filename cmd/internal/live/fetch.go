package live

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"unicode/utf8"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
)

const (
	pageSize    = 500 // objects that are listed at a time
	atOnce      = 8   // requests
	lastApplied = "kubectl.kubernetes.io/last-applied-configuration"
)

// document is an object as a document for manifest.Read.
type document struct {
	namespace, name string
	json            []byte
}

// at are the objects of a resource in a namespace, or in all.
func (r *reading) at(res resource, namespace string) dynamic.ResourceInterface {
	client := r.cluster.client.Resource(res.gvr())
	if namespace == "" {
		return client
	}
	return client.Namespace(namespace)
}

// errLoop is a server that pages forever.
var errLoop = errors.New("the server answers with the same page again and again")

// list lists objects page by page. If the server forgets what the pages are of (410), all is
// listed again, at once.
func (r *reading) list(res resource, namespace, selector string) ([]document, error) {
	opts := metav1.ListOptions{Limit: pageSize, LabelSelector: selector}
	var docs []document
	for {
		page, err := r.at(res, namespace).List(r.ctx, opts)
		if apierrors.IsResourceExpired(err) && opts.Continue != "" {
			opts.Continue, opts.Limit, docs = "", 0, nil
			continue
		}
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			d, err := encode(&page.Items[i])
			if err != nil {
				return nil, err
			}
			docs = append(docs, d)
		}
		switch next := page.GetContinue(); next {
		case "":
			return docs, nil
		case opts.Continue:
			return nil, errLoop
		default:
			opts.Continue = next
		}
	}
}

func (r *reading) get(res resource, namespace, name string) (document, error) {
	object, err := r.at(res, namespace).Get(r.ctx, name, metav1.GetOptions{})
	if err != nil {
		return document{}, err
	}
	return encode(object)
}

// encode writes an object without what nobody looks at, and without what nobody may see: the
// last applied configuration, and the values of a Secret but for its certificate.
func encode(object *unstructured.Unstructured) (document, error) {
	unstructured.RemoveNestedField(object.Object, "metadata", "managedFields")
	if notes := object.GetAnnotations(); notes[lastApplied] != "" {
		notes[lastApplied] = ""
		object.SetAnnotations(notes)
	}
	if object.GetKind() == secrets.kind {
		empty(object.Object["data"], "tls.crt")
		empty(object.Object["stringData"], "tls.crt")
	}
	text, err := json.Marshal(object.Object)
	return document{object.GetNamespace(), object.GetName(), printable(text)}, err
}

// empty empties the values of a mapping but one.
func empty(data any, but string) {
	values, _ := data.(map[string]any)
	for key := range values {
		if key != but {
			values[key] = ""
		}
	}
}

// printable writes the characters that YAML takes for line breaks, or refuses, as escapes.
// They stand inside of strings only.
func printable(text []byte) []byte {
	odd := func(r rune) bool { return r >= 0x7f && r < 0xa0 || r == 0xfeff || r == 0xfffe || r == 0xffff }
	if !bytes.ContainsFunc(text, odd) {
		return text
	}
	var out strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if odd(r) {
			out.WriteString(`\u` + string([]byte{hex(r >> 12), hex(r >> 8), hex(r >> 4), hex(r)}))
		} else {
			out.Write(text[:n])
		}
		text = text[n:]
	}
	return []byte(out.String())
}

func hex(r rune) byte { return "0123456789abcdef"[r&15] }

// result is what a request came to.
type result[T any] struct {
	value T
	err   error
}

// parallel calls f for all arguments, some at a time, and returns the results in their order.
func parallel[A, T any](args []A, f func(A) (T, error)) []result[T] {
	results := make([]result[T], len(args))
	slots := make(chan struct{}, atOnce)
	var group sync.WaitGroup
	for i, a := range args {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			results[i].value, results[i].err = f(a)
		})
	}
	group.Wait()
	return results
}
