package whatsapp

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"

	"recado/internal/sim"
)

const shop = "34600111222"

func start(t *testing.T) (*Server, context.Context) {
	t.Helper()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if err := s.Connect(sim.Account{Kind: "whatsapp_qr", Ref: "+34 600 111 222", Name: "Zapatería Luna"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return s, ctx
}

// TestPhonesTalk lets a customer and an owner write to each other without any companion.
func TestPhonesTalk(t *testing.T) {
	t.Parallel()
	s, ctx := start(t)
	ana, luis := sim.Person{ID: "5215512345678", Name: "Ana"}, sim.Person{ID: "5215500000000", Name: "Luis"}
	if _, err := s.Do(ctx, sim.Action{Act: Own, Ref: shop, Customer: ana, Text: "Buenos días"}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Do(ctx, sim.Action{Act: sim.SayText, Ref: shop, Customer: ana, Text: "Hola"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Do(ctx, sim.Action{Act: sim.SayText, Ref: shop, Customer: ana, Text: "Hola", ID: got})
	if err != nil || again != got {
		t.Fatalf("the repeat has id %q (%v), want %q", again, err, got)
	}
	for owner, want := range map[bool][]string{false: {"Buenos días", "Hola"}, true: {"Buenos días", "Hola"}} {
		thread := s.Thread(shop, ana.ID)
		if owner {
			thread = s.Thread(ana.ID, shop)
		}
		if len(thread) != len(want) {
			t.Fatalf("owner %v sees %+v, want %q", owner, thread, want)
		}
		for i, b := range thread {
			if b.Text != want[i] {
				t.Errorf("owner %v sees %q at %d, want %q", owner, b.Text, i, want[i])
			}
		}
	}
	if s.Thread(shop, luis.ID) != nil {
		t.Error("somebody who never wrote has a thread")
	}
}

func TestWhatCannotBe(t *testing.T) {
	t.Parallel()
	s, ctx := start(t)
	var cannot sim.ErrCannot
	for _, act := range []sim.Act{sim.Press, sim.Pick} {
		if _, err := s.Do(ctx, sim.Action{Act: act, Ref: shop, Customer: sim.Person{ID: "5215512345678"}}); !errors.As(err, &cannot) {
			t.Errorf("%s gives %v", act, err)
		}
	}
	for _, code := range []string{"", "https://wa.me/settings/linked_devices#2@X,a,b,c,1", "2@X,,,"} {
		if err := s.Scan(code, shop); !errors.Is(err, ErrCode) {
			t.Errorf("scanning %q gives %v", code, err)
		}
	}
	if err := s.Enter("ABCD-EFGH", shop); !errors.Is(err, ErrCode) {
		t.Errorf("typing a code that nobody shows gives %v", err)
	}
	if err := s.Connect(sim.Account{Ref: "Luna"}); err == nil {
		t.Error("a name was taken for a number")
	}
}

// TestLoginNeedsTheDevicesKey: whoever knows a number but not the keys is not let in.
func TestLoginNeedsTheDevicesKey(t *testing.T) {
	t.Parallel()
	s, ctx := start(t)
	if _, err := s.phone(ctx, shop, ""); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	thief := whatsmeow.NewClient(newPhoneDevice(s, s.account(shop)), nil)
	s.mu.Unlock()
	refused := make(chan events.ConnectFailureReason, 1)
	thief.AddEventHandler(func(evt any) {
		if e, ok := evt.(*events.LoggedOut); ok {
			refused <- e.Reason
		}
	})
	thief.SetWebsocketHTTPClient(s.client())
	if err := thief.ConnectContext(ctx); err != nil {
		t.Fatal(err)
	}
	defer thief.Disconnect()
	select {
	case why := <-refused:
		if why != events.ConnectFailureLoggedOut {
			t.Errorf("refused with %v", why)
		}
	case <-ctx.Done():
		t.Fatal("the thief was not refused")
	}
}
