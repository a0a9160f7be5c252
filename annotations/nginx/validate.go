package nginx

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// The character sets that several keys share, as the controller has them.
const (
	plainChars  = `^[/\-\.\_\~a-zA-Z0-9\/:]*$`
	urlChars    = `^[\-\.\_\~a-zA-Z0-9\/:,:\?&=]*$`
	urlVarChars = `^[\-\.\_\~a-zA-Z0-9\/:, ,:\?&=$]*$`
	pathChars   = `^/?[\-\.\_\~a-zA-Z0-9\/:\/\$]*$`
	regexChars  = `^[/\-\.\_\~a-zA-Z0-9\/:\^\$\[\]\(\)\{\}\*\+\?\|&=\\]*$`
	varChars    = `^[A-Za-z0-9\-\_\$\{\}]*$`
	nameList    = `^[A-Za-z0-9-_, ]*$`
	onOff       = `^(on|off)$`
	size        = `^(?i)\d+[bkmg]?$`
	seconds     = `(^0|-?[1-9]\d*$)`
)

// What values of those sets are, for the error message.
const (
	wantPlain   = "letters, digits and - . _ ~ / : only"
	wantURL     = "a URL without blanks, ';', '$' and '#'"
	wantURLVars = "a URL, in which nginx variables may stand, without ';', '#' and braces"
	wantPath    = "a path of letters, digits and - . _ ~ / : $ only (no '?', blanks or ';')"
	wantVars    = "letters, digits, - _ and nginx variables only"
	wantNames   = "header names separated by commas"
	wantOnOff   = "on or off"
	wantSize    = "a number with at most one unit: b, k, m or g"
	wantSeconds = "a whole number of seconds"
)

var errBlank = errors.New("want more than blanks")

// isBool is what Go's ParseBool takes; "yes", "on" and surrounding blanks are not.
func isBool(value string) error {
	if _, err := strconv.ParseBool(value); err != nil {
		return errors.New("want true or false (yes, no, on and off are no booleans)")
	}
	return nil
}

// isInt is what Go's Atoi takes: no unit, no blanks.
func isInt(value string) error {
	if _, err := strconv.Atoi(value); err != nil {
		return errors.New("want a whole number without unit")
	}
	return nil
}

// matching takes values of one line that the expression matches as they are.
func matching(expr, want string) func(string) error {
	re := sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
	return func(value string) error {
		switch {
		case strings.TrimSpace(value) == "":
			return errBlank
		case strings.ContainsAny(value, "\r\n") || !re().MatchString(value):
			return errors.New("want " + want)
		}
		return nil
	}
}

// squeezed is matching with all spaces taken out of the value before.
func squeezed(expr, want string) func(string) error {
	match := matching(expr, want)
	return func(value string) error {
		if strings.TrimSpace(value) == "" {
			return errBlank
		}
		return match(strings.ReplaceAll(value, " ", ""))
	}
}

// oneOf takes the values given, with blanks around them.
func oneOf(values ...string) func(string) error {
	return func(value string) error {
		if slices.Contains(values, strings.TrimSpace(value)) {
			return nil
		}
		return fmt.Errorf("want one of %s", strings.Join(values, ", "))
	}
}

// oneOfFold is oneOf in any letter case; the values are given in lower case.
func oneOfFold(values ...string) func(string) error {
	exact := oneOf(values...)
	return func(value string) error { return exact(strings.ToLower(value)) }
}

var serverNameChars = matching(regexChars, "a host name or a regular expression, without blanks and ','")

// isServerName takes a host name, or the characters of a regular expression.
func isServerName(value string) error { return serverNameChars(strings.TrimSpace(value)) }

// isServerNames takes a comma list of server names; empty items are let through.
func isServerNames(value string) error {
	if strings.TrimSpace(value) == "" {
		return errBlank
	}
	for item := range strings.SplitSeq(value, ",") {
		if strings.TrimSpace(item) == "" {
			continue
		}
		if err := isServerName(item); err != nil {
			return err
		}
	}
	return nil
}

// isCIDRs takes a comma list of addresses and networks; an empty item is refused.
func isCIDRs(value string) error {
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		if _, _, err := net.ParseCIDR(item); err != nil && net.ParseIP(item) == nil {
			return errors.New("want IP addresses or networks (10.0.0.0/8) separated by commas")
		}
	}
	return nil
}

// isCommonName takes "CN=" and an expression that Go can compile, although nginx runs it.
func isCommonName(value string) error {
	expr, ok := strings.CutPrefix(value, "CN=")
	if !ok {
		return errors.New(`want "CN=" and a regular expression`)
	}
	if _, err := regexp.Compile(expr); err != nil {
		return errors.New(`want a regular expression after "CN="`)
	}
	return nil
}

var serviceNameChars = matching(`^[a-z]([-a-z0-9]*[a-z0-9])?$`, "a Service name (DNS-1035 label)")

// isServiceName takes a DNS-1035 label of at most 63 characters.
func isServiceName(value string) error {
	if len(value) > 63 {
		return errors.New("want a Service name of at most 63 characters")
	}
	return serviceNameChars(value)
}
