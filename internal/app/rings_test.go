package app

import (
	"os/exec"
	"strings"
	"testing"
)

// ring is what a folder may import of this module, besides itself and what lies below it.
// It is the table of the house: words, seams, adapters, rooms, doors, root.
type ring struct {
	folder string   // "internal/chat", or with "/*" each folder below it
	may    []string // folders; "/..." takes those below too
}

var (
	words = []string{"internal/id", "internal/errs", "internal/chat", "internal/hours"}
	seams = []string{"channels", "connectors", "flows/...", "bots/...", "internal/llm", "internal/blob"}
	rooms = []string{"internal/company", "internal/auth", "internal/channel", "internal/realtime", "internal/outbox", "internal/inbox",
		"internal/knowledge/...", "internal/assistant", "internal/file", "internal/session", "internal/media", "internal/health",
		"internal/flow/...", "internal/commerce/...", "internal/outside"}
	plumbing = []string{"internal/db", "internal/seal", "internal/spool", "internal/httpx"}
	doors    = []string{"internal/web/...", "internal/api", "internal/dispatch", "internal/panel", "widget"}
)

func all(lists ...[]string) (out []string) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// rings is every folder that is not root. A folder that is missing here fails the test, so
// that whoever adds a room says where it stands.
var rings = []ring{
	{"internal/id", nil},
	{"internal/errs", nil},
	{"internal/chat", words},
	{"internal/hours", words},

	{"flows", all(words, []string{"flows/expr"})},
	{"flows/expr", words},
	{"flows/nodes", all(words, []string{"flows", "flows/expr", "flows/nodes/reading"})},
	{"flows/nodes/reading", nil},
	{"flows/nodes/nodetest", all(words, []string{"flows", "flows/pretend", "flows/expr", "flows/nodes", "flows/nodes/reading", "flows/upgrade"})},
	{"flows/pretend", all(words, []string{"flows", "flows/expr", "flows/nodes/reading"})},
	{"flows/upgrade", words},
	{"bots", all(words, []string{"bots/...", "flows"})},
	{"bots/*", words},
	{"channels", words},
	{"internal/blob", words},

	{"channels/channeltest", all(words, []string{"channels", "internal/sim"})},
	{"channels/instagram", all(words, []string{"channels", "channels/meta", "channels/messenger"})},
	{"channels/*", all(words, []string{"channels", "channels/meta", "internal/httpx"})},
	{"internal/sim", nil},
	{"internal/sim/*", []string{"internal/sim"}},
	{"internal/blob/*", all(words, []string{"internal/blob", "internal/httpx"})},

	{"internal/db", words},
	{"internal/db/pgchild", nil},
	{"internal/db/dbtest", []string{"internal/db/pgchild", "migrations"}},
	{"internal/seal", words},
	{"internal/spool", words},
	{"internal/httpx", words},
	{"migrations", nil},

	{"internal/company", all(words, plumbing)},
	{"internal/file", all(words, plumbing, []string{"internal/blob"})},
	{"internal/realtime", all(words, plumbing)},
	{"internal/auth", all(words, plumbing, []string{"internal/company"})},
	{"internal/channel", all(words, seams, plumbing, []string{"internal/company"})},
	{"internal/outbox", all(words, seams, plumbing)},
	{"internal/session", all(words, seams, plumbing)},
	{"internal/media", all(words, seams, plumbing, []string{"internal/file"})},
	{"internal/health", all(words, seams, plumbing)},
	{"internal/inbox", all(words, seams, plumbing, []string{"internal/company", "internal/outbox"})},
	{"internal/inbox/inboxtest", all(words, seams, plumbing, []string{"internal/inbox", "internal/db/dbtest"})},
	{"internal/knowledge", all(words, seams, plumbing, []string{"internal/knowledge/retrieval", "internal/company"})},
	{"internal/knowledge/retrieval", nil},
	{"internal/knowledge/retrieval/*", []string{"internal/knowledge/retrieval"}},
	{"internal/flow", all(words, seams, plumbing, []string{"internal/company", "internal/file"})},
	{"internal/flow/trial", all(words, seams, plumbing, []string{"internal/assistant", "internal/flow"})},
	{"internal/commerce", all(words, seams, plumbing, []string{"internal/company", "internal/inbox", "internal/outbox"})},
	{"internal/commerce/checkout", all(words, seams, plumbing, []string{"internal/commerce", "internal/inbox"})},
	{"internal/llm", words},
	{"internal/llm/*", all(words, []string{"internal/llm", "internal/httpx"})},
	{"internal/outside", all(words, seams, plumbing, []string{"internal/commerce", "internal/company", "internal/inbox"})},
	{"internal/assistant", all(words, seams, plumbing, []string{"internal/company", "internal/file", "internal/knowledge", "internal/flow"})},

	{"internal/dispatch", all(words, seams, plumbing, rooms)},
	{"internal/api", all(words, seams, plumbing, rooms, []string{"channels/webchat"})},
	{"internal/static", nil},
	{"internal/panel", []string{"internal/static"}},
	{"widget", []string{"internal/static"}},
	{"internal/web", all(words, seams, plumbing, rooms, doors)},
	{"internal/web/*", all(words, seams, plumbing, rooms, []string{"channels/webchat"})},

	{"scripts/*", nil},
	{"internal/demo", all(words, seams)},
	{"internal/demo/pictures", nil},
	{"internal/demo/shop", []string{"internal/demo"}},
	{"internal/demo/phones", []string{"internal/demo", "internal/sim/..."}},
	{"internal/demo/seed", all(words, seams, plumbing, rooms, []string{"internal/demo", "internal/demo/shop", "channels/webchat"})},
}

// root may import everything, and nothing imports it.
func root(folder string) bool {
	return strings.HasPrefix(folder, "cmd/") || folder == "internal/app"
}

func TestImportsKeepTheirDirection(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "recado/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		folder := strings.TrimPrefix(fields[0], "recado/")
		if root(folder) {
			continue
		}
		may, known := ringOf(folder)
		if !known {
			t.Errorf("%s stands in no ring: add it to the table with what it may import", folder)
		}
		for _, imp := range fields[1:] {
			to, ours := strings.CutPrefix(imp, "recado/")
			if !ours || strings.HasPrefix(to, folder+"/") || allowed(may, to) {
				continue
			}
			t.Errorf("%s imports %s, against the rings", folder, to)
		}
	}
}

// ringOf prefers an exact entry to one with a star.
func ringOf(folder string) (may []string, known bool) {
	for _, r := range rings {
		if r.folder == folder {
			return r.may, true
		}
		if parent, star := strings.CutSuffix(r.folder, "/*"); star && strings.HasPrefix(folder, parent+"/") {
			may, known = r.may, true
		}
	}
	return may, known
}

func allowed(may []string, to string) bool {
	for _, m := range may {
		if tree, below := strings.CutSuffix(m, "/..."); to == m || below && (to == tree || strings.HasPrefix(to, tree+"/")) {
			return true
		}
	}
	return false
}
