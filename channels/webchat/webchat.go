// Package webchat is the widget's channel: our own wire format, spoken between the widget
// in a shop's page and internal/web. It has no platform behind it, so Send has nobody to
// call: a message is handed over when the ledger says sent, and the visitor's socket reads
// it from there, now or after a reconnect.
package webchat

import (
	"context"
	"embed"
	"encoding/json"

	"recado/channels"
)

// Kind is this channel's name.
const Kind channels.Kind = "webchat"

// Adapter is the channel. It has no state.
type Adapter struct{}

var (
	_ channels.Adapter    = Adapter{}
	_ channels.Configurer = Adapter{}
	_ channels.Describer  = Adapter{}
)

//go:embed texts/*.json
var textFiles embed.FS

var texts = channels.LoadTexts(textFiles, "texts")

// Describe implements channels.Describer. The settings have a page of their own in the panel.
func (Adapter) Describe() channels.Description {
	return channels.Description{Official: true, Texts: texts}
}

// Kind implements channels.Adapter.
func (Adapter) Kind() channels.Kind { return Kind }

// MaxText is the longest text a visitor may send, in characters.
const MaxText = 4096

// FileTypes are what visitors may upload.
var FileTypes = []string{
	"image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf", "text/plain",
	"audio/ogg", "audio/webm", "audio/mpeg", "audio/mp4", "video/mp4", "video/webm",
}

// Capabilities implements channels.Adapter. The limits are our own: the widget draws what
// we send it. There is no reply window.
func (Adapter) Capabilities(channels.Channel) channels.Capabilities {
	media := map[string]int64{}
	for _, t := range FileTypes {
		media[t] = 25 << 20
	}
	return channels.Capabilities{
		MaxText: 16384, MaxCaption: 16384, MaxButtons: 20, MaxLinkButtons: 20, MixButtons: true, MaxListRows: 100, MaxProducts: 30, Media: media,
		Voice:  true,
		Typing: true, Receipts: true, Idempotent: true, // the widget drops a message id it has shown
		Lacks: map[string]string{
			"inbound": "there is no platform: the widget speaks to this server, whose own tests hold it",
		},
	}
}

// Send implements channels.Adapter; see the package comment.
func (Adapter) Send(context.Context, channels.Channel, channels.Outgoing) (channels.Sent, error) {
	return channels.Sent{}, nil
}

// Configure implements channels.Configurer.
func (Adapter) Configure(raw json.RawMessage) (json.RawMessage, error) {
	s, err := Parse(raw)
	if err != nil {
		return nil, err
	}
	return json.Marshal(s)
}
