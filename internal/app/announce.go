package app

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"recado/internal/demo"
	"recado/internal/id"
)

// demoShop is the demo company as the server needs it.
type demoShop struct {
	company id.Company
	files   *demo.Files
	handler http.Handler
	people  []demoPerson
}

type demoPerson struct{ name, role, email string }

// announce prints where everything is; the last line begins with "ready".
func announce(out io.Writer, c Config, addr net.Addr, shop *demoShop, sc ServeConfig, took time.Duration) {
	base := c.BaseURL
	if base == "" {
		host := addr.String()
		if h, port, err := net.SplitHostPort(host); err == nil {
			if ip := net.ParseIP(h); ip == nil || ip.IsUnspecified() {
				h = "localhost"
			}
			host = net.JoinHostPort(h, port)
		}
		base = "http://" + host
	}
	fmt.Fprintf(out, "\n  Panel      %s/\n", base)
	if shop != nil {
		fmt.Fprintf(out, "  Demo shop  %s/demo\n", base)
		if sc.Demo {
			fmt.Fprintf(out, "  Phones     %s/demo/phones, customers on simulated platforms\n", base)
		}
	}
	fmt.Fprintf(out, "  API        %s/api/docs\n", base)
	if shop != nil {
		fmt.Fprintf(out, "\n  Demo logins, password %s\n", sc.DemoPassword)
		for _, p := range shop.people {
			fmt.Fprintf(out, "    %-36s %s, %s\n", p.email, p.name, strings.ReplaceAll(p.role, "_", "-"))
		}
	}
	fmt.Fprintf(out, "\nready on %s in %.2f s\n", base, took.Seconds())
}
