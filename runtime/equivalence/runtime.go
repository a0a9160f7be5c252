package equivalence

// RuntimeVersion grows with every change of the table of the runtime.
const RuntimeVersion = 2

// Runtime is what our data plane does otherwise than ingress-nginx, on every host alike,
// when it serves Ingresses as they are. Recorded answers of the controller may differ from
// ours in nothing else.
func Runtime() []Lemma {
	return []Lemma{
		{"www-http2", "no HTTP/2 on the servers that redirect to www", "HTTP/2 on every host"},
		{"mirror-no-url", "a mirror target that is no URL sends the application a second request", "copies nothing"},
		{"grpc-host", "gRPC servers get the host as :authority, and Host beside it", "as :authority alone"},
		{"auto-http-connections", "AUTO_HTTP takes an idle connection over http or over https, and now and then speaks the wrong one", "keeps them apart"},
	}
}
