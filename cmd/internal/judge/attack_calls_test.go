package judge

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/fixtures/attacks"
	"github.com/split-ingress/split-ingress/render/guard/guardtest"
)

const accepted = "goes through"

// attack makes the calls of an attack until one is refused. What no visitor sees is not kept.
func (s *siege) attack(a attacks.Attack, who caller) (outcome string, undo []func() error, err error) {
	dry := "?dryRun=All"
	if a.Sees != "" {
		dry = ""
	}
	call := func(method, path string, body any) (bool, error) {
		_, _, err = s.Cluster.callBy(who, method, path, body)
		if err == nil {
			return true, nil
		}
		outcome, err = s.refusal(who, body, err)
		return false, err
	}
	if a.Get != "" {
		ok, err := call(http.MethodGet, a.Get, nil)
		return through(ok, outcome), nil, err
	}
	for _, o := range a.Objects {
		var w writing
		ok := false
		for range 5 { // Contour may write the status meanwhile
			if w, err = s.writing(a, o); err != nil {
				return "", undo, err
			}
			if ok, err = call(w.method, w.path+dry, w.body); !answered(err, http.StatusConflict) {
				break
			}
		}
		if !ok || err != nil {
			return outcome, undo, err
		}
		if dry == "" {
			undo = append(undo, w.undo)
		}
	}
	if a.Delete != "" {
		was, there := s.current(a.Delete)
		if ok, err := call(http.MethodDelete, a.Delete+dry, nil); !ok || err != nil {
			return outcome, undo, err
		}
		if dry == "" {
			undo = append(undo, s.restore(a.Delete, was, there))
		}
	}
	return accepted, undo, nil
}

func through(ok bool, outcome string) string {
	if ok {
		return accepted
	}
	return outcome
}

// writing is a call that writes an object, and what takes it back.
type writing struct {
	method, path string
	body         object
	undo         func() error
}

// writing is how an attack writes an object: what is there becomes it.
func (s *siege) writing(a attacks.Attack, o object) (writing, error) {
	if a.Make != "" {
		return writing{http.MethodPost, a.Make, o, nil}, nil
	}
	path, err := itself(o)
	if err != nil {
		return writing{}, err
	}
	was, there := s.current(path)
	w := writing{http.MethodPost, path[:strings.LastIndexByte(path, '/')], o, s.restore(path, was, there)}
	if there {
		w.method, w.path, w.body = http.MethodPut, cmp.Or(a.Put, path), maps.Clone(o)
		meta := maps.Clone(o["metadata"].(object))
		meta["resourceVersion"] = was["metadata"].(object)["resourceVersion"]
		w.body["metadata"] = meta
	}
	return w, nil
}

// current is what is at a path.
func (s *siege) current(path string) (object, bool) {
	answer, err := s.Cluster.call(http.MethodGet, path, nil)
	if err != nil {
		return nil, false
	}
	var o object
	if err := json.Unmarshal(answer, &o); err != nil || o["metadata"] == nil || o["items"] != nil {
		return nil, false
	}
	return o, true
}

// restore makes a path what it was.
func (s *siege) restore(path string, was object, there bool) func() error {
	return func() error {
		if !there {
			_, err := s.Cluster.call(http.MethodDelete, path, nil)
			return err
		}
		meta := was["metadata"].(object)
		for _, key := range []string{"uid", "creationTimestamp", "generation", "managedFields"} {
			delete(meta, key)
		}
		return waitFor(time.Minute, "what it was", func() error {
			delete(meta, "resourceVersion")
			method, to := http.MethodPost, path[:strings.LastIndexByte(path, '/')]
			if now, is := s.current(path); is {
				method, to, meta["resourceVersion"] = http.MethodPut, path, now["metadata"].(object)["resourceVersion"]
			}
			_, err := s.Cluster.call(method, to, was)
			return err
		})
	}
}

// refusal says what refused a call, with all rules that the object breaks, by the reference;
// the API server tells one of them.
func (s *siege) refusal(who caller, body any, err error) (string, error) {
	switch {
	case toldBy.MatchString(err.Error()):
		rules, failed := s.rules(who, body)
		if told := toldBy.FindStringSubmatch(err.Error())[1]; failed == nil && !slices.Contains(rules, told) {
			failed = fmt.Errorf("refused by %s, and the reference says %v", told, rules)
		}
		return "refused by " + strings.Join(rules, ", "), failed
	case answered(err, http.StatusForbidden):
		return "refused by RBAC", nil
	case answered(err, http.StatusUnprocessableEntity):
		return "refused by the definition of its kind", nil
	}
	return "", err
}

func (s *siege) rules(who caller, body any) ([]string, error) {
	o := maps.Clone(body.(object))
	path, err := itself(o)
	if err != nil {
		return nil, err
	}
	a := guardtest.Attempt{Account: who.user}
	if was, there := s.current(path); there {
		if a.Before, err = yaml.Marshal(was); err != nil {
			return nil, err
		}
	}
	if a.Now, err = yaml.Marshal(o); err != nil {
		return nil, err
	}
	found, err := a.Offences(s.borders)
	var out []string
	for _, o := range found {
		out = append(out, o.Rule)
	}
	slices.Sort(out)
	return slices.Compact(out), err
}
