package twilio

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
	simtwilio "recado/internal/sim/twilio"
)

const (
	accountSID = "AC0123456789abcdef0123456789abcdef"
	authToken  = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	ourNumber  = "+34910000001"
	theirs     = "+34600000001"
)

// channel is one of a kind, with its webhook at hook.
func channel(kind channels.Kind, sid, token, number, hook string) channels.Channel {
	settings, err := json.Marshal(map[string]string{"account_sid": sid, "from": number})
	if err != nil {
		panic(err)
	}
	return channels.Channel{
		ID: id.New[id.Channel](), Company: id.New[id.Company](), Kind: kind, Name: "Tienda", Ref: number,
		Settings: settings, Secrets: channels.Secrets{"auth_token": token}, Hook: hook,
	}
}

// account is a channel as the platform knows it.
func account(c channels.Channel) sim.Account {
	return sim.Account{Kind: string(c.Kind), Ref: c.Ref, Name: c.Name, Hook: c.Hook, Fields: map[string]string{
		"account_sid": c.Value("account_sid"), "auth_token": c.Value("auth_token"), "from": c.Value("from"),
		"messaging_service_sid": c.Value("messaging_service_sid"),
	}}
}

// options are those of a test: calls go to base.
func options(base string) Options {
	return Options{HTTP: &http.Client{Timeout: 10 * time.Second}, Base: func(channels.Channel) string { return base }}
}

func TestSuiteWhatsApp(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, bench(KindWhatsApp, func(o Options) channels.Adapter { return NewWhatsApp(o) }))
}

func TestSuiteSMS(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, bench(KindSMS, func(o Options) channels.Adapter { return NewSMS(o) }))
}

func bench(kind channels.Kind, adapter func(Options) channels.Adapter) channeltest.Open {
	return func(_ testing.TB, hook string, serve func(sim.Platform) string) channeltest.Bench {
		platform := simtwilio.New()
		c := channel(kind, accountSID, authToken, ourNumber, hook)
		return channeltest.Bench{
			Adapter: adapter(options(serve(platform))), Channel: c, Platform: platform, Account: account(c),
			Customer: sim.Person{ID: strings.TrimPrefix(theirs, "+"), Name: "Ana Pérez", Phone: theirs},
			Golden:   "testdata/" + string(kind),
			Other:    channel(kind, "ACfedcba9876543210fedcba9876543210", strings.Repeat("9", 32), "+34910000002", hook+"/other"),
		}
	}
}
