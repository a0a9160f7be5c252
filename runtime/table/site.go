package table

import (
	"fmt"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// Site is the compiled table of one host alone, for whoever finds the host otherwise. It may
// be used by several goroutines.
type Site struct {
	index   *index
	forest  forest
	invalid []Invalid
	headers bool
}

// CompileSite makes the table of a host, which must not change any more, as Compile does for
// a whole model.
func CompileSite(h *intent.Host, paths intent.PathForm) (*Site, error) {
	if paths > intent.Normalized {
		return nil, fmt.Errorf("host %q: path form %d is unknown", h.Name, paths)
	}
	t := &Table{paths: paths}
	c := compiler{table: t, regexes: newRegexes()}
	ht, err := c.host(h)
	if err != nil {
		return nil, err
	}
	ix := &indexer{leadings: map[leadingOf]string{}}
	s := &Site{index: ix.index(ht), invalid: t.invalid}
	for i := range ht.routes {
		s.headers = s.headers || len(ht.routes[i].conds) > 0
	}
	if s.forest, err = ix.done(); err != nil {
		return nil, fmt.Errorf("host %q: %w", h.Name, err)
	}
	return s, nil
}

// Invalid lists the routes that never match.
func (s *Site) Invalid() []Invalid { return s.invalid }

// AsksHeaders says whether a route has conditions besides path and method, so that
// Prepared needs the headers of a request.
func (s *Site) AsksHeaders() bool { return s.headers }

// Match finds the first route that matches, whatever host the request names. It allocates
// no more than Compiled.Match.
func (s *Site) Match(p *Prepared) Hit { return s.index.match(&s.forest, p) }
