package automaton

// set is a set of bytes.
type set [4]uint64

func (s *set) add(b byte)      { s[b>>6] |= 1 << (b & 63) }
func (s *set) has(b byte) bool { return s[b>>6]&(1<<(b&63)) != 0 }

func (s *set) addAll(text string) {
	for i := range len(text) {
		s.add(text[i])
	}
}

// cuts marks every byte at which membership changes from that of the byte before.
func (s *set) cuts(into *set) {
	carry := uint64(0)
	for i, w := range s {
		into[i] |= w ^ (w<<1 | carry)
		carry = w >> 63
	}
}

// Alphabet is the domain of texts: which bytes occur, how each is written, and which texts
// are left out.
type Alphabet struct {
	plain    set       // written as they are
	escaped  set       // written as "%" and two hex digits only
	reserved set       // plain ones that may be written either way, meaning different things
	forms    []written // the ways to write an escape; the first is the canonical one
	rules    rules     // which texts are left out
	cuts     set       // where bytes begin that the rules tell from the ones before
}

// written are bytes in one of the ways to write them.
type written struct {
	bytes set
	as    symbol
}

// rules is a small automaton over symbols: the state after one, and whether a text may end
// there. State 0 is the start; a negative one is no text of the domain.
type rules interface {
	step(state int8, s symbol) int8
	ends(state int8) bool
}

// symbol is one byte of a text with the way in which it is written.
type symbol struct {
	b       byte
	escaped bool
	lower   bool // an escape with lower-case digits
}

// digits are those that the symbol is escaped with.
func (s symbol) digits() string {
	if s.lower {
		return lowerDigits
	}
	return hexDigits
}

// canonical says whether the symbol is written as it should be.
func (a *Alphabet) canonical(s symbol) bool { return !s.lower && !(s.escaped && a.plain.has(s.b)) }

// cased are the bytes whose escape has a letter.
func cased(of set) set {
	var out set
	for b := range 256 {
		if of.has(byte(b)) && (b>>4 > 9 || b&15 > 9) {
			out.add(byte(b))
		}
	}
	return out
}

func (s symbol) length() int {
	if s.escaped {
		return 3
	}
	return 1
}

// appendTo writes the symbol as a client sends it.
func (s symbol) appendTo(text []byte) []byte {
	if !s.escaped {
		return append(text, s.b)
	}
	digits := s.digits()
	return append(text, '%', digits[s.b>>4], digits[s.b&15])
}

const (
	unreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
	delimiters = "!$&'()*+,;=:@[]/"
	hexDigits  = "0123456789ABCDEF"

	lowerDigits = "0123456789abcdef"
)

// Paths are the paths of request targets: beginning with "/", without empty segments and
// without "." and ".." as a segment. What RFC 3986 does not let stand in a path is escaped
// in its canonical form; an escaped slash counts as a slash where segments are told apart.
// Line feeds, at which patterns stop, are left out.
func Paths() *Alphabet {
	a := &Alphabet{rules: segments{}}
	a.plain.addAll(unreserved + delimiters)
	a.reserved.addAll(delimiters)
	for b := 1; b < 256; b++ {
		if !a.plain.has(byte(b)) && b != '\n' {
			a.escaped.add(byte(b))
		}
	}
	a.cuts.addAll("./0") // "." and "/" each on its own
	lower := symbol{escaped: true, lower: true}
	a.forms = []written{{a.escaped, symbol{escaped: true}}, {a.reserved, symbol{escaped: true}}, {cased(a.reserved), lower}, {cased(a.escaped), lower}}
	return a
}

// Values are texts of the given bytes, such as the values of a header, that neither begin
// nor end with a blank. The empty text is one of them.
func Values(bytes string) *Alphabet {
	a := &Alphabet{rules: trimmed{}}
	a.plain.addAll(bytes)
	a.cuts.addAll(" !") // the blank on its own
	return a
}

// segments leaves out paths that data planes clean up before they look at them.
type segments struct{}

// The states: before the first slash, behind a slash, behind "/.", behind "/..", and
// within any other segment.
const (
	atStart int8 = iota
	atSlash
	atDot
	atDots
	inSegment
)

func (segments) step(state int8, s symbol) int8 {
	b := s.b
	switch {
	case state == atStart && s.escaped:
		return -1
	case state == inSegment && b != '/':
		return inSegment
	case b == '/' && (state == atStart || state == inSegment):
		return atSlash
	case b == '/' || state == atStart:
		return -1
	case b == '.' && state == atSlash:
		return atDot
	case b == '.' && state == atDot:
		return atDots
	}
	return inSegment
}

func (segments) ends(state int8) bool { return state == atSlash || state == inSegment }

// trimmed leaves out texts with a blank at either end.
type trimmed struct{}

func (trimmed) step(state int8, s symbol) int8 {
	switch {
	case s.b != ' ':
		return 1
	case state == 0:
		return -1
	}
	return 2
}

func (trimmed) ends(state int8) bool { return state != 2 }
