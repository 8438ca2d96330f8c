package api

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"recado/internal/auth"
	"recado/internal/commerce"
	"recado/internal/db"
	"recado/internal/llm"
	"recado/internal/llm/openai"
	"recado/internal/outside"
	"recado/internal/seal"
	simulated "recado/internal/sim/openai"
)

func TestProducts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, me := b.found(t, "shop")
	made := read[commerce.Product](t, b.do(t, call{name: "create", method: "POST", path: "/products", token: token, status: 201,
		body: `{"sku":"CAL-1","title":"Zapatillas Paso","collection":"calzado","keywords":"zapatos rojo 38","price":4995,"stock":3}`,
		has:  []string{`"currency":"EUR"`, `"stock":3`, `"enabled":true`, `"companions":[]`}}))
	one := "/products/" + made.ID.String()
	for _, c := range []call{
		{name: "the same sku", method: "POST", path: "/products", body: `{"sku":"CAL-1","title":"x"}`, status: 409, code: "product.sku_taken", has: []string{`"field":"body.sku"`}},
		{name: "a script", method: "POST", path: "/products", body: `{"sku":"x","title":"x","url":"javascript:alert(1)"}`, status: 422, code: "product.address"},
		{name: "nothing", method: "POST", path: "/products", body: `{}`, status: 422, has: []string{"body.sku", "body.title"}},
		{name: "search with a typing mistake", method: "GET", path: "/products?search=sapatillas", status: 200, has: []string{"CAL-1"}},
		{name: "search for what is not there", method: "GET", path: "/products?search=paraguas", status: 200, has: []string{`"items":[]`}},
		{name: "a collection", method: "GET", path: "/products?collection=Calzado", status: 200, has: []string{"CAL-1"}},
		{name: "all", method: "GET", path: "/products?limit=1", status: 200, has: []string{"CAL-1"}, hasNot: []string{`"next"`}},
		{name: "nobody counts any more", method: "PATCH", path: one, body: `{"stock":-1,"price":3995}`, status: 200, has: []string{`"price":3995`}, hasNot: []string{`"stock"`}},
		{name: "read", method: "GET", path: one, status: 200, has: []string{"Zapatillas Paso"}},
	} {
		c.token = token
		b.do(t, c)
	}
	stranger, _ := b.found(t, "other")
	reader := b.hire(t, me.Company.ID, auth.ReadOnly)
	for _, c := range []call{
		{name: "another company reads", method: "GET", path: one, token: stranger, status: 404, code: "not_found"},
		{name: "another company changes", method: "PATCH", path: one, token: stranger, body: `{"price":1}`, status: 404},
		{name: "a reader reads", method: "GET", path: "/products", token: reader, status: 200, has: []string{"CAL-1"}},
		{name: "a reader changes", method: "PATCH", path: one, token: reader, body: `{"price":1}`, status: 403},
		{name: "delete", method: "DELETE", path: one, token: token, status: 204},
		{name: "again", method: "DELETE", path: one, token: token, status: 404},
	} {
		b.do(t, c)
	}
}

