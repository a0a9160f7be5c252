package snippet

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var headerName = regexp.MustCompile("^[a-zA-Z0-9!#$%&'*+.^_`|~-]+$")

var (
	errArgs   = errors.New("nginx refuses its configuration, since the number of words is wrong")
	errName   = errors.New("not read with a name that is no name of a header")
	errOption = errors.New("not read with this option")
)

// framing are headers that only whoever writes a message can set.
var framing = []string{"connection", "content-length", "keep-alive", "trailer", "transfer-encoding", "upgrade"}

func checkName(name string) error {
	switch {
	case !headerName.MatchString(name) || strings.ContainsAny(name, "$*"):
		return errName
	case slices.Contains(framing, strings.ToLower(name)):
		return fmt.Errorf("not read for %s, which says where a message ends", name)
	}
	return nil
}

func addHeader(args []string) (Action, error) {
	switch {
	case len(args) < 2 || len(args) > 3:
		return nil, errArgs
	case len(args) == 3 && args[2] != "always":
		return nil, fmt.Errorf("nginx refuses its configuration, since it knows no %q here", args[2])
	}
	return Headers{{Op: Add, Name: args[0], Value: args[1], Always: len(args) == 3}}, checkName(args[0])
}

// direction is whether the words are names and values, or names.
type direction bool

const (
	setHeader   direction = true
	clearHeader direction = false
)

// moreHeaders reads the directives of headers-more for responses.
func moreHeaders(does direction) func([]string) (Action, error) {
	return func(args []string) (Action, error) {
		all, err := more(args, does, true)
		return Headers(all), err
	}
}

// inputHeaders reads those for requests.
func inputHeaders(does direction) func([]string) (Action, error) {
	return func(args []string) (Action, error) {
		all, err := more(args, does, false)
		return Inputs(all), err
	}
}

// more reads "Name: value" words behind options; "-s" gives statuses.
func more(args []string, does direction, statuses bool) ([]Header, error) {
	var all []Header
	var on []string
	for i := 0; i < len(args); i++ {
		switch word := args[i]; {
		case word == "":
		case word == "-s" && statuses && i+1 < len(args):
			i++
			on = append(on, strings.Fields(args[i])...)
		case word[0] == '-':
			return nil, errOption
		default:
			h := nameAndValue(word)
			if err := checkName(h.Name); err != nil {
				return nil, err
			}
			if does == clearHeader || h.Value == "" {
				h.Op, h.Value = Clear, ""
			}
			all = append(all, h)
		}
	}
	for _, s := range on {
		if n, err := strconv.Atoi(s); err != nil || n < 100 || n > 999 {
			return nil, fmt.Errorf("not read with %q for a status", s)
		}
	}
	for i := range all {
		all[i].Statuses = on
	}
	if len(all) == 0 {
		return nil, errArgs
	}
	return all, nil
}

// nameAndValue splits a word as headers-more does: a colon or a blank ends the name, and all
// of these before the value are left out.
func nameAndValue(word string) Header {
	end := strings.IndexAny(word, ": \t\r\n\v\f")
	if end < 0 {
		return Header{Op: Replace, Name: word}
	}
	return Header{Op: Replace, Name: word[:end], Value: strings.TrimLeft(word[end:], ": \t\r\n\v\f")}
}

func proxySetHeader(args []string) (Action, error) {
	switch {
	case len(args) != 2:
		return nil, errArgs
	case !headerName.MatchString(args[0]) || strings.ContainsAny(args[0], "$*"):
		return nil, errName
	}
	return Upstream{args[0], args[1]}, nil
}

func hideHeader(args []string) (Action, error) {
	if len(args) != 1 {
		return nil, errArgs
	}
	return Hide{args[0]}, checkName(args[0])
}

func defaultType(args []string) (Action, error) {
	if len(args) != 1 {
		return nil, errArgs
	}
	return DefaultType{args[0]}, nil
}

// expires reads how long an answer is fresh (ngx_http_headers_module).
func expires(args []string) (Action, error) {
	if len(args) != 1 {
		return nil, errOption
	}
	switch args[0] {
	case "off":
		return Expires{Off: true}, nil
	case "epoch":
		return Expires{Date: "Thu, 01 Jan 1970 00:00:01 GMT", CacheControl: "no-cache"}, nil
	case "max":
		return Expires{Date: "Thu, 31 Dec 2037 23:55:55 GMT", CacheControl: "max-age=315360000"}, nil
	}
	text, negative := strings.CutPrefix(args[0], "-")
	n, ok := seconds(strings.TrimPrefix(text, "+"))
	switch {
	case !ok:
		return nil, fmt.Errorf("not read with %q for a time", args[0])
	case negative:
		return Expires{Seconds: -n, CacheControl: "no-cache"}, nil
	}
	return Expires{Seconds: n, CacheControl: "max-age=" + strconv.Itoa(n)}, nil
}

var timePart = regexp.MustCompile(`^(\d{1,9})([yMwdhms]?)$`)

// seconds reads a time of nginx with one unit; without one it is in seconds.
func seconds(text string) (int, bool) {
	m := timePart.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	units := map[string]int{"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "M": 30 * 86400, "y": 365 * 86400}
	return n * units[m[2]], err == nil && n*units[m[2]] < 1<<31
}
