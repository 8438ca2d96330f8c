package whatsmeow

import (
	"testing"

	"recado/channels/channeltest"
	"recado/internal/sim"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	db := tables(t)
	channeltest.Run(t, func(t testing.TB, _ string, serve func(sim.Platform) string) channeltest.Bench {
		server := newServer(t)
		base := serve(server)
		b := newBench(t, db, func(o *Options) { o.Rewrite = over(t, base) })
		b.server = server
		b.link()
		return channeltest.Bench{
			Adapter: b.adapter, Channel: b.channel, Platform: server, Customer: ana,
			Account:  sim.Account{Kind: string(Kind), Ref: b.number, Name: "Tienda Ana"},
			Volatile: []string{"URL", "directPath", "mediaKey", "fileEncSHA256", "senderTimestampMS"},
		}
	})
}
