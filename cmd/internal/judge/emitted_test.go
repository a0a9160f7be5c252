package judge

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/render/guard"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/translate/ownership"
)

// TestJudgeEmitted: an API server takes all that the demo, the fixtures and the corpus are
// converted to while the guards that are emitted with it are in force, policies in deny mode,
// from those whose objects they are: no object is refused or warned about. In a namespace that
// teams share, the cluster's admins make what its team applies again. A second root for a host,
// in a namespace of a team, is refused each time.
func TestJudgeEmitted(t *testing.T) {
	e := &emittedLab{bordered: startBordered(t), applied: map[string]int{}}
	inputs := ownInputs(t)
	inputs = append(inputs, corpusInputs(t)...)
	for _, in := range inputs {
		if err := e.judge(in); err != nil {
			t.Errorf("%s: %v", in.Name, err)
		}
	}
	var counts []string
	for _, what := range slices.Sorted(maps.Keys(e.applied)) {
		counts = append(counts, fmt.Sprintf("%d %s", e.applied[what], what))
	}
	t.Logf("emitted: %d conversions, applied with their guards: %s; %d second roots refused; %d refer to what no API server takes: %s",
		e.conversions, strings.Join(counts, ", "), e.refused, len(e.impossible), strings.Join(e.impossible, ", "))
	if e.refused != e.conversions || e.conversions+len(e.impossible) != len(inputs) || e.conversions < len(inputs)*9/10 {
		t.Errorf("%d conversions of %d were judged, and %d second roots refused", e.conversions, len(inputs), e.refused)
	}
}

// emittedLab is a cluster into which conversions come one after the other.
type emittedLab struct {
	*bordered
	conversions, refused int
	impossible           []string // with the namespace

	mu      sync.Mutex
	applied map[string]int // by whom and kind
}

// judge puts a conversion's guards in force, applies its objects, and clears the cluster.
func (e *emittedLab) judge(in Input) error {
	staff(in.Plan)
	switch err := e.places(in); {
	case answered(err, http.StatusUnprocessableEntity):
		e.impossible = append(e.impossible, fmt.Sprintf("%s (%v)", in.Name, err))
		return nil
	case err != nil:
		return err
	}
	roles, _ := guard.Roles(in.Plan)
	if err := errors.Join(e.grant(roles), e.enforce(guard.From(in.Plan), guard.Deny)); err != nil {
		return err
	}
	e.conversions++
	var made, changed []func() error
	for _, o := range in.Objects {
		who, label := owner(in.Plan, o)
		if o.Role == httpproxy.RoleTeam && shared(in.Plan, o.Namespace) {
			made = append(made, func() error { return e.applyAs(caller{}, "cluster admins", o) })
			changed = append(changed, func() error { return e.applyAs(who, label+" that share a namespace", o) })
			continue
		}
		made = append(made, func() error { return e.applyAs(who, label, o) })
	}
	return errors.Join(e.createAll(made), e.createAll(changed), e.steal(in), e.clear([]Input{in}), e.revoke(roles))
}

// staff gives everybody a name whom a plan leaves out: a group, a user, service accounts.
func staff(p *ownership.Plan) {
	if p.RootAdmins == nil {
		p.RootAdmins = []ownership.Subject{{Kind: "Group", Name: "root-admins"}}
	}
	if p.SiteAdmins == nil {
		p.SiteAdmins = []ownership.Subject{{Kind: "User", Name: "site-admin"}}
	}
	for i := range p.Teams {
		if t := &p.Teams[i]; t.Subjects == nil {
			t.Subjects = []ownership.Subject{{Kind: "ServiceAccount", Namespace: "delivery", Name: t.Name}}
		}
	}
}

// places makes the namespaces of a plan's teams and of the objects.
func (e *emittedLab) places(in Input) error {
	for _, t := range in.Plan.Teams {
		if err := e.namespaces(t.Namespaces...); err != nil {
			return err
		}
	}
	for _, o := range in.Objects {
		if err := e.namespaces(o.Namespace); err != nil {
			return err
		}
	}
	return nil
}

// applyAs applies an object as somebody, whom label names in the count.
func (e *emittedLab) applyAs(who caller, label string, o httpproxy.Object) error {
	written, err := asWritten(o.Value)
	if err != nil {
		return err
	}
	path, err := collection(o.Kind, o.Namespace)
	if err != nil {
		return err
	}
	_, warnings, err := e.callBy(who, http.MethodPatch, path+"/"+o.Name+"?fieldManager=judge&force=true&fieldValidation=Strict", written)
	if err != nil {
		return fmt.Errorf("%s %s/%s by %s: %w", o.Kind, o.Namespace, o.Name, label, err)
	}
	if len(warnings) > 0 {
		return fmt.Errorf("%s %s/%s by %s: warnings: %q", o.Kind, o.Namespace, o.Name, label, warnings)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.applied[o.Kind+" by "+label]++
	return nil
}

// owner is who applies an object: the first subject of its role. Namespaces, and the limits of a
// rate limit service, are for the cluster's admins.
func owner(p *ownership.Plan, o httpproxy.Object) (caller, string) {
	switch {
	case o.Role == httpproxy.RoleCluster:
		return caller{}, "cluster admins"
	case o.Role == httpproxy.RoleRoot:
		return callerOf(p.RootAdmins[0]), "root admins"
	case o.Role == httpproxy.RoleFanout:
		return callerOf(p.SiteAdmins[0]), "site admins"
	}
	i := slices.IndexFunc(p.Teams, func(t ownership.Team) bool { return t.Name == o.Team })
	return callerOf(p.Teams[i].Subjects[0]), "teams"
}

// shared says whether several teams have a namespace.
func shared(p *ownership.Plan, namespace string) bool {
	n := 0
	for _, t := range p.Teams {
		if slices.Contains(t.Namespaces, namespace) {
			n++
		}
	}
	return n > 1
}

// steal makes the first root again in a team's namespace, as the team where it may make objects,
// which a policy has to refuse.
func (e *emittedLab) steal(in Input) error {
	i := slices.IndexFunc(in.Proxies(), func(p *contour.HTTPProxy) bool { return p.Spec.VirtualHost != nil })
	team := in.Plan.Teams[0]
	second := in.Proxies()[i].DeepCopy()
	second.Name, second.Namespace = "second-root", team.Namespaces[0]
	written, err := asWritten(second)
	if err != nil {
		return err
	}
	who := callerOf(team.Subjects[0])
	if shared(in.Plan, second.Namespace) {
		who = caller{}
	}
	path, err := collection("HTTPProxy", second.Namespace)
	if err != nil {
		return err
	}
	_, _, err = e.callBy(who, http.MethodPost, path, written)
	if err == nil {
		return fmt.Errorf("a second root for %s is made in %s", second.Spec.VirtualHost.Fqdn, second.Namespace)
	}
	at := toldBy.FindStringSubmatch(err.Error())
	if at == nil || !slices.ContainsFunc(e.borders.Offences(guard.Object{Namespace: second.Namespace, Name: second.Name, Value: second}), func(o guard.Offence) bool { return o.Rule == at[1] }) {
		return fmt.Errorf("a second root for %s is refused, but not by a rule that it breaks: %w", second.Spec.VirtualHost.Fqdn, err)
	}
	e.refused++
	return nil
}
