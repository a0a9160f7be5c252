package httpproxy

import (
	"regexp/syntax"
	"slices"
	"strings"
)

// mostSeen is the length of the patterns, all together, of which a closing is made: Envoy bounds
// the memory for one (see envoy.Regex).
const mostSeen = 8 << 10

// seenThrough are patterns for the texts that a pattern matches as they are, and not once they
// are decoded: three of its atoms take an escape, and none takes the character that it stands
// for and goes on alike. An atom for percent signs alone asks for the escape itself. It is not ok
// where they would be too long.
func seenThrough(tree *syntax.Regexp, fold bool) (forms []string, ok bool) {
	var starts []string // of forms, up to and including the escape
	all, length := atomsOf(tree, fold), 0
	for i := range all {
		if !all[i].takes['%'] || single(&all[i]) {
			continue
		}
		stands := standIns(all, i)
		for _, j := range all[i].next {
			for _, k := range all[j].next {
				escapes := escapesWhere(func(high, low, c byte) bool {
					return all[j].takes[high] && all[k].takes[low] && !slices.ContainsFunc(stands, func(s int) bool {
						return all[s].takes[c] && goesOn(all, s, k)
					})
				})
				if start := all[i].before + escapes; escapes != "" && !slices.Contains(forms, start+all[k].behind) {
					starts, forms = append(starts, start), append(forms, start+all[k].behind)
					length += len(start) + len(all[k].behind)
				}
			}
		}
		if length > mostSeen {
			return nil, false
		}
	}
	return withoutLonger(starts, forms), true
}

// withoutLonger are the patterns of which no other one is the start: those are open.
func withoutLonger(starts, forms []string) (short []string) {
	for i, form := range forms {
		if form == starts[i] || !slices.Contains(forms, starts[i]) {
			short = append(short, form)
		}
	}
	return short
}

// single says whether an atom takes one character only.
func single(a *atom) bool {
	n := 0
	for _, takes := range a.takes {
		if takes {
			n++
		}
	}
	return n == 1
}

// standIns are the atoms that may take a character wherever one may.
func standIns(all []atom, i int) (others []int) {
	var before []int
	for p := range all {
		if slices.Contains(all[p].next, i) {
			before = append(before, p)
		}
	}
	for s := range all {
		if !all[s].afterStart && all[i].afterStart {
			continue
		}
		if !slices.ContainsFunc(before, func(p int) bool { return !slices.Contains(all[p].next, s) }) {
			others = append(others, s)
		}
	}
	return others
}

// goesOn says whether behind one atom a pattern matches all that it does behind another.
func goesOn(all []atom, one, other int) bool {
	return slices.Contains(all[one].next, len(all)-1) || !slices.ContainsFunc(all[other].next, func(n int) bool { return !slices.Contains(all[one].next, n) })
}

const hexDigits = "0123456789ABCDEFabcdef"

// escapesWhere is a pattern for the escapes whose digits, and what these stand for, are such;
// "" if there are none. Those that Envoy decodes come along where that makes it shorter.
func escapesWhere(such func(high, low, c byte) bool) string {
	var highs, lows []string // highs[i] may stand before lows[i]
	for h := range len(hexDigits) {
		var low, either []byte
		for l := range len(hexDigits) {
			c := hexValue(hexDigits[h])<<4 | hexValue(hexDigits[l])
			if such(hexDigits[h], hexDigits[l], c) {
				either = append(either, hexDigits[l])
				if staysEscaped(c) {
					low = append(low, hexDigits[l])
				}
			}
		}
		if len(low) > 0 && len(either) == len(hexDigits) {
			low = either
		}
		switch i := slices.Index(lows, string(low)); {
		case len(low) == 0:
		case i >= 0:
			highs[i] += hexDigits[h : h+1]
		default:
			highs, lows = append(highs, hexDigits[h:h+1]), append(lows, string(low))
		}
	}
	for i := range highs {
		highs[i] = digitsOf(highs[i]) + digitsOf(lows[i])
	}
	switch len(highs) {
	case 0:
		return ""
	case 1:
		return "%" + highs[0]
	}
	return "%(?:" + strings.Join(highs, "|") + ")"
}

func hexValue(digit byte) byte {
	if digit <= '9' {
		return digit - '0'
	}
	return digit&^0x20 - 'A' + 10
}

// digitsOf is a pattern for one of some digits, which are in the order of hexDigits.
func digitsOf(digits string) string {
	if len(digits) == 1 {
		return digits
	}
	var b strings.Builder
	for i := 0; i < len(digits); {
		n := i + 1
		for n < len(digits) && digits[n] == digits[n-1]+1 {
			n++
		}
		if b.WriteByte(digits[i]); n-i > 2 {
			b.WriteByte('-')
		}
		if n-i > 1 {
			b.WriteByte(digits[n-1])
		}
		i = n
	}
	return "[" + b.String() + "]"
}
