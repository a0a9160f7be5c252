package report

import (
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/mattn/go-isatty"
	"github.com/muesli/termenv"
)

// Style is how text looks where it is printed: coloured on a terminal, else plain. NO_COLOR
// decides over CLICOLOR_FORCE, and that over what the stream is; TERM=dumb is plain.
type Style struct {
	heading, good, warn, bad, faint lipgloss.Style
}

// NewStyle is the style for a stream.
func NewStyle(w io.Writer) Style {
	r := lipgloss.NewRenderer(w)
	r.SetColorProfile(termenv.Ascii)
	if coloured(w) {
		r.SetColorProfile(termenv.ANSI)
	}
	plain := r.NewStyle()
	return Style{
		heading: plain.Bold(true),
		good:    plain.Foreground(lipgloss.Color("2")),
		warn:    plain.Foreground(lipgloss.Color("3")),
		bad:     plain.Foreground(lipgloss.Color("1")).Bold(true),
		faint:   plain.Faint(true),
	}
}

func coloured(w io.Writer) bool {
	force := os.Getenv("CLICOLOR_FORCE")
	switch {
	case os.Getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	case os.Getenv("TERM") == "dumb":
		return false
	}
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// word colours an outcome or a severity.
func (s Style) word(text string) string {
	switch strings.TrimSpace(text) {
	case "exact", "understood":
		return s.good.Render(text)
	case "approximated", "untranslated", "warning", "malformed", "unknown":
		return s.warn.Render(text)
	case "blocked", Withheld, "error", "open":
		return s.bad.Render(text)
	}
	return s.faint.Render(text)
}

// Heading is a heading.
func (s Style) Heading(text string) string { return s.heading.Render(text) }
