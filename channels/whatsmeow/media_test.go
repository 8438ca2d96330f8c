package whatsmeow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"

	"recado/internal/errs"
	"recado/internal/sim"
)

func fileGone(b *bench) {
	b.connect()
	e := b.came(b.do(sim.Action{Act: sim.SendFile, File: []byte("%PDF-1.4"), MIME: "application/pdf", FileName: "pedido.pdf"}))
	b.server.ForgetMedia()
	var sent *errs.Send
	if _, err := b.adapter.Fetch(context.Background(), b.channel, *e.Message.Media); !errors.As(err, &sent) || sent.Class != errs.Permanent || sent.Code != "gone" {
		b.Errorf("Fetch gives %v, want a permanent gone", err)
	}
}

// fileFetched takes a file of several of the cipher's chunks, and a reference that lies about it.
func fileFetched(b *bench) {
	b.connect()
	want := bytes.Repeat([]byte("0123456789abcdef"), 20_000)
	e := b.came(b.do(sim.Action{Act: sim.SendVideo, File: want, MIME: "video/mp4"}))
	r, err := b.adapter.Fetch(context.Background(), b.channel, *e.Message.Media)
	if err != nil {
		b.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, want) {
		b.Errorf("%d bytes came (%v), want %d", len(got), err, len(want))
	}
	kept := r.(*scratch).Name()
	if err := r.Close(); err != nil {
		b.Error(err)
	}
	if _, err := os.Stat(kept); !errors.Is(err, fs.ErrNotExist) {
		b.Errorf("the file is still on disk: %v", err)
	}
	lie := *e.Message.Media
	var ref reference
	if err := json.Unmarshal([]byte(lie.Ref), &ref); err != nil {
		b.Fatal(err)
	}
	ref.Hash[0] ^= 1
	packed, _ := json.Marshal(ref)
	lie.Ref = string(packed)
	var sent *errs.Send
	if _, err := b.adapter.Fetch(context.Background(), b.channel, lie); !errors.As(err, &sent) || sent.Class != errs.Permanent || sent.Code != "damaged" {
		b.Errorf("Fetch with another hash gives %v, want a permanent damaged", err)
	}
}
