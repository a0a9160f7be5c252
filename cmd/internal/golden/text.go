package golden

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Text is a text of the recordings, where long ones are described.
type Text string

// UnmarshalJSON reads a text or its description.
func (s *Text) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, (*string)(s))
	}
	var long struct {
		Repeat        string
		Count, Length int
		SHA256        string
	}
	if err := json.Unmarshal(data, &long); err != nil {
		return err
	}
	*s = Text(strings.Repeat(long.Repeat, long.Count))
	if long.SHA256 != "" {
		*s = Text(fmt.Sprintf("sha256:%s", long.SHA256))
	}
	return nil
}

// short is a text as the recordings have it.
func short(text Text) string {
	if len(text) > 600 && strings.Trim(string(text), string(text[:1])) != "" {
		sum := sha256.Sum256([]byte(text))
		return "sha256:" + hex.EncodeToString(sum[:])
	}
	return string(text)
}

// changing are parts of headers that differ from run to run: keys of affinity cookies,
// dates, and nonces.
var changing = []struct {
	pattern *regexp.Regexp
	as      string
}{
	{regexp.MustCompile(`=[0-9a-f.]+\|[0-9a-f]{32}`), "=KEY"},
	{regexp.MustCompile(`^X-Contour-Session-Affinity="?[^";]+"?`), "X-Contour-Session-Affinity=KEY"},
	{regexp.MustCompile(`Expires=[^;]+`), "Expires=DATE"},
	{regexp.MustCompile(`nonce="[^"]*"`), `nonce="N"`},
}

// steady is the value of a header without what changes.
func steady(name string, value Text) string {
	text := short(value)
	for _, c := range changing {
		text = c.pattern.ReplaceAllString(text, c.as)
	}
	switch name {
	case "Connection": // its options are the same in any case
		text = strings.ToLower(text)
	case "Ssl-Client-Cert", "X-Forwarded-Client-Cert", "X-Envoy-External-Address", "X-Request-Start":
		text = fmt.Sprint(text != "")
	}
	return text
}
