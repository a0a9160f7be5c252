package cli

import (
	"path"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/render/repo"
	"github.com/split-ingress/split-ingress/translate/delegation"
)

// moved are the objects in an output directory, by their files, that go on serving hosts: those which
// the plan has, and the input has not, since their Ingresses are gone, and these objects are all
// that serves them; and those that are withheld now, and were not when they were written. What is
// of no one host (delegations of certificates, namespaces) is among them as long as there is such
// a host.
func moved(res *convert.Result, dir string) (map[string]httpproxy.Object, error) {
	sites := map[string]bool{}
	for _, h := range res.Owned.Hosts {
		if res.Model.Host(h.Host) == nil {
			sites[delegation.HostPart(h.Host)] = true
		}
	}
	for _, h := range res.Hosts {
		if h.Withheld != "" && h.ClosedFor == "" {
			sites[delegation.HostPart(h.Name)] = true
		}
	}
	if len(sites) == 0 {
		return nil, nil
	}
	written, err := repo.Written(dir)
	if err != nil {
		return nil, err
	}
	out := map[string]httpproxy.Object{}
	for _, f := range written {
		o, site, ok := objectOf(f)
		again := slices.ContainsFunc(res.Target.Objects, func(have httpproxy.Object) bool {
			return have.Kind == o.Kind && have.Namespace == o.Namespace && have.Name == o.Name
		})
		if ok && !again && (site == "" || sites[site]) {
			out[f.Path] = o
		}
	}
	return out, nil
}

// objectOf is the object of a file of root/, fanout/, teams/ or cluster/, with the site that it is
// labelled with; false for other files, and for what is no object any more.
func objectOf(f repo.File) (o httpproxy.Object, site string, ok bool) {
	dir, name := path.Split(f.Path)
	role, team, _ := strings.Cut(strings.TrimSuffix(dir, "/"), "/")
	switch o.Role = httpproxy.Role(role); {
	case name == "kustomization.yaml":
		return o, "", false
	case role == "teams":
		o.Role, o.Team = httpproxy.RoleTeam, team
	case o.Role != httpproxy.RoleRoot && o.Role != httpproxy.RoleFanout && o.Role != httpproxy.RoleCluster:
		return o, "", false
	}
	var meta metav1.PartialObjectMetadata
	if err := yaml.Unmarshal(f.Data, &meta); err != nil || meta.Name == "" {
		return o, "", false // people have made something else of it: an edited file, which stays
	}
	o.Kind, o.Namespace, o.Name, o.Data = meta.Kind, meta.Namespace, meta.Name, f.Data
	return o, meta.Labels["split-ingress.dev/site"], true
}
