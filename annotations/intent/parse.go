package intent

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Parse reads what Model.String printed. Errors name the line, from 1.
func Parse(text string) (Model, error) {
	var m Model
	p := parser{lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	if err := p.block(reflect.ValueOf(&m).Elem(), "model", 0); err != nil {
		return Model{}, fmt.Errorf("line %d: %w", p.next, err)
	}
	if p.next < len(p.lines) {
		return Model{}, fmt.Errorf("line %d: %q does not belong to the model", p.next+1, p.lines[p.next])
	}
	return m, nil
}

type parser struct {
	lines []string
	next  int
}

// depth is the indentation of the next line, or -1 at the end.
func (p *parser) depth() int {
	if p.next >= len(p.lines) {
		return -1
	}
	line := p.lines[p.next]
	return len(line) - len(strings.TrimLeft(line, "\t"))
}

// block reads the line of a struct and the lines nested below it.
func (p *parser) block(v reflect.Value, name string, depth int) error {
	if p.depth() != depth {
		return fmt.Errorf("want %s at depth %d", name, depth)
	}
	words, err := splitWords(p.lines[p.next][depth:])
	p.next++
	if err != nil {
		return err
	}
	if words[0].name != name {
		return fmt.Errorf("want %s, have %s", name, words[0].name)
	}
	for _, w := range words[1:] {
		if err := setWord(v, w); err != nil {
			return err
		}
	}
	for p.depth() == depth+1 {
		child, _, _ := strings.Cut(p.lines[p.next][depth+1:], " ")
		to, err := target(v, child)
		if err != nil {
			p.next++
			return err
		}
		if err := p.block(to, child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// target is the settable value for a field's name: a new element of a slice, a new value
// of a pointer, or the field.
func target(v reflect.Value, name string) (reflect.Value, error) {
	for _, f := range fieldsOf(v.Type()) {
		if f.name != name {
			continue
		}
		to := v.Field(f.index)
		switch to.Kind() {
		case reflect.Slice:
			to.Set(reflect.Append(to, reflect.Zero(to.Type().Elem())))
			return to.Index(to.Len() - 1), nil
		case reflect.Pointer:
			to.Set(reflect.New(to.Type().Elem()))
			return to.Elem(), nil
		}
		return to, nil
	}
	return reflect.Value{}, fmt.Errorf("%s has no %q", strings.ToLower(v.Type().Name()), name)
}

type word struct {
	name, value string
	hasValue    bool
}

func setWord(v reflect.Value, w word) error {
	to, err := target(v, w.name)
	if err != nil {
		return err
	}
	if u, ok := to.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(w.value))
	}
	switch to.Kind() {
	case reflect.String:
		to.SetString(w.value)
	case reflect.Bool:
		if w.hasValue {
			return fmt.Errorf("%s takes no value: it is there or not", w.name)
		}
		to.SetBool(true)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(w.value, 10, 64)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		to.SetInt(n)
	case reflect.Uint8:
		n, err := strconv.ParseUint(w.value, 10, 8)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		to.SetUint(n)
	default:
		return fmt.Errorf("%s is a block, not a word", w.name)
	}
	return nil
}

// splitWords splits `name attr=plain attr="quoted"`; the line's name is the first word.
func splitWords(line string) ([]word, error) {
	var words []word
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		end := strings.IndexAny(line, " =")
		if end < 0 {
			return append(words, word{name: line}), nil
		}
		w := word{name: line[:end], hasValue: line[end] == '='}
		line = line[end:]
		if w.hasValue {
			var err error
			if w.value, line, err = splitValue(line[1:]); err != nil {
				return nil, fmt.Errorf("%s: %w", w.name, err)
			}
		}
		words = append(words, w)
	}
	if len(words) == 0 {
		return nil, errors.New("empty line")
	}
	return words, nil
}

func splitValue(s string) (value, rest string, err error) {
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, " ")
		return value, rest, nil
	}
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", "", fmt.Errorf("unfinished string %s", s)
	}
	value, err = strconv.Unquote(quoted)
	return value, s[len(quoted):], err
}
