package httpproxy

import "github.com/split-ingress/split-ingress/annotations/intent"

// PartDefault is a part of routes that differs between ingress-nginx and Contour where
// nobody asks for anything: a row of the platform profile.
type PartDefault struct {
	ID     string // of the row
	Part   intent.Dimension
	Before string // what intent.Route.Text says of it before; "*" is anything
	After  string
}

// PartDefaults are all of them, for ingress-nginx v1.15.1 and Contour v1.33.8.
func PartDefaults() []PartDefault { return partDefaults }

var partDefaults = []PartDefault{
	{"body-size", intent.BodySize, "limits body=1048576", ""},
	{"retries", intent.RetryPart, "retry tries=3 on=error on=timeout", ""},
	{"connect-timeout", intent.ConnectTimeout, "timeouts connect=5000", "timeouts connect=2000"},
	{"keep-alive", intent.KeepAlive, "timeouts connection=60000", "timeouts connection=3600000"},
	{"buffering", intent.BufferingPart, "buffering request header-size=4096", ""},
	{"balance", intent.BalancePart, "balance strategy=round_robin", "balance strategy=round_robin"},
	{"canary-endpoints", intent.PrimaryPart, "*", ""},
}

// ByPlatform says whether the profile covers the difference of two texts of a part.
func ByPlatform(part intent.Dimension, before, after string) bool {
	for _, d := range partDefaults {
		if d.Part == part && (d.Before == "*" || d.Before == before) && (d.After == after || after == "") {
			return true
		}
	}
	return false
}
