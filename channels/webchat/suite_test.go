package webchat

import (
	"testing"

	"recado/channels"
	"recado/channels/channeltest"
	"recado/internal/id"
	"recado/internal/sim"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	channeltest.Run(t, func(testing.TB, string, func(sim.Platform) string) channeltest.Bench {
		return channeltest.Bench{
			Adapter:  Adapter{},
			Channel:  channels.Channel{ID: id.New[id.Channel](), Kind: Kind, Ref: "wk_shop"},
			Customer: sim.Person{ID: Anonymous(id.Channel{}, noon).Identity},
		}
	})
}
