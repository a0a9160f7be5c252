package httpproxy

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// Role says whose object it is.
type Role string

// The roles.
const (
	RoleRoot   Role = "root"
	RoleFanout Role = "fanout"
	RoleTeam   Role = "team"
	// RoleCluster is of what none of the others may write: namespaces, and what another controller
	// reads.
	RoleCluster Role = "cluster"
)

// Object is one object to write.
type Object struct {
	Role                  Role
	Team                  string // of team objects
	Hosts                 []string
	Value                 any    // *contour.HTTPProxy, *contour.TLSCertificateDelegation, *Certificate, ...
	Data                  []byte // instead of Value: the object as it is written
	Kind, Namespace, Name string
}

// encoder writes the objects of one tree.
type encoder struct {
	opts  Options
	tls   bool           // the root has a certificate
	auth  bool           // the root has an authorization service
	lists *intent.Access // of addresses, which the root has
}

// Encode writes the HTTPProxies of a lowered forest, parents first, by host. It fails only
// for what Lower would not have let through.
func Encode(f delegation.Forest, opts Options) ([]Object, error) {
	var out []Object
	var problems []error
	done := map[*delegation.Fanout]bool{}
	for _, root := range f.Roots {
		e := encoder{opts: opts, tls: root.TLS != nil, auth: root.Auth != nil, lists: root.Lists()}
		objects, err := e.tree(root, done)
		if err != nil {
			problems = append(problems, fmt.Errorf("host %s: %w", root.Host, err))
			continue
		}
		out = append(out, objects...)
	}
	return out, errors.Join(problems...)
}

// tree writes a root and, unless another root has done so, its fanout and teams.
func (e encoder) tree(root *delegation.Root, done map[*delegation.Fanout]bool) ([]Object, error) {
	proxy := e.proxy(root.Namespace, root.Name, RoleRoot, root.Host)
	proxy.Spec.VirtualHost = &contour.VirtualHost{Fqdn: root.Host, TLS: e.tlsOf(root), CORSPolicy: corsPolicy(root.CORS), Authorization: authorizationServer(root.Auth)}
	if e.lists != nil {
		proxy.Spec.VirtualHost.IPAllowFilterPolicy = filters(e.lists.Allow, e.lists.AllowRemote)
		proxy.Spec.VirtualHost.IPDenyFilterPolicy = filters(e.lists.Deny, e.lists.DenyRemote)
	}
	var err error
	if proxy.Spec.Routes, err = e.routes(root.Routes, include{}); err != nil {
		return nil, err
	}
	for _, c := range root.Carried {
		metav1.SetMetaDataAnnotation(&proxy.ObjectMeta, c.Key, c.Value)
	}
	out := []Object{e.object(proxy, RoleRoot, "", root.Host)}
	if root.Fanout == nil {
		if len(proxy.Spec.Routes) == 0 { // a root must define something
			proxy.Spec.Routes = []contour.Route{{PermitInsecure: e.tls, AuthPolicy: e.authPolicy(intent.Route{}), DirectResponsePolicy: &contour.HTTPDirectResponsePolicy{StatusCode: 404}}}
		}
		e.source(proxy, root.Origins, root.Routes)
		return out, nil
	}
	e.source(proxy, root.Origins)
	proxy.Spec.Includes = []contour.Include{{Name: root.Fanout.Name, Namespace: root.Fanout.Namespace}}
	if relayed(root.TLS) {
		proxy.Spec.TCPProxy = relayBy(root.Fanout, root.Fanout.Namespace, root.Fanout.Name)
	}
	if done[root.Fanout] {
		return out, nil
	}
	done[root.Fanout] = true
	rest, err := e.fanout(root)
	return append(out, rest...), err
}

func (e encoder) fanout(root *delegation.Root) ([]Object, error) {
	f := root.Fanout
	proxy := e.proxy(f.Namespace, f.Name, RoleFanout, root.Host)
	out := append(make([]Object, 0, 1+len(f.Teams)), e.object(proxy, RoleFanout, "", root.Host))
	all := append(make([][]delegation.Placed, 0, 1+len(f.Teams)), f.Routes)
	proxy.Spec.Includes = slices.Grow(proxy.Spec.Includes, len(f.Teams))
	if t := f.Relay(); t != nil {
		proxy.Spec.TCPProxy = relayBy(f, t.Namespace, t.Name)
	}
	for _, t := range f.Teams {
		in, conditions, err := e.includeOf(t)
		if err != nil {
			return nil, err
		}
		if len(t.Routes) > 0 {
			proxy.Spec.Includes = append(proxy.Spec.Includes, contour.Include{Name: t.Name, Namespace: t.Namespace, Conditions: conditions})
		}
		team := e.proxy(t.Namespace, t.Name, RoleTeam, root.Host)
		team.Labels["split-ingress.dev/team"] = t.Team
		if team.Spec.Routes, err = e.routes(t.Routes, in); err != nil {
			return nil, fmt.Errorf("team %s: %w", t.Team, err)
		}
		if t.Relays {
			if team.Spec.TCPProxy, err = relayTo(root.TLS); err != nil {
				return nil, fmt.Errorf("team %s: %w", t.Team, err)
			}
		}
		e.source(team, nil, t.Routes)
		out = append(out, e.object(team, RoleTeam, t.Team, root.Host))
		all = append(all, t.Routes)
	}
	var err error
	if proxy.Spec.Routes, err = e.routes(f.Routes, include{}); err != nil {
		return nil, err
	}
	e.source(proxy, nil, all...)
	return out, nil
}

func (e encoder) proxy(namespace, name string, role Role, host string) *contour.HTTPProxy {
	return &contour.HTTPProxy{
		TypeMeta: metav1.TypeMeta{APIVersion: "projectcontour.io/v1", Kind: "HTTPProxy"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: map[string]string{
			"app.kubernetes.io/managed-by": "split-ingress",
			"split-ingress.dev/role":       string(role),
			"split-ingress.dev/site":       delegation.HostPart(host),
		}},
		Spec: contour.HTTPProxySpec{IngressClassName: e.opts.class()},
	}
}

func (e encoder) object(p *contour.HTTPProxy, role Role, team, host string) Object {
	return Object{Role: role, Team: team, Hosts: []string{host}, Value: p, Kind: p.Kind, Namespace: p.Namespace, Name: p.Name}
}

// source names the Ingresses that an object comes from.
func (e encoder) source(p *contour.HTTPProxy, more []ledger.Origin, routes ...[]delegation.Placed) {
	var names []string
	note := func(os []ledger.Origin) {
		for _, o := range os {
			if name, ok := strings.CutPrefix(o.Object, "Ingress "); ok && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	note(more)
	for _, rs := range routes {
		for i := range rs {
			note(rs[i].Origins)
		}
	}
	if len(names) > 0 {
		slices.Sort(names)
		metav1.SetMetaDataAnnotation(&p.ObjectMeta, "split-ingress.dev/source", strings.Join(names, ", "))
	}
}

// secretOf is "namespace/name" of the root's Secret, after a move.
func secretOf(root *delegation.Root, opts Options) string {
	if movable(root.TLS, opts) {
		return root.Namespace + "/" + movedSecret(root.TLS.Secret)
	}
	return root.TLS.Secret
}

// movable says whether cert-manager can keep the certificate in the root's namespace: an
// issuer of the whole cluster, or one named by cert-manager's default.
func movable(t *intent.TLS, opts Options) bool {
	return t.Issuance != nil && t.Issuance.Issuer != "" && t.Issuance.Kind != "Issuer" && !opts.KeepCertificates
}
