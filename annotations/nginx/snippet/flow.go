package snippet

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

func access(allow bool) func([]string) (Action, error) {
	return func(args []string) (Action, error) {
		if len(args) != 1 {
			return nil, errArgs
		}
		_, errNet := netip.ParsePrefix(args[0])
		_, errOne := netip.ParseAddr(args[0])
		switch {
		case args[0] == "unix:":
			return nil, nil // no client comes over a socket of the file system
		case args[0] != "all" && errNet != nil && errOne != nil:
			return nil, fmt.Errorf("nginx refuses its configuration, since %q is no address", args[0])
		}
		return Access{Allow: allow, Network: args[0]}, nil
	}
}

func satisfy(args []string) (Action, error) {
	if len(args) != 1 || args[0] != "any" && args[0] != "all" {
		return nil, errArgs
	}
	return Satisfy{args[0] == "any"}, nil
}

func setting(name string) func([]string) (Action, error) {
	return func(args []string) (Action, error) {
		if len(args) == 0 {
			return nil, errArgs
		}
		return Setting{name, args}, nil
	}
}

var variableName = regexp.MustCompile(`^\$\w+$`)

func set(args []string) (Action, error) {
	switch {
	case len(args) != 2:
		return nil, errArgs
	case !variableName.MatchString(args[0]):
		return nil, fmt.Errorf("nginx refuses its configuration, since %q is no variable", args[0])
	}
	return Set{args[0][1:], args[1]}, nil
}

func breaks(args []string) (Action, error) {
	if len(args) > 0 {
		return nil, errArgs
	}
	return Break{}, nil
}

func isURL(text string) bool {
	return slices.ContainsFunc([]string{"http://", "https://", "$scheme"}, func(p string) bool { return strings.HasPrefix(text, p) })
}

// returns reads "return CODE", "return CODE TEXT" and "return URL".
func returns(args []string) (Action, error) {
	if len(args) == 0 || len(args) > 2 {
		return nil, errArgs
	}
	if len(args) == 1 && isURL(args[0]) {
		return Return{Status: 302, Text: args[0]}, nil
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 0 || n > 999 {
		return nil, fmt.Errorf("nginx refuses its configuration, since %q is no status", args[0])
	}
	r := Return{Status: n, Text: strings.Join(args[1:], "")}
	switch {
	case n == 444:
		return nil, errors.New("not read with 444, for which nginx closes the connection")
	case n < 200, n > 599, n >= 494 && n <= 499, r.Redirects() && r.Text == "":
		return nil, fmt.Errorf("not read with %s alone", args[0])
	}
	return r, nil
}

func rewrite(args []string) (Action, error) {
	if len(args) < 2 || len(args) > 3 {
		return nil, errArgs
	}
	r := Rewrite{Pattern: args[0], To: args[1], Last: true}
	flag := strings.Join(args[2:], "")
	switch {
	case flag == "permanent":
		r.Status = 301
	case flag == "redirect", isURL(args[1]):
		r.Status = 302
	case flag == "break":
		r.Last = false
	case flag != "" && flag != "last":
		return nil, fmt.Errorf("nginx refuses its configuration, since it knows no %q here", flag)
	}
	r.Last = r.Last && r.Status == 0
	return r, nil
}
