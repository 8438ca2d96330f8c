package app

import (
	"encoding/hex"
	"net/http"

	wa "go.mau.fi/whatsmeow"

	"recado/internal/sim"
	"recado/internal/sim/messaging"
	"recado/internal/sim/meta"
	"recado/internal/sim/smsgw"
	"recado/internal/sim/telegram"
	"recado/internal/sim/twilio"
	"recado/internal/sim/whatsapp"
)

// demoPlatforms is where the demo's simulated platforms stand on this server.
const demoPlatforms = "/demo/platforms"

// Simulators are all the simulated platforms, each by the name adapters look for it under.
type Simulators struct {
	ByName   map[string]sim.Platform
	WhatsApp *whatsapp.Server
}

// NewSimulators starts them. Close them.
func NewSimulators() (*Simulators, error) {
	qr, err := whatsapp.New()
	if err != nil {
		return nil, err
	}
	return &Simulators{WhatsApp: qr, ByName: map[string]sim.Platform{
		"meta": meta.New(), "messaging": messaging.New(), "telegram": telegram.New(), "twilio": twilio.New(), "smsgw": smsgw.New(), "whatsapp": qr,
	}}, nil
}

// Close ends them.
func (s *Simulators) Close() {
	for _, p := range s.ByName {
		p.Hooks().Forget()
	}
	s.WhatsApp.Close()
}

// Served tells the platforms their own address, which they write into what they hand out.
func (s *Simulators) Served(base string) {
	for name, p := range s.ByName {
		if at, ok := p.(interface{ Served(string) }); ok {
			at.Served(base + "/" + name)
		}
	}
}

// Handler serves them below prefix.
func (s *Simulators) Handler(prefix string) http.Handler {
	mux := http.NewServeMux()
	for name, p := range s.ByName {
		mux.Handle(prefix+"/"+name+"/", http.StripPrefix(prefix+"/"+name, p))
	}
	mux.Handle(prefix+demoModelPath+"/", http.StripPrefix(prefix+demoModelPath, demoModels()))
	mux.HandleFunc(prefix+"/whatsapp/root", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(hex.EncodeToString(wa.WACertPubKey[:])))
	})
	return mux
}

// Of is the platform that serves a kind of channel.
func (s *Simulators) Of(kind string) sim.Platform {
	for _, p := range s.ByName {
		for _, k := range p.Kinds() {
			if k == kind {
				return p
			}
		}
	}
	return nil
}
