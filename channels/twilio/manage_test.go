package twilio

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/sim"
	simtwilio "recado/internal/sim/twilio"
)

func TestTemplates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	plainOne := channels.Template{Name: "aviso", Language: "es", Category: "utility", Body: "Hola {{1}}", Samples: []string{"Ana"}}
	full := channels.Template{Name: "oferta", Language: "es_MX", Category: "marketing", Header: "Rebajas", Body: "Hola {{1}}, {{2}}", Footer: "Tienda",
		Samples: []string{"Ana", "hoy"}, Buttons: []string{"Ver", "Baja"}}
	no := channels.Template{Name: "no_va", Language: "es", Category: "utility", Body: "Esto es para rechazar"}
	for _, x := range []channels.Template{plainOne, full, no} {
		got, err := b.SubmitTemplate(t.Context(), b.c, x)
		if err != nil || got.Status != "pending" || !strings.HasPrefix(got.ID, "HX") {
			t.Fatalf("%s: %+v, %v", x.Name, got, err)
		}
	}
	all, err := b.Templates(t.Context(), b.c)
	if err != nil {
		t.Fatal(err)
	}
	named := channels.Template{Name: "con_nombre", Language: "es", Category: "utility", Body: "Hola {{nombre}}"}
	if _, err := b.SubmitTemplate(t.Context(), b.c, named); err != nil {
		t.Fatal(err)
	}
	want := []channels.Template{plainOne, full, no}
	want[0].Status, want[1].Status, want[2].Status, want[2].Reason = "approved", "approved", "rejected", "INVALID_FORMAT"
	for i := range want {
		want[i].ID = all[i].ID
	}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("got  %+v\nwant %+v", all, want)
	}

	send := func(name, language string, params ...string) error {
		_, err := b.Send(t.Context(), b.c, outgoing(chat.Content{Type: chat.TemplateMsg, Template: &chat.Template{Name: name, Language: language, Params: params}}))
		return err
	}
	if err := send("oferta", "es_MX", "Eva", "mañana\ntemprano"); err != nil {
		t.Error(err)
	}
	screen := b.platform.Thread(ourNumber, theirs)
	if got := screen[len(screen)-1]; got.Header != "Rebajas" || got.Text != "Hola Eva, mañana temprano" || got.Footer != "Tienda" || len(got.Buttons) != 2 {
		t.Errorf("the customer sees %+v", got)
	}
	for name, x := range map[string]struct {
		name, language, code string
		params               []string
	}{
		"unknown":           {"otra", "es", "template_missing", nil},
		"another language":  {"oferta", "es", "template_missing", nil},
		"rejected":          {"no_va", "es", "template_not_approved", nil},
		"too few values":    {"oferta", "es_MX", "template_params", []string{"Eva"}},
		"too many values":   {"oferta", "es_MX", "template_params", []string{"Eva", "hoy", "y mañana"}},
		"places with names": {"con_nombre", "es", "template_params", []string{"Eva"}},
	} {
		var e *errs.Send
		if err := send(x.name, x.language, x.params...); !errors.As(err, &e) || e.Class != errs.Permanent || e.Code != x.code {
			t.Errorf("%s: %v, want %s", name, err, x.code)
		}
	}

	// A second of the same name is refused, and leaves nothing behind.
	if _, err := b.SubmitTemplate(t.Context(), b.c, plainOne); err == nil {
		t.Error("a name was given twice")
	}
	if err := b.DeleteTemplate(t.Context(), b.c, "oferta"); err != nil {
		t.Error(err)
	}
	if all, err = b.Templates(t.Context(), b.c); err != nil || len(all) != 3 {
		t.Errorf("%d templates are left, %v; want 3", len(all), err)
	}
	var e *errs.Send
	if err := send("oferta", "es_MX", "Eva", "hoy"); !errors.As(err, &e) || e.Code != "template_missing" {
		t.Errorf("a deleted template: %v", err)
	}
}

