package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// rest measures a server with the demo company that nobody uses: how soon it is ready when
// it has run before, and its memory ten seconds later.
func (c *benchCommand) rest(b *bench) error {
	n, cold, err := b.serve("rest", "--demo")
	if err != nil {
		return err
	}
	b.tell("cold_start_ms", ms(cold), "ms", goal{}) // with the schema there and the demo company to be made
	n.terminate()
	warm, err := n.start(b.lab)
	if err != nil {
		return err
	}
	b.tell("warm_start_ms", ms(warm), "ms", atMost(1000))
	if err := sleep(b.lab, 10*time.Second); err != nil {
		return err
	}
	bytes, err := rss(n.pid())
	if err != nil {
		return err
	}
	b.tell("rss_rest_mb", float64(bytes)/1e6, "MB", atMost(80).held())
	return nil
}

// size measures what browsers download, from the built files of this checkout.
func (c *benchCommand) size(b *bench) error {
	out, err := exec.CommandContext(b.lab, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("find the checkout: %w", err)
	}
	root := strings.TrimSpace(string(out))
	launcher, chat, extras, err := widgetSizes(filepath.Join(root, "widget", "dist"))
	if err != nil {
		return err
	}
	b.tell("widget_launcher_gzip_bytes", float64(launcher), "bytes", atMost(6*1024).held())
	b.tell("widget_gzip_bytes", float64(launcher+chat), "bytes", atMost(15*1024).held())
	b.tell("widget_extras_gzip_bytes", float64(extras), "bytes", goal{}) // forms, files and cards, when they are used
	return b.panel(root)
}

// panel asks the panel's own budget.
func (b *bench) panel(root string) error {
	cmd := exec.CommandContext(b.lab, "node", "scripts/budget.mjs", "--json")
	cmd.Dir = filepath.Join(root, "internal", "panel")
	out, err := cmd.Output() // its status says whether a budget is over; the figures say it here
	sizes := map[string]float64{}
	if jerr := json.Unmarshal(out, &sizes); jerr != nil {
		return fmt.Errorf("the panel's sizes are not known; is it built? %w", errors.Join(err, jerr))
	}
	const kb = 1000 // the budget's own: JavaScript, plus 15 for CSS
	b.tell("panel_login_br_bytes", sizes["panel_login_br_bytes"], "bytes", atMost((195+15)*kb).held())
	b.tell("panel_inbox_br_bytes", sizes["panel_inbox_br_bytes"], "bytes", atMost((190+15)*kb).held())
	return nil
}

var hashed = regexp.MustCompile(`(-[\w-]{8})?\.js\.gz$`)

// widgetSizes sums the files that the build made with gzip -9: what a page loads at once,
// what opening the chat adds, and the rest. Of the languages the largest counts.
func widgetSizes(dist string) (launcher, chat, extras int64, err error) {
	files, err := filepath.Glob(filepath.Join(dist, "*.js.gz"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("nothing in %s; is the widget built?", dist)
	}
	var language, extraLanguage int64
	for _, f := range files {
		size := folderSize(dist, filepath.Base(f))
		switch name := hashed.ReplaceAllString(filepath.Base(f), ""); {
		case name == "widget" || name == "main":
			launcher += size
		case name == "chat":
			chat += size
		case len(name) == 2:
			language = max(language, size)
		case strings.HasPrefix(name, "extras-"):
			extraLanguage = max(extraLanguage, size)
		default:
			extras += size
		}
	}
	return launcher, chat + language, extras + extraLanguage, err
}
