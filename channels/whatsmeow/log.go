package whatsmeow

import (
	"fmt"
	"log/slog"

	signal "go.mau.fi/libsignal/logger"
	waLog "go.mau.fi/whatsmeow/util/log"
)

// logger takes what the library logs, each a level lower: what matters comes as an event
// besides, and most of the rest is a broken line that is mended anyway. Its debug lines hold
// whole stanzas, people's numbers among them, and are dropped.
type logger struct{ to *slog.Logger }

var _ waLog.Logger = logger{}

func (l logger) Errorf(msg string, args ...any) { l.to.Warn("whatsapp: " + fmt.Sprintf(msg, args...)) }
func (l logger) Warnf(msg string, args ...any)  { l.to.Debug("whatsapp: " + fmt.Sprintf(msg, args...)) }
func (logger) Infof(string, ...any)             {}
func (logger) Debugf(string, ...any)            {}
func (l logger) Sub(string) waLog.Logger        { return l }

// The cryptographic library has one logger for the process, which it would make at the first
// line, without a lock. It tells of keys and counters and is silenced before anybody starts.
func init() {
	var none signal.Loggable = silence{}
	signal.Setup(&none)
}

type silence struct{}

func (silence) Debug(string, string)   {}
func (silence) Info(string, string)    {}
func (silence) Warning(string, string) {}
func (silence) Error(string, string)   {}
func (silence) Configure(string)       {}
