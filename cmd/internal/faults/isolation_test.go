package faults_test

import (
	"fmt"
	"strings"
	"testing"
)

// site is a host of two teams, the site itself and another host, each with its own file.
func site(t *testing.T) map[string]string {
	files := map[string]string{
		"root.yaml": new(objects).proxy("sec/root", "virtualhost: {fqdn: a.test}\nincludes: [{name: fan, namespace: site}]").String(),
		"fan.yaml": new(objects).service("site/site", echo(t, "site")).proxy("site/fan", `
includes:
- {name: app, namespace: one, conditions: [{prefix: /one}]}
- {name: app, namespace: two, conditions: [{prefix: /two}]}
routes: [{services: [{name: site, port: 80}]}]`).String(),
		"other.yaml": new(objects).service("other/other", echo(t, "other")).
			proxy("other/root", "virtualhost: {fqdn: b.test}\nroutes: [{services: [{name: other, port: 80}]}]").String(),
		"services.yaml": new(objects).service("one/app", echo(t, "one")).service("two/app", echo(t, "two")).String(),
		"one.yaml":      new(objects).proxy("one/app", team).String(),
		"two.yaml":      new(objects).proxy("two/app", team).String(),
	}
	return files
}

const team = "routes: [{services: [{name: app, port: 80}]}]"

// neighbours are who must not notice anything.
func neighbours(prefixes ...string) []load {
	all := []load{
		{url: "http://a.test/two/x", clients: 2, begin: always("200 two /two/x")},
		{url: "http://a.test/x", begin: always("200 site /x")},
		{url: "http://b.test/x", begin: always("200 other /x")},
	}
	for _, p := range prefixes {
		all = append(all, load{url: "http://a.test" + p + "/x", begin: always("200 one " + p + "/x")})
	}
	return all
}

// TestTeamFaults breaks one team's object in many ways. It answers on its own prefix, or a
// part of it, and nothing else answers there; the neighbours go on.
func TestTeamFaults(t *testing.T) {
	for _, c := range []struct {
		name, spec string // no specification: the object is removed
		want       string // of /one/x; the answer of a team is that of before
		path       string // else of this path
	}{
		{name: "timeout", spec: "routes: [{services: [{name: app, port: 80}], timeoutPolicy: {response: soon}}]", want: "503"},
		{name: "regex", spec: "routes: [{conditions: [{regex: '/('}], services: [{name: app, port: 80}]}]", want: "503"},
		{name: "regex of a header", spec: "routes: [{conditions: [{header: {name: user-agent, regex: '('}}], services: [{name: app, port: 80}]}]", want: "503"},
		{name: "no action", spec: "routes: [{conditions: [{prefix: /}]}]", want: "503"},
		{name: "two paths", spec: "routes: [{conditions: [{prefix: /}, {exact: /x}], services: [{name: app, port: 80}]}]", want: "503"},
		{name: "no service", spec: "routes: [{services: [{name: none, port: 80}]}]", want: "503"},
		{name: "no port", spec: "routes: [{services: [{name: app, port: 81}]}]", want: "503"},
		{name: "protocol", spec: "routes: [{services: [{name: app, port: 80, protocol: quic}]}]", want: "503"},
		{name: "filter", spec: "routes: [{services: [{name: app, port: 80}], ipAllowPolicy: [{source: Peer, cidr: nowhere}]}]", want: "503"},
		{name: "one of two", spec: "routes:\n- {conditions: [{prefix: /part}], services: [{name: app, port: 80}], timeoutPolicy: {idle: never}}\n- services: [{name: app, port: 80}]", want: "503", path: "/part"},
		{name: "missing", want: "502"},
		{name: "a child is missing", spec: "includes: [{name: none, conditions: [{prefix: /part}]}]\n" + team, want: "502", path: "/part"},
		{name: "cycle", spec: "includes: [{name: fan, namespace: site, conditions: [{prefix: /part}]}]\n" + team, want: "502", path: "/part"},
		{name: "a cycle of its own", spec: "includes: [{name: app, conditions: [{prefix: /part}]}]\n" + team, want: "502", path: "/part"},
		{name: "a root as child", spec: "includes: [{name: root, namespace: other, conditions: [{prefix: /part}]}]\n" + team, want: "502", path: "/part"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := newEdge(t, site(t))
			broken := "/one" + c.path + "/x"
			good := "200 one " + broken
			loads := append(neighbours(), load{url: "http://a.test" + broken, clients: 2, begin: always(good, c.want)})
			if c.path != "" {
				loads = append(loads, neighbours("/one")...)
			}
			e.until("http://a.test"+broken, good)
			crowd := e.visited(loads...)
			if c.spec == "" {
				e.remove("one.yaml")
			} else {
				e.put("one.yaml", new(objects).proxy("one/app", c.spec).String())
			}
			e.until("http://a.test"+broken, c.want)
			e.reported("[")
			crowd.more()
			e.put("one.yaml", new(objects).proxy("one/app", team).String())
			e.until("http://a.test"+broken, good)
			crowd.right()
			if text := e.findings(); strings.Contains(text, "[") {
				t.Errorf("still wrong: %s", text)
			}
		})
	}
}

