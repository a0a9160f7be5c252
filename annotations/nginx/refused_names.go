package nginx

import (
	"slices"
	"strings"
)

// nginxVariables are those that the configuration file of the controller knows, of nginx's
// own modules and its own maps.
var nginxVariables = strings.Fields(`
	ancient_browser args auth_cookie best_http_host binary_remote_addr body_bytes_sent bytes_sent connection connection_requests
	connection_time connection_upgrade connections_active connections_reading connections_waiting connections_writing
	content_length content_type date_gmt date_local document_root document_uri full_x_forwarded_for gzip_ratio host hostname
	http2 http3 http_host https ingress_name invalid_referer is_args limit_conn_status limit_rate limit_req_status
	location_path modern_browser msec msie namespace nginx_version pass_access_scheme pass_port pass_server_port pid pipe
	proxy_add_x_forwarded_for proxy_protocol_addr proxy_protocol_port proxy_protocol_server_addr
	proxy_protocol_server_port proxy_host proxy_internal_body_length proxy_port proxy_upstream_name query_string
	realip_remote_addr realip_remote_port realpath_root remote_addr remote_port remote_user req_id request request_body
	request_body_file request_completion request_filename request_id request_length request_method request_time
	request_uri scheme server_addr server_name server_port server_protocol service_name service_port ssl_alpn_protocol
	ssl_cipher ssl_ciphers ssl_client_cert ssl_client_escaped_cert ssl_client_fingerprint ssl_client_i_dn
	ssl_client_i_dn_legacy ssl_client_raw_cert ssl_client_s_dn ssl_client_s_dn_legacy ssl_client_serial ssl_client_v_end
	ssl_client_v_remain ssl_client_v_start ssl_client_verify ssl_curve ssl_curves ssl_early_data ssl_preread_server_name
	ssl_protocol ssl_server_name ssl_session_id ssl_session_reused status subdomain tcpinfo_rcv_space tcpinfo_rtt
	tcpinfo_rttvar tcpinfo_snd_cwnd the_real_ip time_iso8601 time_local
	upstream_addr upstream_bytes_received upstream_bytes_sent upstream_cache_status upstream_connect_time
	upstream_header_time upstream_response_length upstream_response_time upstream_status uri`)

// nginxFamilies are the beginnings of names that anything may follow.
var nginxFamilies = []string{"http_", "arg_", "cookie_", "sent_http_", "sent_trailer_", "upstream_http_",
	"upstream_cookie_", "upstream_trailer_", "proxy_protocol_tlv_", "geoip2_"}

// unknownVariable is a variable of a text that nginx does not know, or what is no name of
// one behind a "$"; else "".
func unknownVariable(text string) string {
	for {
		_, after, found := strings.Cut(text, "$")
		if !found {
			return ""
		}
		bare := strings.TrimPrefix(after, "{")
		end := 0
		for end < len(bare) && isWord(bare[end]) {
			end++
		}
		name, braces := bare[:end], len(bare) < len(after)
		capture := !braces && name != "" && name[0] >= '1' && name[0] <= '9'
		family := slices.ContainsFunc(nginxFamilies, func(p string) bool { return strings.HasPrefix(name, p) })
		switch {
		case name == "", braces && !strings.HasPrefix(bare[end:], "}"):
			return "$" + after[:len(after)-len(bare)+end]
		case !capture && !family && !slices.Contains(nginxVariables, name):
			return "$" + name
		}
		text = bare[end:]
	}
}

// variables judges the variables of a key's text.
func (r *refusals) variables(keys ...string) {
	for _, key := range keys {
		if name := unknownVariable(r.o.values.str(key)); name != "" {
			r.say(key, "holds "+name+", which nginx does not know")
		}
	}
}

// locationVariables judges the texts of a location; those of a group only behind the key
// without which they are not there.
func (r *refusals) locationVariables() {
	vs := r.o.values
	r.variables("rewrite-target", "upstream-vhost")
	if vs.str("rewrite-target") != "" {
		r.variables("x-forwarded-prefix")
	}
	if isAddress(vs.str("auth-url")) {
		r.variables("auth-url", "auth-signin", "auth-cache-key")
	}
	if vs.str("mirror-target") != "" {
		r.variables("mirror-target", "mirror-host")
	}
	if vs.str("proxy-ssl-secret") != "" {
		r.variables("proxy-ssl-name")
		r.ciphers("proxy-ssl-ciphers")
	}
}

// names judges the other names of a host.
func (r *refusals) names() {
	for _, alias := range r.o.aliases {
		if !isNginxName(alias) {
			r.say("server-alias", "holds "+alias+", which is no server name")
		}
	}
	if !r.o.redir.www {
		return
	}
	for _, rule := range r.o.Rules {
		if strings.HasPrefix(rule.Host.Value, "*.") && len(rule.Paths) > 0 {
			r.say("from-to-www-redirect", "makes www."+rule.Host.Value+" of the host, which is no server name")
		}
	}
}

// isNginxName says whether nginx takes a name: a regular expression behind "~", or a name
// with at most one "*", which is its first or its last label.
func isNginxName(name string) bool {
	if re, ok := strings.CutPrefix(name, "~"); ok {
		return re != "" && !brokenPattern(re)
	}
	stars := strings.Count(name, "*")
	label := strings.HasPrefix(name, "*.") && len(name) > 2 || strings.HasSuffix(name, ".*") && len(name) > 2
	return name != "." && !strings.Contains(name, "..") && (stars == 0 || stars == 1 && label)
}

// cipherWords are OpenSSL's words for many suites, and the parts of the names of suites.
var cipherWords = strings.Fields(`
	ALL HIGH DEFAULT COMPLEMENTOFDEFAULT COMPLEMENTOFALL FIPS TLSv1.2 TLSv1.0 TLSv1 SSLv3 SUITEB128 SUITEB128ONLY SUITEB192
	aNULL eNULL NULL aRSA kRSA RSA aDSS DSS aECDSA ECDSA aPSK PSK kPSK kRSAPSK kDHEPSK kECDHEPSK aSRP SRP kSRP
	kDHE kEDH DHE EDH DH ADH kECDHE kEECDH ECDHE EECDH ECDH AECDH
	AES AES128 AES256 AESGCM AESCCM AESCCM8 GCM CCM CCM8 CHACHA20 POLY1305 CAMELLIA CAMELLIA128 CAMELLIA256 ARIA ARIA128
	ARIA256 ARIAGCM CBC MD5 SHA SHA1 SHA256 SHA384`)

// ciphers judges a list of OpenSSL's: something of it must be known, and not all be taken
// away again.
func (r *refusals) ciphers(key string) {
	list := r.o.values.str(key)
	switch {
	case list == "":
	case strings.ContainsAny(list, " \t"):
		r.say(key, "holds a blank, where nginx wants one word")
	case !anyCipher(list):
		r.say(key, "names no cipher that OpenSSL knows")
	}
}

func anyCipher(list string) bool {
	any := false
	for word := range strings.FieldsFuncSeq(list, func(c rune) bool { return c == ':' || c == ',' }) {
		word, _, _ = strings.Cut(word, "@")
		switch {
		case word == "" || word[0] == '+':
		case word[0] == '!' || word[0] == '-':
			any = any && word[1:] != "ALL"
		default:
			parts := strings.FieldsFunc(word, func(c rune) bool { return c == '+' || c == '-' })
			any = any || !slices.ContainsFunc(parts, func(p string) bool { return !slices.Contains(cipherWords, p) })
		}
	}
	return any
}
