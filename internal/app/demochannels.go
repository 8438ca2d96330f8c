package app

import (
	"context"
	"slices"
	"strings"

	"recado/channels/webchat"
	"recado/internal/channel"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/id"
)

// demoChannels are the demo company's accounts on the simulated platforms. Nothing here is
// anybody's: the numbers are of ranges that no network gives out.
var demoChannels = []channel.Draft{
	{Kind: "cloudapi", Name: "WhatsApp oficial", Values: map[string]string{"phone_number_id": "100200300400", "waba_id": "500600700800",
		"access_token": "demo-cloud-token", "app_secret": strings.Repeat("a1", 16)}},
	{Kind: "instagram", Name: "Instagram", Values: map[string]string{"account_id": "17841400000000001", "access_token": "demo-instagram-token", "app_secret": strings.Repeat("b2", 16)}},
	{Kind: "messenger", Name: "Messenger", Values: map[string]string{"page_id": "104000000000001", "access_token": "demo-page-token", "app_secret": strings.Repeat("c3", 16)}},
	{Kind: "telegram", Name: "Telegram", Values: map[string]string{"token": "700100200:" + strings.Repeat("Demo-", 7), "username": "aurora_demo_bot"}},
	{Kind: "twilio_whatsapp", Name: "WhatsApp por Twilio", Values: map[string]string{"account_sid": "AC" + strings.Repeat("d4", 16), "auth_token": strings.Repeat("e5", 16), "from": "+15005550006"}},
	{Kind: "twilio_sms", Name: "SMS por Twilio", Values: map[string]string{"account_sid": "AC" + strings.Repeat("d4", 16), "auth_token": strings.Repeat("e5", 16), "from": "+15005550009"}},
	{Kind: "sms", Name: "SMS por pasarela", Values: map[string]string{"preset": "smsgate", "username": "aurora", "password": "demo-gateway", "sender": "+34600000009"}},
}

// seedChannels gives the demo company those of its channels that it does not have yet; they
// answer with the widget's bot.
func (s *server) seedChannels(ctx context.Context, c id.Company) error {
	return s.db.ForCompany(ctx, c, func(tx db.CompanyTx) error {
		have, err := channel.List(ctx, tx)
		if err != nil {
			return err
		}
		var bot id.Bot
		for _, v := range have {
			if v.Kind == webchat.Kind && v.Bot != nil {
				bot = v.Bot.ID
			}
		}
		for _, d := range demoChannels {
			if slices.ContainsFunc(have, func(v channel.Channel) bool { return v.Kind == d.Kind }) {
				continue
			}
			d.Bot = bot
			if _, err := channel.Create(ctx, tx, company.System, s.adapter(d.Kind), s.open, d); err != nil {
				return err
			}
		}
		return nil
	})
}
