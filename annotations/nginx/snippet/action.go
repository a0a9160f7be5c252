package snippet

// Action is what a directive does: one of the types of this file. Texts hold nginx's
// $variables as they are written.
type Action interface{ array() string }

// HeaderOp is what becomes of a header of responses.
type HeaderOp uint8

// The operations.
const (
	Add     HeaderOp = iota // one line more (add_header)
	Replace                 // instead of what is there (more_set_headers)
	Clear                   // nothing (more_clear_headers)
)

// Header changes a header of responses.
type Header struct {
	Op          HeaderOp
	Name, Value string
	Always      bool     // Add: whatever the status, not on a success only
	Statuses    []string // Replace, Clear: on these only; none: all
}

// Headers are several of one directive.
type Headers []Header

// Inputs change headers of requests as they came, for all that comes behind.
type Inputs []Header

// Upstream sets a header towards the upstream; an empty value takes it away.
type Upstream struct{ Name, Value string }

// Hide keeps a header of the upstream from the client.
type Hide struct{ Name string }

// Expires says how long answers are fresh.
type Expires struct {
	Off          bool
	Seconds      int    // from now; negative: stale
	Date         string // instead of that
	CacheControl string
}

// DefaultType is the media type of what nginx answers itself.
type DefaultType struct{ Type string }

// Access lets clients in or keeps them out, by their address; the first that fits decides.
type Access struct {
	Allow   bool
	Network string // address, CIDR or "all"
}

// Satisfy says whether one of several checks is enough.
type Satisfy struct{ Any bool }

// Setting is a directive that may stand once in a place, where the controller may have it too.
type Setting struct {
	Name string
	Args []string
}

// Set gives a variable a value. It runs in its place, as all that follows here.
type Set struct{ Name, Value string }

// Return answers.
type Return struct {
	Status int
	Text   string // the body, or for a redirect the URL
}

// Redirects says whether Text is a URL.
func (r Return) Redirects() bool {
	switch r.Status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// Rewrite changes the path where Pattern is found in it, or redirects.
type Rewrite struct {
	Pattern, To string
	Status      int  // of the redirect; 0: none
	Last        bool // the location is chosen again, by the new path
}

// Break ends the directives that run in their place.
type Break struct{}

// If does something where a condition holds.
type If struct {
	Cond Cond
	Then []Step
}

// Location is a block of its own in a server.
type Location struct {
	Line     int
	Modifier string // "", "=", "~", "~*" or "^~"
	Path     string
	Steps    []Step
}

// array is the name of the directives that nginx inherits together: one of them in an inner
// place does away with all of the outer one. Those of "more" add up; "" has no part in it.
func (h Headers) array() string {
	if len(h) > 0 && h[0].Op == Add {
		return "add_header"
	}
	return "more"
}
func (Inputs) array() string      { return "more" }
func (Upstream) array() string    { return "proxy_set_header" }
func (Hide) array() string        { return "proxy_hide_header" }
func (Expires) array() string     { return "expires" }
func (DefaultType) array() string { return "default_type" }
func (Access) array() string      { return "access" }
func (Satisfy) array() string     { return "satisfy" }
func (s Setting) array() string   { return s.Name }
func (Set) array() string         { return "" }
func (Return) array() string      { return "" }
func (Rewrite) array() string     { return "" }
func (Break) array() string       { return "" }
func (If) array() string          { return "" }
func (Location) array() string    { return "" }
