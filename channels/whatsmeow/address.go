package whatsmeow

import (
	"go.mau.fi/whatsmeow/types"

	"recado/channels"
)

var _ channels.Addresser = (*Adapter)(nil)

// Addresses implements channels.Addresser.
func (*Adapter) Addresses(written string) (out []string) {
	if jid, err := types.ParseJID(written); err == nil && isPerson(jid) && jid.Device == 0 {
		return []string{written}
	}
	for _, n := range channels.WhatsAppNumbers(written) {
		out = append(out, types.NewJID(n, types.DefaultUserServer).String())
	}
	return out
}