func TestOrders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token, me := b.found(t, "shop")
	err := b.DB.ForCompany(t.Context(), me.Company.ID, func(tx db.CompanyTx) error {
		for i, n := range []string{"A-1", "A-2", "A-3"} {
			if _, err := commerce.Record(t.Context(), tx, commerce.Order{Number: n, Status: "paid", Currency: "EUR", Phone: "+34600000101", PlacedAt: time.Now().Add(time.Duration(i) * time.Hour)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b.do(t, call{name: "by number", method: "GET", path: "/orders?number=%23a-2", token: token, status: 200, has: []string{`"A-2"`}, hasNot: []string{`"A-1"`, `"A-3"`}})
	first := read[List[commerce.Order]](t, b.do(t, call{name: "the newest", method: "GET", path: "/orders?limit=2", token: token, status: 200}))
	if len(first.Items) != 2 || first.Items[0].Number != "A-3" || first.Next == "" {
		t.Fatalf("%+v", first)
	}
	b.do(t, call{name: "the rest", method: "GET", path: "/orders?limit=2&cursor=" + first.Next, token: token, status: 200, has: []string{`"A-1"`}, hasNot: []string{`"A-2"`, `"next"`}})
}

func TestModelKeysAndGlobals(t *testing.T) {
	t.Parallel()
	keys, err := seal.FromText("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
	if err != nil {
		t.Fatal(err)
	}
	b := setup(t, func(d *Deps) { d.Keys = keys })
	provider := httptest.NewServer(simulated.New("sk-right-7777"))
	t.Cleanup(provider.Close)
	b.API.Outside = outside.New(outside.Config{DB: b.DB, Keys: b.Keys, Model: func(a llm.Account) llm.Completer { return openai.New(http.DefaultClient, a) }})
	token, me := b.found(t, "shop")
	reader := b.hire(t, me.Company.ID, auth.ReadOnly)
	at := "/model-keys/openai"
	set := func(key, model string) string {
		return `{"base_url":"` + provider.URL + `/v1","model":"` + model + `","key":"` + key + `","budget":5000}`
	}
	for _, c := range []call{
		{name: "none yet", method: "GET", path: at, token: token, status: 404},
		{name: "check none", method: "POST", path: at + "/check", token: token, status: 404},
		{name: "a reader sets", method: "PUT", path: at, token: reader, body: set("sk-right-7777", "sim-chat"), status: 403},
		{name: "another provider", method: "GET", path: "/model-keys/acme", token: token, status: 400},
		{name: "without a key", method: "PUT", path: at, token: token, body: `{"model":"m"}`, status: 422, code: "model.key_needed", has: []string{`"field":"body.key"`}},
		{name: "a wrong key", method: "PUT", path: at, token: token, body: set("sk-wrong-8888", "sim-chat"), status: 200, has: []string{`"last4":"8888"`}, hasNot: []string{"sk-wrong"}},
		{name: "check it", method: "POST", path: at + "/check", token: token, status: 409, code: "model.refused"},
		{name: "no such model", method: "PUT", path: at, token: token, body: set("sk-right-7777", "gpt-none"), status: 200, has: []string{`"budget":5000`}},
		{name: "check that", method: "POST", path: at + "/check", token: token, status: 409, code: "model.no_model", has: []string{"gpt-none"}},
		{name: "all is right", method: "PUT", path: at, token: token, body: `{"model":"sim-chat"}`, status: 200},
		{name: "check again", method: "POST", path: at + "/check", token: token, status: 204},
		{name: "read", method: "GET", path: at, token: reader, status: 200, has: []string{`"last4":"7777"`}, hasNot: []string{"sk-right"}},
		{name: "usage", method: "GET", path: "/model-usage", token: token, status: 200, has: []string{`"items":[]`}},
		{name: "delete", method: "DELETE", path: at, token: token, status: 204},

		{name: "globals", method: "GET", path: "/flow-globals", token: reader, status: 200, has: []string{`"items":[]`}},
		{name: "set", method: "PUT", path: "/flow-globals", token: token, body: `{"items":[{"name":"dias","type":"number","value":30,"secret":false},{"name":"token","type":"text","value":"hunter2","secret":true}]}`, status: 200, has: []string{`"value":30`}, hasNot: []string{"hunter2"}},
		{name: "the secret again", method: "PUT", path: "/flow-globals", token: token, body: `{"items":[{"name":"token","type":"text","secret":true}]}`, status: 200, has: []string{`"token"`}, hasNot: []string{"dias"}},
		{name: "of another type", method: "PUT", path: "/flow-globals", token: token, body: `{"items":[{"name":"dias","type":"number","value":"x","secret":false}]}`, status: 422, code: "global.value", has: []string{"body.items[0].value"}, hasNot: []string{`"x"`}},
		{name: "a reader sets them", method: "PUT", path: "/flow-globals", token: reader, body: `{"items":[]}`, status: 403},
	} {
		b.do(t, c)
	}
	b.do(t, call{name: "audit", method: "GET", path: "/audit", token: token, status: 200, has: []string{"model_key.update", "flow_globals.update"}, hasNot: []string{"hunter2", "sk-right"}})
}
