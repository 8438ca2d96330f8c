package channeltest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"recado/channels"
	"recado/internal/sim"
)

// one is one case of the suite.
type one struct {
	name string
	act  sim.Act // the customer's act it is about; a lacking case's act must be beyond the platform
	run  func(*stage)
}

// cases are all there are, in the order of the table.
func cases() []one {
	return slices.Concat(inboundCases(), sendCases(), errorCases(), []one{
		{name: "address", run: address}, {name: "fetch", run: fetch}, {name: "check", run: check}, {name: "redaction", run: redaction}, {name: "texts", run: texts},
	})
}

// aspects are parts of a case that may lack by themselves.
var aspects = []string{
	"inbound",                    // all of it, for a channel without a platform
	"inbound/bad_signature/body", // the platform's proof does not cover the body
	"inbound/receipts/read",      // only delivery is told, or reading without saying of what
}

// Outcomes of a case. A lacking one is followed by the reason.
const (
	passed  = "ok"
	lacking = "lacks: "
	failed  = "failed"
)

func run(t *testing.T, open Open) {
	var mu sync.Mutex
	table := map[string]string{}
	var kind channels.Kind
	t.Cleanup(func() { publish(t, kind, table) })
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			outcome := failed
			defer func() {
				mu.Lock()
				defer mu.Unlock()
				table[c.name] = outcome
			}()
			s := newStage(t, open, patience)
			mu.Lock()
			kind = s.Adapter.Kind()
			mu.Unlock()
			got := s.play(c)
			if !t.Failed() {
				outcome = got
			}
		})
	}
}

// play runs one case, or sees to it that it is lacking rightly.
func (s *stage) play(c one) string {
	s.Helper()
	s.checkLacks()
	if reason := s.reason(c.name); reason != "" {
		s.lacksRightly(c)
		return lacking + reason
	}
	if s.Platform == nil && !strings.HasPrefix(c.name, "send/") && c.name != "texts" {
		if !strings.HasPrefix(c.name, "inbound/") {
			return lacking + s.reason("inbound/*") // no platform to fail, to ask or to fetch from
		}
		s.Fatalf("a channel without a platform says so in Capabilities.Lacks[%q]", "inbound")
	}
	c.run(s)
	return passed
}

// reason is why the channel lacks a case, "" when it does not.
func (s *stage) reason(name string) string {
	if r := s.caps.Lacks[name]; r != "" {
		return r
	}
	if s.Platform == nil && strings.HasPrefix(name, "inbound/") {
		return s.caps.Lacks["inbound"]
	}
	return ""
}

// caseNames are what Lacks may name.
func caseNames() []string {
	names := slices.Clone(aspects)
	for _, c := range cases() {
		names = append(names, c.name)
	}
	return names
}

// checkLacks refuses entries that say nothing or name no case: a name with a slip of the
// pen would excuse nothing and be believed.
func (s *stage) checkLacks() {
	s.Helper()
	names := caseNames()
	for name, reason := range s.caps.Lacks {
		switch {
		case !slices.Contains(names, name):
			s.Errorf("Lacks[%q]: there is no such case", name)
		case strings.TrimSpace(reason) == "":
			s.Errorf("Lacks[%q] gives no reason", name)
		case name == "inbound" && s.Platform != nil:
			s.Errorf("Lacks[%q] is for a channel without a platform; name the cases", name)
		}
	}
}

// lacksRightly fails when the platform, or the adapter, does have what is called lacking.
func (s *stage) lacksRightly(c one) {
	s.Helper()
	switch _, fetches := s.Adapter.(channels.MediaFetcher); {
	case c.name == "inbound/receipts" && s.caps.Receipts && s.Platform != nil:
		s.Errorf("Lacks[%q], but Capabilities.Receipts", c.name)
	case c.name == "fetch" && fetches:
		s.Errorf("Lacks[%q], but the adapter is a MediaFetcher", c.name)
	case c.name == "check" && isChecker(s.Adapter):
		s.Errorf("Lacks[%q], but the adapter is a Checker", c.name)
	case c.act != "" && s.Platform != nil:
		s.cannot(c)
	case strings.HasPrefix(c.name, "send/") && s.Platform != nil:
		kind := strings.TrimPrefix(c.name, "send/")
		if parts, _ := s.fit(contents(s.caps)[kind]); parts != nil {
			s.Errorf("Lacks[%q], but by its Capabilities the channel carries it", c.name)
		}
		if file := filepath.Join(s.golden, kind+".json"); exists(file) {
			s.Errorf("Lacks[%q], but there is %s", c.name, file)
		}
	}
}

func exists(file string) bool { _, err := os.Stat(file); return err == nil }

// publish logs the outcomes, a line each, and writes them where RECADO_SUITE_TABLE says.
func publish(t testing.TB, kind channels.Kind, table map[string]string) {
	t.Helper()
	var b strings.Builder
	for _, c := range cases() {
		if outcome, ran := table[c.name]; ran {
			fmt.Fprintf(&b, "\n%s\t%s\t%s", kind, c.name, outcome)
		}
	}
	t.Log(b.String())
	dir := os.Getenv("RECADO_SUITE_TABLE")
	if dir == "" || kind == "" {
		return
	}
	out, err := json.MarshalIndent(table, "", "  ")
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, string(kind)+".json"), append(out, '\n'), 0o644)
	}
	if err != nil {
		t.Errorf("the suite's table: %v", err)
	}
}
