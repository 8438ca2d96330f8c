package messenger

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"recado/channels"
	"recado/channels/channeltest"
	"recado/internal/id"
	"recado/internal/sim"
	"recado/internal/sim/messaging"
)

const (
	pageID   = "105337512345678"
	customer = "7345612309871234"
	token    = "EAAGm0PX4ZCpsBAKfirst"
	secret   = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
)

// channel is one page, with its webhook at hook.
func channel(ref, token, secret, hook string) channels.Channel {
	settings, err := json.Marshal(map[string]string{"page_id": ref, "verify_token": "verificame"})
	if err != nil {
		panic(err)
	}
	return channels.Channel{
		ID: id.New[id.Channel](), Company: id.New[id.Company](), Kind: Kind, Name: "Tienda", Ref: ref,
		Settings: settings, Secrets: channels.Secrets{"access_token": token, "app_secret": secret}, Hook: hook,
	}
}

func options(base string) Options {
	return Options{HTTP: &http.Client{Timeout: 10 * time.Second}, Base: func(channels.Channel) string { return base }}
}

func account(c channels.Channel) sim.Account {
	return sim.Account{Kind: string(c.Kind), Ref: c.Ref, Name: c.Name, Hook: c.Hook, Fields: map[string]string{
		"page_id": c.Ref, "access_token": c.Value("access_token"), "app_secret": c.Value("app_secret"),
	}}
}

func open(_ testing.TB, hook string, serve func(sim.Platform) string) channeltest.Bench {
	platform := messaging.New()
	base := serve(platform)
	platform.Served(base)
	c := channel(pageID, token, secret, hook)
	return channeltest.Bench{
		Adapter: New(options(base)), Channel: c, Platform: platform, Account: account(c),
		Customer: sim.Person{ID: customer, Name: "Ana Pérez"},
		Other:    channel("105337587654321", "EAAGm0PX4ZCpsBAKother", strings.Repeat("9", 32), hook+"/other"),
	}
}

func TestSuite(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, open)
}
