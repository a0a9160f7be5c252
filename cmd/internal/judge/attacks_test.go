package judge

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/split-ingress/split-ingress/fixtures/attacks"
)

// TestJudgeAttacks tries everything in fixtures/attacks for those who would try it: with the
// roles that are made of the plan, with all rights in their own namespaces beside these, and,
// so that no attempt is refused for being clumsy, by an administrator without any policy, when
// Envoy shows what a visitor would see. -update records what came of it.
func TestJudgeAttacks(t *testing.T) {
	families, err := attacks.Read(filepath.Join(fixtures, "attacks"))
	check(t, err)
	s := besiege(t, families)
	at := s.answers(t, families)
	outcomes := map[string]*attacks.Outcome{}
	each := func(do func(a attacks.Attack, o *attacks.Outcome) error) {
		for _, f := range families {
			for _, a := range f.Attacks {
				if outcomes[f.Path+a.Title] == nil {
					outcomes[f.Path+a.Title] = &attacks.Outcome{}
				}
				if err := do(a, outcomes[f.Path+a.Title]); err != nil {
					t.Errorf("%s: %s: %v", f.Path, a.Title, err)
				}
			}
		}
	}
	each(func(a attacks.Attack, o *attacks.Outcome) (err error) {
		o.Roles, err = s.try(a, member(a.As))
		return err
	})
	check(t, s.widen())
	each(func(a attacks.Attack, o *attacks.Outcome) (err error) {
		if team(a.As) != "" {
			o.Wide, err = s.try(a, member(a.As))
		}
		return err
	})
	if now := s.answers(t, families); !maps.Equal(at, now) {
		t.Errorf("visitors see the attacks that were refused:\nbefore %q\nafter  %q", at, now)
	}
	check(t, s.open())
	each(func(a attacks.Attack, o *attacks.Outcome) (err error) {
		o.Open, o.Answer, err = s.harm(t, a, at[a.Sees])
		return err
	})
	compareOutcomes(t, families, outcomes)
}

// team is the team of a group; "": it is none of a team.
func team(group string) string {
	name, is := strings.CutPrefix(group, "team-")
	if !is {
		return ""
	}
	return name
}

func compareOutcomes(t *testing.T, families []attacks.Family, outcomes map[string]*attacks.Outcome) {
	t.Helper()
	for _, f := range families {
		for i, a := range f.Attacks {
			got := *outcomes[f.Path+a.Title]
			if (got.Refused() || got.Harmless()) != (a.Stays == "") {
				t.Errorf("%s: %s: either it is refused or does no harm, or it has a reason why it stays (key stays):\n%s", f.Path, a.Title, got)
			}
			if got != a.Outcome && !*update {
				t.Errorf("%s: %s: have\n%swant\n%s(make judge UPDATE=1 rewrites it)", f.Path, a.Title, got, a.Outcome)
			}
			f.Attacks[i].Outcome = got
		}
		if *update {
			check(t, f.Write())
		}
	}
}

// answers are what visitors get, by request.
func (s *siege) answers(t *testing.T, families []attacks.Family) map[string]string {
	t.Helper()
	check(t, s.settle())
	out := map[string]string{"": ""}
	for _, f := range families {
		for _, a := range f.Attacks {
			if out[a.Sees] == "" && a.Sees != "" {
				out[a.Sees] = s.ask(t, a.Sees, "")
			}
		}
	}
	return out
}

// settle waits until Envoy serves everything that was written before.
func (s *siege) settle() error {
	err := s.mark(s.batch)
	if err == nil {
		err = s.settled(s.batch)
	}
	s.batch++
	return err
}

