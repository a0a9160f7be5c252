package server

import (
	"net"
	"strconv"
)

func (l *listening) validate() error {
	if l.http == "" && l.https == "" {
		return usagef("there is nothing to serve at: give --http-address, --https-address or both")
	}
	seen := map[string]string{}
	for _, a := range []struct{ flag, address string }{
		{"--http-address", l.http}, {"--https-address", l.https}, {"--admin-address", l.admin},
	} {
		if a.address == "" {
			continue
		}
		port, err := portOf(a.address)
		if err != nil {
			return usagef("%s %q: want HOST:PORT or :PORT, with a port from 0 to 65535", a.flag, a.address)
		}
		if other, taken := seen[a.address]; taken && port != 0 {
			return usagef("%s and %s are both %s; each needs its own port", other, a.flag, a.address)
		}
		seen[a.address] = a.flag
	}
	if l.h2c && l.http == "" {
		return usagef("--h2c is about --http-address, which is not given")
	}
	if l.pprof && l.admin == "" {
		return usagef("--pprof is about --admin-address, which is empty")
	}
	if l.connections < 1 || l.series < 1 {
		return usagef("--max-connections and --metrics-max-series are numbers from 1 upwards")
	}
	if l.drainDelay < 0 || l.drainTimeout < 0 {
		return usagef("--drain-delay and --drain-timeout are times from 0 upwards")
	}
	return nil
}

func portOf(address string) (uint64, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(port, 10, 16)
}

// public says whether others than this machine can reach an address.
func public(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && host != "localhost" && (ip == nil || !ip.IsLoopback())
}
