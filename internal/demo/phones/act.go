package phones

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"recado/internal/sim"
)

// Limits of what a customer sends here, in bytes.
const (
	maxFile = 16 << 20
	maxText = 16 << 10
)

// patience is how long a customer's act may take; a phone of WhatsApp's is switched on first.
const patience = 15 * time.Second

// acts are those that the page may ask for.
var acts = []sim.Act{
	sim.SayText, sim.SendImage, sim.SendAudio, sim.SendVoice, sim.SendVideo, sim.SendFile, sim.SendPlace, sim.SendCard,
	sim.Press, sim.Pick, sim.React, sim.EditText, sim.Delete, sim.ReadAll, sim.Opaque, own,
}

// sample fills an action with something that is at hand.
type sample func(*phones, *sim.Action) error

var samples = map[string]sample{
	"dress":     picture(sim.SendImage, "productos/VES-001.jpg", "vestido.jpg"),
	"coat":      picture(sim.SendImage, "productos/ABR-003.jpg", "abrigo.jpg"),
	"catalogue": picture(sim.SendFile, "catalogo.pdf", "catalogo.pdf"),
	// Four notes of a xylophone, computed and then encoded with Chromium's AudioEncoder, 16 kb/s.
	"voice": func(p *phones, a *sim.Action) error {
		a.Act, a.File, a.MIME, a.FileName = sim.SendVoice, p.static["voice.ogg"], "audio/ogg", "voice.ogg"
		return nil
	},
	"place": func(_ *phones, a *sim.Action) error {
		a.Act, a.Text, a.Lat, a.Lng = sim.SendPlace, "Plaza Mayor de Madrid", 40.41539, -3.70740
		return nil
	},
	"card": func(_ *phones, a *sim.Action) error {
		a.Act, a.Text = sim.SendCard, "Marina Soler"
		return nil
	},
}

// picture is one of the demo's drawn files.
func picture(act sim.Act, file, name string) sample {
	return func(p *phones, a *sim.Action) (err error) {
		a.Act, a.FileName = act, name
		a.File, a.MIME, err = p.Files.Open(file)
		return err
	}
}

// act lets a customer do something. The form's fields are act, text, quote, target, choice and
// file, as in sim.Action, or the name of a sample; the answer is the customer's screen.
func (p *phones) act(w http.ResponseWriter, r *http.Request) {
	a, who, ok := p.customer(w, r)
	if !ok {
		return
	}
	do, why := p.read(w, r)
	if why != none {
		refuse(w, http.StatusUnprocessableEntity, why, "")
		return
	}
	do.Ref, do.Customer = a.Ref, who
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	_, err := p.platform(a.Kind).Do(ctx, do)
	if errors.As(err, &sim.ErrCannot{}) {
		refuse(w, http.StatusUnprocessableEntity, cannot, err.Error())
		return
	}
	if err != nil {
		p.Log.InfoContext(ctx, "a simulated platform refused a customer's act", "kind", a.Kind, "act", string(do.Act), "err", err)
		refuse(w, http.StatusUnprocessableEntity, refused, err.Error())
		return
	}
	answer(w, http.StatusOK, p.screen(a.Kind, a.Ref, who.ID))
}

// read makes an action of a request's form.
func (p *phones) read(w http.ResponseWriter, r *http.Request) (do sim.Action, why problem) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFile+1<<20)
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		if over := (*http.MaxBytesError)(nil); errors.As(err, &over) {
			return do, large
		}
		return do, bad
	}
	defer r.MultipartForm.RemoveAll() //nolint:errcheck // the system clears what is left
	do = sim.Action{
		Act: sim.Act(r.PostFormValue("act")), Text: r.PostFormValue("text"), Quote: r.PostFormValue("quote"),
		Target: r.PostFormValue("target"), Choice: r.PostFormValue("choice"),
	}
	if name := r.PostFormValue("sample"); name != "" {
		fill, known := samples[name]
		if !known {
			return do, bad
		}
		if err := fill(p, &do); err != nil {
			p.Log.WarnContext(r.Context(), "a sample cannot be made", "sample", name, "err", err)
			return do, failed
		}
	}
	for _, f := range r.MultipartForm.File["file"] {
		if do.File, why = bytesOf(f); why != none {
			return do, why
		}
		do.FileName, do.MIME = f.Filename, f.Header.Get("Content-Type")
	}
	return do, flaw(do)
}

func bytesOf(f *multipart.FileHeader) ([]byte, problem) {
	if f.Size > maxFile {
		return nil, large
	}
	in, err := f.Open()
	if err != nil {
		return nil, bad
	}
	defer in.Close()
	b, err := io.ReadAll(in)
	if err != nil || len(b) == 0 {
		return nil, bad
	}
	return b, none
}

// flaw is what is wrong with an action.
func flaw(do sim.Action) problem {
	known := slices.Contains(acts, do.Act)
	switch do.Act {
	case sim.SayText, sim.EditText, own:
		known = known && strings.TrimSpace(do.Text) != ""
	case sim.SendImage, sim.SendAudio, sim.SendVoice, sim.SendVideo, sim.SendFile:
		known = known && do.File != nil
	}
	switch {
	case len(do.Text) > maxText:
		return large
	case !known:
		return bad
	}
	return none
}
