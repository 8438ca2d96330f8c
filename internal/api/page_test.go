package api

import (
	"context"
	"encoding/base64"
	"testing"

	"recado/internal/auth"
	"recado/internal/errs"
	"recado/internal/id"
)

func TestCursor(t *testing.T) {
	t.Parallel()
	type position struct {
		N  int      `json:"n"`
		ID id.Label `json:"id"`
	}
	want := position{7, id.New[id.Label]()}
	var got position
	if ok, err := (Page{Cursor: cursorOf(want)}).After(&got); !ok || err != nil || got != want {
		t.Errorf("%+v, %v, %v; want %+v", got, ok, err, want)
	}
	if ok, err := (Page{}).After(&got); ok || err != nil {
		t.Errorf("the first page has a position: %v, %v", ok, err)
	}
	for _, garbage := range []string{"!", "e30=", "eyJ", cursorOf("text"), cursorOf(map[string]int{"x": 1}), cursorOf(want) + cursorOf(want),
		base64.RawURLEncoding.EncodeToString([]byte(`{"n":1} {}`)), base64.RawURLEncoding.EncodeToString([]byte("{\"n\":1,\"id\":\"\xff\"}"))} {
		if _, err := (Page{Cursor: garbage}).After(&got); !errs.Is(err, "cursor.invalid") {
			t.Errorf("%q: %v, want cursor.invalid", garbage, err)
		}
	}
}

func TestPageOf(t *testing.T) {
	t.Parallel()
	self := func(n int) any { return n }
	for _, c := range []struct {
		items []int
		n     int
		next  string
	}{{nil, 0, ""}, {[]int{1, 2}, 2, ""}, {[]int{1, 2, 3}, 2, cursorOf(2)}} {
		l, err := pageOf(c.items, 2, self, nil)
		if err != nil || l.Items == nil || len(l.Items) != c.n || l.Next != c.next {
			t.Errorf("%v: %+v, %v", c.items, l, err)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	a := New(Deps{})
	add(a, operation{ID: "send", Method: "POST", Path: "/send", Tag: "Test", Needs: auth.Public}, func(_ context.Context, in *struct{ Idempotent }) (*Out[string], error) {
		return &Out[string]{in.Key}, nil
	})
	b := &bench{API: a}
	key := id.New[id.Message]().String()
	for _, c := range []call{
		{name: "none", status: 400, code: "validation.required_parameter", has: []string{"header.Idempotency-Key"}},
		{name: "garbage", header: map[string]string{"Idempotency-Key": "again"}, status: 400},
		{name: "other form", header: map[string]string{"Idempotency-Key": "{" + key[2:] + "}"}, status: 400},
		{name: "good", header: map[string]string{"Idempotency-Key": key}, status: 200, has: []string{key}},
	} {
		c.method, c.path = "POST", "/send"
		b.do(t, c)
	}
}