// ask sends a visitor's request until the answer stays the same for a second, or is as
// expected.
func (s *siege) ask(t *testing.T, request, expected string) string {
	w, last, same := parseRequest(t, request), "", 0
	for range 40 {
		text := "no answer"
		if got, err := sendAs(w.Request, hostOnly(w.Host)); err == nil {
			text = whichSaw.ReplaceAllString(w.text(got), "")
		}
		if same++; text != last {
			last, same = text, 0
		}
		if last == expected || same >= 10 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return last
}

// whichSaw is what the upstream saw, which no visitor sees.
var whichSaw = regexp.MustCompile(`, which saw \S+ \S+`)

// widen gives every team all rights but those over RBAC in its own namespaces.
func (s *siege) widen() error {
	rules := []any{}
	for _, group := range []string{"", "apps", "discovery.k8s.io", "networking.k8s.io", "gateway.networking.k8s.io", "projectcontour.io", "cert-manager.io"} {
		rules = append(rules, object{"apiGroups": []any{group}, "resources": []any{"*"}, "verbs": []any{"*"}})
	}
	for _, ns := range append(slices.Clone(s.borders.Teams), outsider) {
		meta := object{"name": "everything", "namespace": ns}
		role := object{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": meta, "rules": rules}
		binding := object{
			"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": meta,
			"roleRef":  object{"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "everything"},
			"subjects": []any{object{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "team-" + ns}},
		}
		if err := errors.Join(s.put(role), s.put(binding)); err != nil {
			return err
		}
		if err := waitFor(time.Minute, "the rights of team-"+ns, func() error {
			_, _, err := s.Cluster.callBy(member("team-"+ns), http.MethodGet, "/api/v1/namespaces/"+ns+"/secrets", nil)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// open takes the policies out of force.
func (s *siege) open() error {
	if _, err := s.Cluster.call(http.MethodDelete, resources["ValidatingAdmissionPolicyBinding"], nil); err != nil {
		return err
	}
	return s.until("no policies", false)
}

// try makes an attack for somebody, and takes back what went through.
func (s *siege) try(a attacks.Attack, who caller) (outcome string, err error) {
	if err := s.prepare(a); err != nil {
		return "", err
	}
	outcome, undo, err := s.attack(a, who)
	return outcome, errors.Join(err, s.takeBack(a, undo))
}

// harm makes an attack without any policy, for an administrator, and looks what a visitor sees.
func (s *siege) harm(t *testing.T, a attacks.Attack, before string) (outcome, answer string, err error) {
	if err := s.prepare(a); err != nil {
		return "", "", err
	}
	outcome, undo, err := s.attack(a, caller{})
	if err == nil && a.Sees != "" && outcome == accepted {
		if err = s.settle(); err == nil {
			_, expected, _ := strings.Cut(a.Outcome.Answer, ", then ") // by the last run
			after := s.ask(t, a.Sees, expected)
			if answer = "as before: " + before; after != before {
				answer = before + ", then " + after
			}
		}
	}
	err = errors.Join(err, s.takeBack(a, undo))
	if err == nil && a.Sees != "" && outcome == accepted {
		if err = s.settle(); err == nil && s.ask(t, a.Sees, before) != before {
			err = fmt.Errorf("the site is not what it was: %s", s.ask(t, a.Sees, before))
		}
	}
	return outcome, answer, err
}

// solver is the account of cert-manager, which makes what is there before an attack.
const solver = "system:serviceaccount:cert-manager:cert-manager"

func (s *siege) prepare(a attacks.Attack) error {
	for _, o := range a.Before {
		path, err := itself(o)
		if err == nil {
			_, _, err = s.Cluster.callAs(solver, http.MethodPatch, path+"?fieldManager=judge&force=true", o)
		}
		if err != nil {
			return fmt.Errorf("before: %w", err)
		}
	}
	return nil
}

func (s *siege) takeBack(a attacks.Attack, undo []func() error) error {
	var errs []error
	for _, f := range slices.Backward(undo) {
		errs = append(errs, f())
	}
	for _, o := range a.Before {
		path, err := itself(o)
		if err == nil {
			_, err = s.Cluster.call(http.MethodDelete, path, nil)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// itself is the path of an object.
func itself(o object) (string, error) {
	meta := o["metadata"].(object)
	namespace, _ := meta["namespace"].(string)
	path, err := collection(o["kind"].(string), namespace)
	return fmt.Sprintf("%s/%s", path, meta["name"]), err
}
