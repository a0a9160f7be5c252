package equivalence

// RuntimeVersion grows with every change of the table of the runtime.
const RuntimeVersion = 4

// Runtime is what our data plane does otherwise than ingress-nginx, on every host alike,
// when it serves Ingresses as they are. Recorded answers of the controller may differ from
// ours in nothing else.
func Runtime() []Lemma {
	return []Lemma{
		{"www-http2", "no HTTP/2 on the servers that redirect to www", "HTTP/2 on every host"},
		{"mirror-no-url", "a mirror target that is no URL sends the application a second request", "copies nothing"},
		{"grpc-host", "gRPC servers get the host as :authority, and Host beside it", "as :authority alone"},
		{"auto-http-connections", "AUTO_HTTP takes an idle connection over http or over https, and now and then speaks the wrong one", "keeps them apart"},
		{"host-characters", "a Host may hold any characters but blanks, slashes and control characters", "400 to characters that no host has (RFC 3986, section 3.2.2)"},
		{"upgrade-http2", "an Upgrade goes on to a server of HTTP/2 with its Connection, which HTTP/2 forbids: what the server makes of it is answered (gRPC's own reset the stream, which is 502; net/http says 400)", "502"},
	}
}