func TestTemplatesReadsAllPages(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"": `{"contents":[{"sid":"HX1","friendly_name":"uno","language":"es","types":{"twilio/text":{"body":"1"}},"variables":null,"approval_requests":null}],
			"meta":{"next_page_url":"https://attacker.example/v1/ContentAndApprovals?PageSize=100&Page=1&PageToken=x"}}`,
		"1": `{"contents":[{"sid":"HX2","friendly_name":"dos","language":"es","types":{"twilio/location":{"latitude":1}}},
			{"sid":"HX3","friendly_name":"c","language":"es","types":{"twilio/text":{"body":"3"}},"approval_requests":{"name":"tres","category":"UTILITY","status":"PAUSED"}}],
			"meta":{"next_page_url":null}}`,
	}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, pages[r.FormValue("Page")])
	}))
	defer api.Close()
	got, err := NewWhatsApp(options(api.URL)).Templates(t.Context(), channel(KindWhatsApp, accountSID, authToken, ourNumber, hookAddress))
	want := []channels.Template{
		{ID: "HX1", Name: "uno", Language: "es", Status: "draft", Body: "1"},
		{ID: "HX3", Name: "tres", Language: "es", Category: "utility", Status: "paused", Body: "3"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const service = "MG0123456789abcdef0123456789abcdef"
	for name, x := range map[string]struct {
		kind   channels.Kind
		change func(*channels.Channel) // after the platform has learnt of the account
		want   map[string]bool
	}{
		"good WhatsApp": {KindWhatsApp, nil, map[string]bool{"account": true, "number": true, "webhook": true}},
		"good SMS":      {KindSMS, nil, map[string]bool{"account": true, "number": true, "webhook": true}},
		"wrong token":   {KindSMS, func(c *channels.Channel) { c.Secrets = channels.Secrets{"auth_token": "x"} }, map[string]bool{"account": false}},
		"another number": {KindWhatsApp, func(c *channels.Channel) {
			c.Settings = []byte(`{"account_sid":"` + accountSID + `","from":"+34910000009"}`)
		}, map[string]bool{"account": true, "number": false}},
		"another SMS number": {KindSMS, func(c *channels.Channel) {
			c.Settings = []byte(`{"account_sid":"` + accountSID + `","from":"+34910000009"}`)
		}, map[string]bool{"account": true, "number": false}},
		"another address": {KindWhatsApp, func(c *channels.Channel) { c.Hook = "https://recado.example/hooks/2" }, map[string]bool{"account": true, "number": true, "webhook": false}},
		"no address":      {KindSMS, func(c *channels.Channel) { c.Hook = "" }, map[string]bool{"account": true, "number": true, "webhook": false}},
		"a service nobody has": {KindSMS, func(c *channels.Channel) {
			c.Settings = []byte(`{"account_sid":"` + accountSID + `","from":"` + ourNumber + `","messaging_service_sid":"` + service + `"}`)
		}, map[string]bool{"account": true, "number": true, "webhook": false}},
	} {
		platform := simtwilio.New()
		api := httptest.NewServer(platform)
		c := channel(x.kind, accountSID, authToken, ourNumber, hookAddress)
		if err := platform.Connect(account(c)); err != nil {
			t.Fatal(err)
		}
		if x.change != nil {
			x.change(&c)
		}
		var a channels.Checker = NewSMS(options(api.URL))
		if x.kind == KindWhatsApp {
			a = NewWhatsApp(options(api.URL))
		}
		got := map[string]bool{}
		for _, f := range a.Check(t.Context(), c) {
			got[f.Code] = f.OK
		}
		if !reflect.DeepEqual(got, x.want) {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
		api.Close()
	}
}

// The token is sent to Twilio's API and nowhere else, whatever a webhook names.
func TestFetchAsksOnlyTwilio(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, ref := range []string{
		"", "nothing", "https://attacker.example/file", "http://169.254.169.254/latest/meta-data",
		"https://api.twilio.com/2010-04-01/Accounts/AC" + strings.Repeat("9", 32) + "/Messages/MM1/Media/ME1",
		"https://api.twilio.com/2010-04-01/Accounts/" + accountSID + "/Messages/../../../../v1/Content",
	} {
		var e *errs.Send
		if _, err := b.Fetch(t.Context(), b.c, channels.MediaRef{Ref: ref}); !errors.As(err, &e) || e.Class != errs.Permanent || e.Code != "address" {
			t.Errorf("%q: %v, want it refused", ref, err)
		}
	}
	body, err := b.Fetch(t.Context(), b.c, channels.MediaRef{Ref: "https://attacker.example/2010-04-01/Accounts/" + accountSID + "/Messages/MM1/Media/ME1"})
	if err == nil {
		body.Close()
	}
	var e *errs.Send
	if !errors.As(err, &e) || e.Code != "20404" {
		t.Errorf("a file Twilio does not have: %v", err)
	}
}

func TestTyping(t *testing.T) {
	t.Parallel()
	b := setup(t)
	last, err := b.platform.Do(t.Context(), sim.Action{Act: sim.SayText, Ref: ourNumber, Customer: sim.Person{ID: theirs}, Text: "¿Hola?"})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Typing(t.Context(), b.c, theirs, last+"/1"); err != nil || !b.platform.Typing(last) {
		t.Errorf("typing is not shown: %v", err)
	}
	if err := b.Typing(t.Context(), b.c, theirs, "SM404"); err == nil {
		t.Error("typing below a message that does not exist")
	}
	if err := b.Typing(t.Context(), b.c, theirs, ""); err != nil {
		t.Errorf("nothing to show typing below: %v", err)
	}
}

func TestDescription(t *testing.T) {
	t.Parallel()
	for _, d := range []channels.Description{NewWhatsApp(Options{}).Describe(), NewSMS(Options{}).Describe()} {
		values := map[string]string{"account_sid": " " + accountSID, "auth_token": authToken, "from": ourNumber}
		if err := d.Check(values, nil); err != nil {
			t.Errorf("a good account: %v", err)
		}
		for key, bad := range map[string]string{"account_sid": "SK123", "auth_token": "short", "from": "910000001", "messaging_service_sid": "MGx"} {
			values := map[string]string{"account_sid": accountSID, "auth_token": authToken, "from": ourNumber}
			values[key] = bad
			var p *errs.Problem
			if err := d.Check(values, nil); !errors.As(err, &p) || p.Field != key {
				t.Errorf("%s %q: %v", key, bad, err)
			}
		}
	}
}
