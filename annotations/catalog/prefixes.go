package catalog

// alternative is a second prefix under which a controller reads all keys of its own.
type alternative struct{ controller, own, also string }

// alternatives are from the notes at the heads of the fact tables.
var alternatives = []alternative{
	{"haproxy-ingress", "haproxy-ingress.github.io", "ingress.kubernetes.io"},
	{"haproxytech", "haproxy.org", "haproxy.com"},
	{"haproxytech", "haproxy.org", "ingress.kubernetes.io"},
	{"higress", "higress.io", "nginx.ingress.kubernetes.io"},
}

// favourites are the prefixes to suggest first for a key that has none, or only a part of one.
var favourites = []string{"kubernetes.io", "nginx.ingress.kubernetes.io"}
