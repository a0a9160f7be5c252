// Package guardtest reads the cases that all forms of the borders are held against:
// fixtures/borders/*.txtar. A case has a plan (plan.yaml) and attempts (NAME.yaml, one object
// each, with before/NAME.yaml where the object is there already, and "# as ACCOUNT" as its
// first line where the account counts); want.txt says what each attempt breaks, a line an
// offence: "NAME: RULE: WHAT", or "NAME: nothing". Folders are for what only objects together
// show, RolesCases for RBAC, and Drawn makes attempts by chance.
package guardtest

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// Case is one file of fixtures/borders.
type Case struct {
	Path     string // of the file
	Plan     *ownership.Plan
	Attempts []Attempt // by name
	Archive  *txtar.Archive
}

// Attempt is one object that somebody writes.
type Attempt struct {
	Name        string
	Now, Before []byte // YAML; Before is nil where the object is new
	Account     string // "": nobody in particular
	Want        []Want
}

// Want is an offence as want.txt has it.
type Want struct{ Rule, What string }

func (w Want) String() string { return w.Rule + ": " + w.What }

// Cases reads all cases of a directory, by path.
func Cases(dir string) ([]Case, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(paths) == 0 {
		return nil, cmp.Or(err, fmt.Errorf("%s holds no case", dir))
	}
	var out []Case
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		c, err := parse(path, txtar.Parse(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out = append(out, c)
	}
	return out, nil
}

func parse(path string, a *txtar.Archive) (Case, error) {
	c := Case{Path: path, Archive: a}
	before, wants := map[string][]byte{}, map[string][]Want{}
	var err error
	for _, f := range a.Files {
		name, yaml := strings.CutSuffix(f.Name, ".yaml")
		switch {
		case f.Name == "plan.yaml":
			if c.Plan, err = ownership.Read(f.Name, bytes.NewReader(f.Data)); err != nil {
				return c, err
			}
		case f.Name == "want.txt":
			if wants, err = want(string(f.Data)); err != nil {
				return c, err
			}
		case strings.HasPrefix(name, "before/") && yaml:
			before[strings.TrimPrefix(name, "before/")] = f.Data
		case yaml:
			first, _, _ := strings.Cut(string(f.Data), "\n")
			account, _ := strings.CutPrefix(first, "# as ")
			if account == first {
				account = ""
			}
			c.Attempts = append(c.Attempts, Attempt{Name: name, Now: f.Data, Account: account})
		default:
			return c, fmt.Errorf("section %s is none of plan.yaml, NAME.yaml, before/NAME.yaml, want.txt", f.Name)
		}
	}
	if c.Plan == nil {
		return c, fmt.Errorf("plan.yaml is missing")
	}
	for i := range c.Attempts {
		at := &c.Attempts[i]
		at.Before, at.Want = before[at.Name], wants[at.Name]
	}
	slices.SortFunc(c.Attempts, func(x, y Attempt) int { return strings.Compare(x.Name, y.Name) })
	return c, nil
}

func want(text string) (map[string][]Want, error) {
	out := map[string][]Want{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		name, rest, ok := strings.Cut(line, ": ")
		rule, what, known := strings.Cut(rest, ": ")
		switch {
		case ok && rest == "nothing":
		case ok && known:
			out[name] = append(out[name], Want{rule, what})
		default:
			return nil, fmt.Errorf("want.txt: %q is no line like NAME: RULE: WHAT", line)
		}
	}
	return out, nil
}

// Offences are what the reference says that an attempt adds.
func (a Attempt) Offences(b guard.Borders) ([]guard.Offence, error) {
	now, err := Object(a.Now)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	now.Account = a.Account
	var had []guard.Offence
	if a.Before != nil {
		before, err := Object(a.Before)
		if err != nil {
			return nil, fmt.Errorf("before/%s: %w", a.Name, err)
		}
		had = b.Offences(before)
	}
	return guard.Added(b.Offences(now), had), nil
}
