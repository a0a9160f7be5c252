package server

import "log/slog"

// besidesConnections is how many files are open that belong to no client's connection:
// listeners, the admin address, idle connections to upstreams, the input while it is read.
const besidesConnections = 256

// filesWanted is how many files may be open at once: each connection of a client, and for
// each of them one to an upstream.
func (l *listening) filesWanted() uint64 {
	addresses := 0
	for _, a := range []string{l.http, l.https} {
		if a != "" {
			addresses++
		}
	}
	return uint64(2*addresses*l.connections + besidesConnections)
}

// warnOfFiles tells where the system allows fewer open files than --max-connections needs:
// then new connections of clients or to upstreams fail long before that bound holds.
func (l *listening) warnOfFiles(allowed uint64, log *slog.Logger) {
	if wanted := l.filesWanted(); allowed < wanted {
		log.Warn("the system allows too few open files for --max-connections, with a connection to an upstream for each of a client's: "+
			"raise the hard limit (ulimit -Hn, LimitNOFILE of systemd, --ulimit of a container), which is used in full, or lower --max-connections",
			"allowed", allowed, "wanted", wanted)
	}
}
