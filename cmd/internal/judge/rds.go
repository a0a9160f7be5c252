package judge

import (
	"encoding/json"
	"fmt"
	"strings"
)

// The parts of Envoy's configuration (config.route.v3, config.cluster.v3) that Contour's
// xDS answers are read for, in the JSON form of protocol buffers.

type routeConfiguration struct {
	Name         string        `json:"name"` // "ingress_http", or "https/" and a host
	VirtualHosts []virtualHost `json:"virtual_hosts"`
}

type virtualHost struct {
	Domains []string   `json:"domains"`
	Routes  []rdsRoute `json:"routes"`
}

type rdsRoute struct {
	Match    routeMatch `json:"match"`
	Metadata struct {
		Filter map[string]map[string]string `json:"filter_metadata"`
	} `json:"metadata"`
	Route    *routeAction    `json:"route"`
	Redirect *redirectAction `json:"redirect"`
	Direct   *struct {
		Status int `json:"status"`
		Body   struct {
			Text string `json:"inline_string"`
		} `json:"body"`
	} `json:"direct_response"`
	headerOptions
}

type headerOptions struct {
	RequestAdd     []headerOption `json:"request_headers_to_add"`
	RequestRemove  []string       `json:"request_headers_to_remove"`
	ResponseAdd    []headerOption `json:"response_headers_to_add"`
	ResponseRemove []string       `json:"response_headers_to_remove"`
}

type headerOption struct {
	Header struct{ Key, Value string } `json:"header"`
	Action string                      `json:"append_action"`
}

type routeMatch struct {
	Prefix  *string `json:"prefix"`
	Path    *string `json:"path"`
	Regex   *regex  `json:"safe_regex"`
	Headers []struct {
		Name         string       `json:"name"`
		Invert       bool         `json:"invert_match"`
		MissingEmpty bool         `json:"treat_missing_header_as_empty"`
		Present      bool         `json:"present_match"`
		Text         *stringMatch `json:"string_match"`
	} `json:"headers"`
	Query []struct {
		Name    string       `json:"name"`
		Present bool         `json:"present_match"`
		Text    *stringMatch `json:"string_match"`
	} `json:"query_parameters"`
}

type regex struct {
	Regex string `json:"regex"`
}

type stringMatch struct {
	Exact, Prefix, Suffix, Contains string
	Regex                           *regex `json:"safe_regex"`
	IgnoreCase                      bool   `json:"ignore_case"`
}

type routeAction struct {
	Cluster  string `json:"cluster"`
	Weighted *struct {
		Clusters []struct {
			Name   string `json:"name"`
			Weight int    `json:"weight"`
			headerOptions
		} `json:"clusters"`
	} `json:"weighted_clusters"`
	PrefixRewrite string `json:"prefix_rewrite"`
	HostRewrite   string `json:"host_rewrite_literal"`
	HostHeader    string `json:"host_rewrite_header"`
	Timeout       string `json:"timeout"`
	IdleTimeout   string `json:"idle_timeout"`
	Upgrades      []struct {
		Type string `json:"upgrade_type"`
	} `json:"upgrade_configs"`
	Mirrors []struct {
		Cluster string `json:"cluster"`
	} `json:"request_mirror_policies"`
}

type redirectAction struct {
	HTTPS  bool    `json:"https_redirect"`
	Scheme string  `json:"scheme_redirect"`
	Host   string  `json:"host_redirect"`
	Port   int     `json:"port_redirect"`
	Path   *string `json:"path_redirect"`
	Prefix *string `json:"prefix_rewrite"`
	Code   string  `json:"response_code"` // an enum; empty is its zero, 301
}

// cluster is a port of a Service as Envoy knows it.
type cluster struct {
	Name     string          `json:"name"`
	Label    string          `json:"alt_stat_name"` // namespace_service_port
	TLS      json.RawMessage `json:"transport_socket"`
	Protocol json.RawMessage `json:"typed_extension_protocol_options"`
}

// served is what Contour would have Envoy serve.
type served struct {
	http, https map[string][]rdsRoute // routes by domain
	clusters    map[string]cluster    // by name
}

// Served reads Contour's routes and clusters as they are now.
func (c *Cluster) served() (served, error) {
	s := served{http: map[string][]rdsRoute{}, https: map[string][]rdsRoute{}, clusters: map[string]cluster{}}
	routes, err := c.discovery("rds")
	if err != nil {
		return s, err
	}
	for _, text := range routes {
		var rc routeConfiguration
		if err := json.Unmarshal(text, &rc); err != nil {
			return s, fmt.Errorf("rds: %w", err)
		}
		to := s.https
		if rc.Name == "ingress_http" {
			to = s.http
		}
		for _, vh := range rc.VirtualHosts {
			for _, d := range vh.Domains {
				to[d] = vh.Routes
			}
		}
	}
	clusters, err := c.discovery("cds")
	if err != nil {
		return s, err
	}
	for _, text := range clusters {
		var cl cluster
		if err := json.Unmarshal(text, &cl); err != nil {
			return s, fmt.Errorf("cds: %w", err)
		}
		s.clusters[cl.Name] = cl
	}
	return s, nil
}

// origin is the object that a route is said to come from, as our model names it.
func (r rdsRoute) origin() string {
	for _, m := range r.Metadata.Filter {
		if m["io.projectcontour.name"] != "" {
			return fmt.Sprintf("%s %s/%s", m["io.projectcontour.kind"], m["io.projectcontour.namespace"], m["io.projectcontour.name"])
		}
	}
	return ""
}

// protocol is what is spoken to a cluster, as HTTPProxy names it.
func (c cluster) protocol() string {
	h2 := strings.Contains(string(c.Protocol), "http2_protocol_options")
	switch {
	case len(c.TLS) > 0 && h2:
		return "h2"
	case len(c.TLS) > 0:
		return "tls"
	case h2:
		return "h2c"
	}
	return ""
}