// reported waits until a finding speaks of something.
func (e *edge) reported(text string) {
	e.t.Helper()
	e.await("a finding with "+text, func() bool { return strings.Contains(e.findings(), text) })
}

// TestUnreadableTeam: what can not be read at all leaves the object as it was, and its fault
// is to be seen.
func TestUnreadableTeam(t *testing.T) {
	whole := new(objects).proxy("one/app", team).String()
	for name, text := range map[string]string{
		"no YAML": "---\nkind: [", "half": strings.TrimSuffix(whole, "port: 80}]}]\n"), "empty": "", "binary": "\x00\x01",
		"a type": strings.Replace(whole, "port: 80", "port: [eighty]", 1),
	} {
		t.Run(name, func(t *testing.T) {
			e := newEdge(t, site(t))
			crowd := e.visited(neighbours("/one")...)
			e.put("one.yaml", text)
			e.reported("one.yaml")
			crowd.more()
			e.put("one.yaml", whole)
			e.await("nothing is wrong", func() bool { return !strings.Contains(e.findings(), "one.yaml") })
			crowd.right()
		})
	}
}

// TestTwoRoots: of two roots with one host name the older serves, by creation and then by
// name; the younger is reported; and when the older goes, the younger takes over.
func TestTwoRoots(t *testing.T) {
	second := func(name, created string) string {
		return strings.Replace(new(objects).service("thief/thief", echo(t, "thief")).
			proxy("thief/"+name, "virtualhost: {fqdn: a.test}\nroutes: [{services: [{name: thief, port: 80}]}]").String(),
			"{name: "+name+", ", fmt.Sprintf("{name: %s, creationTimestamp: %s, ", name, created), 1)
	}
	aged := func(files map[string]string) map[string]string {
		files["root.yaml"] = strings.Replace(files["root.yaml"], "{name: root, ", `{name: root, creationTimestamp: "2024-01-02T00:00:00Z", `, 1)
		return files
	}
	for name, text := range map[string]string{
		"younger": second("a", `"2024-01-03T00:00:00Z"`), "without a time": second("a", "null"), "as old": second("z", `"2024-01-02T00:00:00Z"`),
	} {
		t.Run(name, func(t *testing.T) {
			e := newEdge(t, aged(site(t)))
			crowd := e.visited(neighbours("/one")...)
			e.put("thief.yaml", text)
			e.reported("thief/")
			crowd.more()
			crowd.right()
			e.remove("root.yaml")
			e.until("http://a.test/x", "200 thief /x")
		})
	}
	t.Run("older", func(t *testing.T) {
		e := newEdge(t, aged(site(t)))
		crowd := e.visited(load{url: "http://b.test/x", begin: always("200 other /x")}, load{url: "http://a.test/x", begin: always("200 site /x", "200 thief /x")})
		e.put("thief.yaml", second("z", `"2024-01-01T00:00:00Z"`))
		e.until("http://a.test/x", "200 thief /x")
		e.reported("sec/root")
		crowd.more()
		e.remove("thief.yaml")
		e.until("http://a.test/x", "200 site /x")
		crowd.right()
	})
}

// TestContourFaults: with --faults=contour the same costs what it costs there.
func TestContourFaults(t *testing.T) {
	e := newEdge(t, site(t), "--faults", "contour")
	crowd := e.visited(neighbours()...)
	e.put("one.yaml", new(objects).proxy("one/app", "routes: [{services: [{name: app, port: 70000}]}]").String())
	e.until("http://a.test/one/x", "200 site /one/x")
	crowd.more()
	e.put("one.yaml", new(objects).proxy("one/app", team).String())
	e.until("http://a.test/one/x", "200 one /one/x")
	crowd.right()
	crowd = e.visited(neighbours()[2])
	e.put("thief.yaml", new(objects).proxy("thief/root", "virtualhost: {fqdn: a.test}\nroutes: [{services: [{name: thief, port: 80}]}]").String())
	e.until("http://a.test/x", "404")
	crowd.more()
	crowd.right()
}
