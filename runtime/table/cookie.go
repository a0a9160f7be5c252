package table

import "strings"

// cookie is the first cookie of that name, whose case counts, over all Cookie headers. It
// is read as nginx's $cookie_ variables are: blanks around "=" are dropped, a value ends
// at ";" only, and a pair of another name at ";" or ",".
func (p *Prepared) cookie(name string) (string, bool) {
	for i := range p.headers {
		if !equal(p.headers[i].Name, "cookie", true) {
			continue
		}
		if value, ok := cookieIn(p.headers[i].Value, name); ok {
			return value, true
		}
	}
	return "", false
}

func cookieIn(line, name string) (string, bool) {
	for line != "" {
		if after, ok := strings.CutPrefix(line, name); ok {
			line = strings.TrimLeft(after, " ")
			if after, ok = strings.CutPrefix(line, "="); ok {
				value, _, _ := strings.Cut(strings.TrimLeft(after, " "), ";")
				return value, true
			}
		}
		end := strings.IndexAny(line, ";,")
		if end < 0 {
			break
		}
		line = strings.TrimLeft(line[end+1:], " ")
	}
	return "", false
}
