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

// hasPair says whether a Cookie header holds name=value among its pairs, as the regular
// expression finds it that stands for a cookie in an HTTPProxy: between semicolons, with
// blanks around the pair but not in it, and whatever other value the name has elsewhere.
func hasPair(header, name, value string) bool {
	for header != "" {
		pair, rest, _ := strings.Cut(header, ";")
		pair = strings.Trim(pair, blanks)
		if len(pair) == len(name)+1+len(value) && strings.HasPrefix(pair, name) && pair[len(name)] == '=' && strings.HasSuffix(pair, value) {
			return true
		}
		header = rest
	}
	return false
}

// blanks are the characters of \s in a regular expression.
const blanks = "\t\n\f\r "
