package whatsmeow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	wa "go.mau.fi/whatsmeow"
	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/store"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
)

func TestMessageID(t *testing.T) {
	t.Parallel()
	m := id.New[id.Message]()
	got := messageID(m)
	if got != messageID(m) || got == messageID(id.New[id.Message]()) {
		t.Error("an id must stay the same for one message and differ for others")
	}
	if len(got) != 22 || !strings.HasPrefix(got, "3EB0") || strings.ToUpper(got) != got {
		t.Errorf("%s has not the form of WhatsApp Web's ids", got)
	}
	for x, want := range map[string]bool{got: true, got[:21] + "g": false, "3EB0109AA5F0587915D59C": false, "AC5D0A": false, "": false} {
		if ours(x) != want {
			t.Errorf("ours(%q) is %v", x, !want)
		}
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	removed := &wa.DisconnectedError{Node: &waBinary.Node{Tag: "stream:error", Attrs: waBinary.Attrs{"code": "401"}}}
	cut := &wa.DisconnectedError{Node: &waBinary.Node{Tag: "xmlstreamend"}}
	for name, x := range map[string]struct {
		err     error
		written bool
		class   errs.Class
		code    string
		maybe   bool
	}{
		"no answer":                  {wa.ErrMessageTimedOut, true, errs.Retryable, "timeout", true},
		"stopped after writing":      {context.DeadlineExceeded, true, errs.Retryable, "timeout", true},
		"stopped before writing":     {context.DeadlineExceeded, false, errs.Retryable, "timeout", false},
		"a query without answer":     {wa.ErrIQTimedOut, false, errs.Retryable, "timeout", false},
		"cut after writing":          {cut, true, errs.Retryable, "disconnected", true},
		"cut before writing":         {cut, false, errs.Retryable, "disconnected", false},
		"never connected":            {fmt.Errorf("failed to send message node: %w", wa.ErrNotConnected), true, errs.Retryable, "disconnected", false},
		"removed":                    {removed, true, errs.ChannelDown, "logged_out", false},
		"deleted":                    {store.ErrDeviceDeleted, false, errs.ChannelDown, "logged_out", false},
		"too much":                   {fmt.Errorf("%w %d", wa.ErrServerReturnedError, 429), true, errs.RateLimited, "429", false},
		"too many queries":           {fmt.Errorf("x: %w", wa.ErrIQRateOverLimit), false, errs.RateLimited, "429", false},
		"a stranger":                 {fmt.Errorf("%w %d", wa.ErrServerReturnedError, 463), true, errs.Permanent, "463", false},
		"WhatsApp itself is unwell":  {fmt.Errorf("%w %d", wa.ErrServerReturnedError, 503), true, errs.Retryable, "503", false},
		"the database, before":       {errors.New("failed to get LID"), false, errs.Retryable, "disconnected", false},
		"something else, afterwards": {errors.New("EOF"), true, errs.Retryable, "disconnected", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := classify(x.err, x.written)
			if got.Class != x.class || got.Code != x.code || got.MaybeSent != x.maybe || (got.Class == errs.RateLimited) != (got.RetryAfter > 0) {
				t.Errorf("got %+v", got)
			}
			if !errors.Is(got, x.err) {
				t.Error("the reason is lost")
			}
		})
	}
}

func TestVCardIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	in := chat.Card{Name: "Luis; el, de", Phones: []string{"+52 55 1234"}, Emails: []string{"l@x.example"}}
	written := vcard(in)
	if !strings.Contains(written, "waid=52551234:+52 55 1234") || !strings.Contains(written, `FN:Luis\; el\, de`) || strings.Count(written, "\n") != 7-1 {
		t.Errorf("written as %q", written)
	}
	if hostile := vcard(chat.Card{Name: "x\nTEL:1"}); strings.Contains(hostile, "\nTEL") {
		t.Errorf("a name became a line of its own: %q", hostile)
	}
}

func TestTextsHaveWordsForEveryCode(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		codeUnlinked, codeLoggedOut, codeReplaced, codeBanned, codeOutdated, codeOffline, codeBusy,
		"disconnected", "timeout", "not_on_whatsapp", "bad_recipient", "unfit", "link_timeout", "link", "gone", "damaged", "429", "463", "479",
	} {
		for language, words := range channels.LoadTexts(textFiles, "texts") {
			if words["error."+code] == "" {
				t.Errorf("%s has no words for error.%s", language, code)
			}
		}
	}
}
