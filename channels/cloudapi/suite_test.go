package cloudapi

import (
	"net/http"
	"testing"

	"recado/channels"
	"recado/channels/channeltest"
	"recado/internal/id"
	"recado/internal/sim"
	"recado/internal/sim/meta"
)

// number is a channel of this kind and the same account as the platform knows it.
func number(hook, ref, waba, secret string) (channels.Channel, sim.Account) {
	settings := `{"phone_number_id":"` + ref + `","waba_id":"` + waba + `","verify_token":"verifica-` + ref + `"}`
	c := channels.Channel{
		ID: id.New[id.Channel](), Company: id.New[id.Company](), Kind: Kind, Name: "Zapatería Sol", Ref: ref, Hook: hook,
		Settings: []byte(settings), Secrets: channels.Secrets{"access_token": "EAAG" + secret, "app_secret": secret},
	}
	return c, sim.Account{Kind: string(Kind), Ref: ref, Name: c.Name, Hook: hook, Fields: map[string]string{
		"phone_number_id": ref, "waba_id": waba, "access_token": "EAAG" + secret, "app_secret": secret, "verify_token": "verifica-" + ref,
	}}
}

func open(_ testing.TB, hook string, serve func(sim.Platform) string) channeltest.Bench {
	p := meta.New()
	base := serve(p)
	c, account := number(hook, "106540352242922", "102290129340398", "0123456789abcdef0123456789abcdef")
	other, _ := number(hook+"/other", "106540352242933", "102290129340399", "fedcba9876543210fedcba9876543210")
	return channeltest.Bench{
		Adapter: New(Options{HTTP: http.DefaultClient, Base: func(channels.Channel) string { return base }}),
		Channel: c, Platform: p, Account: account, Other: other,
		Customer: sim.Person{ID: "5215512345678", Name: "Ana Torres", Phone: "+525512345678"},
	}
}

func TestSuite(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, open)
}
