package app

import (
	"os/exec"
	"strings"
	"testing"
)

// A channel without the conformance suite does not register: every folder of channels/ whose
// package is an adapter must run it in its tests.
func TestEveryChannelRunsTheSuite(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}}`, "recado/channels/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(out)) {
		path, imports, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch path {
		case "recado/channels", "recado/channels/meta", "recado/channels/channeltest":
			continue
		}
		n++
		if !strings.Contains(" "+imports+" ", " recado/channels/channeltest ") {
			t.Errorf("%s has no test that runs channeltest.Run", path)
		}
	}
	if n < 8 {
		t.Errorf("found only %d channels: the search is broken", n)
	}
}
