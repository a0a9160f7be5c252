package intent

import (
	"fmt"
	"reflect"
	"strings"

	"pgregory.net/rapid"

	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// odd are texts that a printed form stumbles over first.
var odd = []string{
	"", " ", "a b", "=", "a=b", `"`, `\`, `\"`, "\t", "\n", "a\nb", "\r", "model", "host name=x", "{", "}", "{{", "|", `\p`,
	"\x00", "\xff", "\u00a0", "\u2028", "\U0010ffff", "é", "-1", "0", "true", "prefix /", "~^a$", "*.h", "'", "`", "#", ":",
}

func genText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(odd), rapid.String(), rapid.StringMatching(`/[a-z]{0,4}`))
}

// genName makes names of headers, arguments and cookies, which hold no blank.
func genName() *rapid.Generator[string] {
	return rapid.Map(genText(), func(s string) string { return strings.ReplaceAll(s, " ", "_") })
}

// genModel makes any model: every field of every type below it, set or not.
func genModel() *rapid.Generator[Model] {
	return rapid.Custom(func(t *rapid.T) Model {
		var m Model
		fill(t, reflect.ValueOf(&m).Elem(), "model")
		return m
	})
}

// fill sets a value and all that lies below it.
func fill(t *rapid.T, v reflect.Value, label string) {
	switch to := v.Addr().Interface().(type) {
	case *Path:
		*to = Path{Kind: PathKind(rapid.IntRange(0, int(RegexPath)).Draw(t, label)), Value: genText().Draw(t, label), Fold: rapid.Bool().Draw(t, label)}
		return
	case *Cond:
		*to = Cond{
			Name: genName().Draw(t, label), Op: Op(rapid.IntRange(0, int(NotMatches)).Draw(t, label)), Value: genText().Draw(t, label),
			Fold: rapid.Bool().Draw(t, label), MissingEmpty: rapid.Bool().Draw(t, label),
		}
		return
	case *PathForm:
		*to = PathForm(rapid.IntRange(0, int(Normalized)).Draw(t, label))
		return
	case *ledger.Origin:
		*to = ledger.New(ledger.Place{
			File: genText().Draw(t, label), Doc: rapid.Int().Draw(t, label), Line: rapid.Int().Draw(t, label),
			Object: genText().Draw(t, label), Key: genText().Draw(t, label),
		})
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(genText().Draw(t, label))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, label))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, label))
	case reflect.Uint8:
		v.SetUint(uint64(rapid.Byte().Draw(t, label)))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, label) {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), label)
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(t, label)
		if n == 0 {
			return // the model has no list that is empty and there
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), label)
		}
	case reflect.Struct:
		if rapid.IntRange(0, 3).Draw(t, label) == 0 {
			return
		}
		for i := range v.NumField() {
			fill(t, v.Field(i), v.Type().Field(i).Name)
		}
	default:
		panic(fmt.Sprintf("the model has a field of kind %s, which String does not print", v.Kind()))
	}
}
