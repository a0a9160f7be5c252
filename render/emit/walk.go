package emit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// printer receives a value as a series of calls: each value is one scalar, or an opening,
// its keys or items each followed by a value, and the closing.
type printer interface {
	openMap()
	key(name string, plain bool) // plain: known to need no quotes in YAML
	closeMap()
	openList()
	item()
	closeList()
	text(s string)
	integer(i int64)
	natural(u uint64)
	bare(s string) // true, false, null or a number
}

// walker takes a value apart. It remembers the first error and goes on, since what has
// been printed is then thrown away.
type walker struct {
	out  printer
	err  error
	keys []string // of the map of texts at hand
}

func write(out printer, v reflect.Value) error {
	w := walker{out: out}
	w.value(planOf(v.Type()), v)
	return w.err
}

func (w *walker) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *walker) value(p *plan, v reflect.Value) {
	switch p.shape {
	case textShape:
		w.text(v.String())
	case structShape:
		w.fields(p, v)
	case listShape:
		w.list(p, v)
	case mapShape:
		w.entries(p, v)
	case refShape:
		w.referred(p, v)
	case boolShape:
		w.out.bare(strconv.FormatBool(v.Bool()))
	case intShape:
		w.out.integer(v.Int())
	case uintShape:
		w.out.natural(v.Uint())
	case ownShape:
		w.own(ownForm(p, v))
	default:
		w.fail(fmt.Errorf("type %s can't be written", v.Type()))
	}
}

func (w *walker) text(s string) {
	if !utf8.ValidString(s) {
		w.fail(fmt.Errorf("%q is not UTF-8", s))
	}
	w.out.text(s)
}

func (w *walker) fields(p *plan, v reflect.Value) {
	w.out.openMap()
	for i := range p.fields {
		f := &p.fields[i]
		fv, ok := f.at(v)
		if !ok || f.absent(fv) {
			continue
		}
		if f.plan.shape == ownShape {
			w.ownField(f, fv)
			continue
		}
		w.out.key(f.name, f.plain)
		w.value(f.plan, fv)
	}
	w.out.closeMap()
}

// ownField writes a field whose type has its own form, unless that is null.
func (w *walker) ownField(f *field, v reflect.Value) {
	raw, err := ownForm(f.plan, v)
	if err == nil && string(raw) == "null" {
		return
	}
	w.out.key(f.name, f.plain)
	w.own(raw, err)
}

func (w *walker) list(p *plan, v reflect.Value) {
	if isNull(v) {
		w.out.bare("null")
		return
	}
	w.out.openList()
	for i := range v.Len() {
		w.out.item()
		w.value(p.elem, v.Index(i))
	}
	w.out.closeList()
}

func (w *walker) entries(p *plan, v reflect.Value) {
	if v.IsNil() {
		w.out.bare("null")
		return
	}
	if texts, ok := v.Interface().(map[string]string); ok { // labels and annotations
		w.texts(texts)
		return
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	w.out.openMap()
	for _, k := range keys {
		if !utf8.ValidString(k.String()) {
			w.fail(fmt.Errorf("key %q is not UTF-8", k.String()))
		}
		w.out.key(k.String(), false)
		w.value(p.elem, v.MapIndex(k))
	}
	w.out.closeMap()
}

// texts is entries for a map of texts, which is the most frequent one.
func (w *walker) texts(m map[string]string) {
	w.keys = slices.AppendSeq(w.keys[:0], maps.Keys(m))
	slices.Sort(w.keys)
	w.out.openMap()
	for _, k := range w.keys {
		if !utf8.ValidString(k) {
			w.fail(fmt.Errorf("key %q is not UTF-8", k))
		}
		w.out.key(k, false)
		w.text(m[k])
	}
	w.out.closeMap()
}

func (w *walker) referred(p *plan, v reflect.Value) {
	switch {
	case v.IsNil():
		w.out.bare("null")
	case p.elem != nil:
		w.value(p.elem, v.Elem())
	default:
		w.value(planOf(v.Elem().Type()), v.Elem())
	}
}

// ownForm is the JSON of a value whose type defines it.
func ownForm(p *plan, v reflect.Value) ([]byte, error) {
	if !p.pointer {
		return json.Marshal(v.Interface())
	}
	if !v.CanAddr() {
		c := reflect.New(v.Type())
		c.Elem().Set(v)
		v = c.Elem()
	}
	return json.Marshal(v.Addr().Interface())
}

// own writes JSON with its keys in the order in which they stand.
func (w *walker) own(raw []byte, err error) {
	if err != nil {
		w.fail(err)
		return
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	w.token(d)
}

func (w *walker) token(d *json.Decoder) {
	t, err := d.Token()
	if err != nil {
		w.fail(err)
		return
	}
	switch t := t.(type) {
	case nil:
		w.out.bare("null")
	case bool:
		w.out.bare(strconv.FormatBool(t))
	case string:
		w.text(t)
	case json.Number:
		w.out.bare(t.String())
	case json.Delim:
		w.nested(t, d)
	}
}

func (w *walker) nested(open json.Delim, d *json.Decoder) {
	if open == '[' {
		w.out.openList()
		for w.err == nil && d.More() {
			w.out.item()
			w.token(d)
		}
		w.out.closeList()
	} else {
		w.out.openMap()
		for w.err == nil && d.More() {
			name, err := d.Token()
			if err != nil {
				w.fail(err)
				return
			}
			w.out.key(name.(string), false)
			w.token(d)
		}
		w.out.closeMap()
	}
	if _, err := d.Token(); err != nil {
		w.fail(err)
	}
}
