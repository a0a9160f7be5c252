package server

import (
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/split-ingress/split-ingress/runtime/serve"
)

// logging are the flags about what is written down.
type logging struct {
	level, format string
	access        string
	sample        int
	accessFile    string
	query         string
}

func (l *logging) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&l.access, "access-log", "off", "Requests to write down, as lines of JSON: off, sampled (one of --access-log-sample, and every status from 500) or on")
	flags.IntVar(&l.sample, "access-log-sample", 100, "One of how many requests a sampled access log has")
	flags.StringVar(&l.accessFile, "access-log-file", "", "File to append the access log to, instead of standard output; SIGHUP opens it anew")
	flags.StringVar(&l.query, "access-log-query", "on", "Whether the access log has the queries of requests: on or off")
	flags.StringVar(&l.level, "log-level", "info", "Least level of messages: debug, info, warn or error")
	flags.StringVar(&l.format, "log-format", "text", "Format of messages: text or json")
	choices(cmd, "access-log", "off", "sampled", "on")
	choices(cmd, "access-log-query", "on", "off")
	choices(cmd, "log-level", "debug", "info", "warn", "error")
	choices(cmd, "log-format", "text", "json")
}

func (l *logging) validate() error {
	for _, wrong := range []error{
		oneOf("access-log", l.access, "off", "sampled", "on"),
		oneOf("access-log-query", l.query, "on", "off"),
		oneOf("log-level", l.level, "debug", "info", "warn", "error"),
		oneOf("log-format", l.format, "text", "json"),
	} {
		if wrong != nil {
			return wrong
		}
	}
	if l.sample < 1 {
		return usagef("--access-log-sample %d: want 1 or more", l.sample)
	}
	if l.access == "off" && l.accessFile != "" {
		return usagef("--access-log-file is given, but --access-log is off")
	}
	return nil
}

// logger is where messages go. The level was validated.
func (l *logging) logger(w io.Writer) *slog.Logger {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "warn": slog.LevelWarn, "error": slog.LevelError}
	o := &slog.HandlerOptions{Level: levels[l.level]}
	if l.format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// accessLog starts the access log, nil without one, and opens its file, nil if it has none.
func (l *logging) accessLog(stdout io.Writer, m *serve.Metrics) (log *serve.AccessLog, file *logFile, err error) {
	if l.access == "off" {
		return nil, nil, nil
	}
	out := stdout
	if l.accessFile != "" {
		if file, err = openLogFile(l.accessFile); err != nil {
			return nil, nil, usagef("--access-log-file: %w", err)
		}
		out = file
	}
	every := 1
	if l.access == "sampled" {
		every = l.sample
	}
	return serve.NewAccessLog(out, serve.AccessOptions{Every: every, NoQuery: l.query == "off"}, m), file, nil
}
