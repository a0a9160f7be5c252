package policy

import "strings"

// attribute finds the next attribute of that name, in any case, at or behind an offset in a
// Set-Cookie line (RFC 6265, section 5.2): start is its ";", and end the next one's or the
// length of the line. The cookie itself is no attribute.
func attribute(line, name string, from int) (start, end int, found bool) {
	for {
		i := strings.IndexByte(line[from:], ';')
		if i < 0 {
			return 0, 0, false
		}
		start = from + i
		end = len(line)
		if j := strings.IndexByte(line[start+1:], ';'); j >= 0 {
			end = start + 1 + j
		}
		key, _, _ := strings.Cut(line[start+1:end], "=")
		if strings.EqualFold(strings.Trim(key, " \t"), name) {
			return start, end, true
		}
		from = end
	}
}

// valueAt is where the value of an attribute stands, without the blanks around it. One
// without "=" has none.
func valueAt(line string, start, end int) (from, to int, ok bool) {
	i := strings.IndexByte(line[start:end], '=')
	if i < 0 {
		return 0, 0, false
	}
	from, to = start+i+1, end
	for from < to && blank(line[from]) {
		from++
	}
	for from < to && blank(line[to-1]) {
		to--
	}
	return from, to, true
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// setAttribute gives the value to each attribute of that name, or adds one. An empty value
// changes nothing.
func setAttribute(line, name, value string) string {
	if value == "" {
		return line
	}
	start, end, found := attribute(line, name, 0)
	if !found {
		return line + "; " + name + "=" + value
	}
	for found {
		if from, to, ok := valueAt(line, start, end); ok {
			line = line[:from] + value + line[to:]
			end += len(value) - (to - from)
		} else {
			line = line[:start] + "; " + name + "=" + value + line[end:]
			end = start + len("; =") + len(name) + len(value)
		}
		start, end, found = attribute(line, name, end)
	}
	return line
}

// dropAttribute takes every attribute of that name away.
func dropAttribute(line, name string) string {
	for {
		start, end, found := attribute(line, name, 0)
		if !found {
			return line
		}
		line = line[:start] + line[end:]
	}
}
