package golden

import "strings"

// Envoy says what the real Envoy does otherwise than our model of it, and why: the row of the
// platform profile that is about a difference to what is expected, or "". The model leaves
// these out, since they are the same on every route.
func Envoy(line *Line, d Difference) string {
	if row := envoyRow(line, d); row != "" {
		return "platform/contour: " + row
	}
	return ""
}

func envoyRow(line *Line, d Difference) string {
	switch strings.Replace(d.Dimension, "also seen", "backend", 1) {
	case "header Vary":
		if d.Got == strings.TrimPrefix(d.Want+", Accept-Encoding", ", ") {
			return "compression"
		}
	case "answer":
		if line.Request.Body != "" && line.Request.Headers["Upgrade"] != "" && strings.HasPrefix(d.Got, "none") {
			return "upgrades"
		}
	case "backend header X-Envoy-Original-Path", "backend header X-Envoy-Original-Host":
		if d.Want == "" {
			return "told-upstreams"
		}
	case "backend header X-Forwarded-For": // of a client on its own machine Envoy tells its own address
		before, own := d.Want[:strings.LastIndexByte(d.Want, ',')+1], strings.TrimSpace(d.Want[strings.LastIndexByte(d.Want, ',')+1:])
		if strings.HasPrefix(own, "127.") && strings.HasPrefix(d.Got, before) {
			return "forwarded-for"
		}
	}
	return ""
}
