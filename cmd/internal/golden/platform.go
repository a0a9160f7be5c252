package golden

import (
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/split-ingress/split-ingress/runtime/equivalence"
)

// recognized says, by the rows of the platform's table, which differences of an answer to a
// line each of them explains. None looks at a host's name.
var recognized = map[string]func(l *Lab, line *Line, d Difference) bool{
	"www-http2": func(_ *Lab, line *Line, d Difference) bool {
		return d.Dimension == "answer" && line.Request.H2 && line.Observed.Status == 0
	},
	"mirror-no-url": func(_ *Lab, _ *Line, d Difference) bool {
		return d.Dimension == "also seen" && strings.Contains(d.Want, " /_mirror-UID") || d.Dimension == "also seen path" && strings.HasPrefix(d.Want, "/_mirror-UID")
	},
	"grpc-host": func(_ *Lab, line *Line, d Difference) bool {
		return d.Dimension == "backend header Host" && d.Got == "" && (d.Want == line.Request.Host || d.Want == "upstream_balancer") // as the authority
	},
	"host-characters": func(_ *Lab, line *Line, d Difference) bool {
		return !httpguts.ValidHostHeader(line.Request.Host) && (d.Dimension == "status" && d.Got == "400" || d.Dimension != "status" && d.Got == "")
	},
	"upgrade-http2": func(_ *Lab, line *Line, d Difference) bool {
		return d.Dimension == "status" && d.Want == "400" && d.Got == "502" && line.Request.Headers["Upgrade"] != "" && line.Observed.Backend == nil
	},
	"auto-http-connections": func(l *Lab, line *Line, d Difference) bool {
		r, want := &line.Request, &line.Observed
		other := want.Backend != nil && strings.HasSuffix(want.Backend.Proto, "+tls") != r.TLS
		return l.auto[hostOf(r.Host)] && (other || r.TLS && want.Status == http.StatusBadRequest)
	},
}

// Platform is the row of the table platform/runtime that explains a difference of our answer
// to a line from the recorded one; "": none does.
func Platform(l *Lab, line *Line, d Difference) string {
	for _, row := range equivalence.Runtime() {
		if recognizes := recognized[row.ID]; recognizes != nil && recognizes(l, line, d) {
			return fmt.Sprintf("platform/runtime (version %d): %s", equivalence.RuntimeVersion, row.ID)
		}
	}
	return ""
}
