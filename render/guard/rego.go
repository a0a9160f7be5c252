package guard

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// regoFiles are our Rego (version 1): lib says what an object breaks, and both gatekeeper.rego and
// policy ask it, each for what its program reviews.
//
//go:embed rego
var regoFiles embed.FS

// regoPart is what a rule needs to be held by itself.
type regoPart struct {
	libs  []string // of rego/lib, beside objects
	facts []string // of the plan, beside exceptions
}

// regoParts are those of the rules that see one object, by their IDs.
func regoParts() map[string]regoPart {
	return map[string]regoPart{
		"root-namespace": {[]string{"hosts"}, []string{"root"}},
		"root-name":      {[]string{"hosts"}, []string{"root", "hosts"}},
		"fqdn-domain":    {[]string{"hosts"}, []string{"domains"}},
		"root-tls":       {[]string{"hosts"}, []string{"hosts"}},
		"include-place":  {[]string{"includes", "routes"}, []string{"root", "fanout"}},
		"include-target": {[]string{"includes", "routes"}, []string{"root", "fanout", "mounts", "carved"}},
		"carve-out":      {[]string{"paths", "regexes", "routes"}, []string{"root", "fanout", "carved"}},
		"regex-escape":   {[]string{"paths", "regexes", "routes"}, []string{"root", "fanout"}},
		"auth-off":       {[]string{"routes", "teams"}, []string{"root", "fanout", "authorized"}},
		"ip-policy":      {[]string{"routes", "teams"}, []string{"root", "fanout", "rootIP"}},
		"limit-policy":   {[]string{"routes", "teams"}, []string{"root", "fanout", "rootLimits"}},
		"insecure":       {[]string{"routes", "teams"}, []string{"root", "fanout", "secret"}},
		"envoy-refuses":  {[]string{"envoy", "routes"}, []string{"root"}},
		"delegation":     {[]string{"routes", "teams"}, []string{"root"}},
		"legacy-ingress": {[]string{"beside"}, []string{"hosts", "solvers"}},
		"legacy-route":   {[]string{"beside"}, []string{"hosts"}},
		"namespace-role": {[]string{"beside"}, []string{"root", "fanout", "teams"}},
	}
}

// regoFile is the text of a file of ours, by its path below rego.
func regoFile(name string) (string, error) {
	text, err := regoFiles.ReadFile(path.Join("rego", name))
	if err != nil {
		return "", fmt.Errorf("render/guard: %w", err)
	}
	return string(text), nil
}

// regoNames are the files of a folder below rego, sorted.
func regoNames(dir string) ([]string, error) {
	entries, err := fs.ReadDir(regoFiles, path.Join("rego", dir))
	if err != nil {
		return nil, fmt.Errorf("render/guard: %w", err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".rego") {
			names = append(names, path.Join(dir, e.Name()))
		}
	}
	return names, nil
}
