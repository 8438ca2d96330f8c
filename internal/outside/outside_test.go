package outside_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"recado/bots"
	"recado/channels"
	"recado/channels/sms"
	"recado/channels/webchat"
	"recado/flows"
	"recado/internal/commerce"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/httpx"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/inbox/inboxtest"
	"recado/internal/llm"
	"recado/internal/llm/openai"
	"recado/internal/outside"
	"recado/internal/seal"
	simulated "recado/internal/sim/openai"
)

// allowed is the one loopback address that may be reached; the rest stands for the inside.
const allowed = "127.0.0.3"

// world is a company with an SMS number, two products and somebody who chats.
type world struct {
	*inboxtest.Kit
	*outside.Outside
	scope    outside.Scope
	keys     *seal.Keys
	provider *simulated.Provider
	sms      id.Channel
	told     atomic.Int32
}

func serve(t testing.TB, ip string, h http.Handler) *httptest.Server {
	t.Helper()
	l, err := net.Listen("tcp", ip+":0")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func open(t *testing.T) *world {
	t.Helper()
	w := &world{Kit: inboxtest.New(t), provider: simulated.New("sk-demo-0001")}
	var err error
	if w.keys, err = seal.FromText("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="); err != nil {
		t.Fatal(err)
	}
	client, err := httpx.New(httpx.Options{Private: []netip.Prefix{netip.MustParsePrefix(allowed + "/32")}})
	if err != nil {
		t.Fatal(err)
	}
	adapters := map[channels.Kind]channels.Adapter{webchat.Kind: webchat.Adapter{}, sms.Kind: sms.New(sms.Options{HTTP: client})}
	adapter := func(k channels.Kind) channels.Adapter { return adapters[k] }
	w.Outside = outside.New(outside.Config{
		DB: w.DB, Keys: w.keys, HTTP: client, Base: "https://hub.example", Adapter: adapter, Way: inbox.WayOf(adapter, nil, "es"),
		Changed: func(id.Company, inbox.Change) { w.told.Add(1) },
		Model:   func(a llm.Account) llm.Completer { return openai.New(client, a) },
	})
	a := w.Write(t, "visitor-1", "m1", "hola")
	w.scope = outside.Scope{Company: w.Company, Bot: w.Bot, Conversation: a.Conversation}
	w.sms = id.New[id.Channel]()
	stock := 3
	w.Do(t, func(tx db.CompanyTx) error {
		if err := tx.QueryRow(t.Context(), `select contact_id from conversation where id = $1`, a.Conversation).Scan(&w.scope.Contact); err != nil {
			return err
		}
		for _, q := range []string{`insert into channel (id, company_id, kind, name, ref) values ($1, $2, 'sms', 'SMS', 'sms-1')`, `insert into lane (id, company_id) values ($1, $2)`} {
			if _, err := tx.Exec(t.Context(), q, w.sms, tx.Company()); err != nil {
				return err
			}
		}
		for _, p := range []commerce.Product{
			{SKU: "CAL-001", Title: "Zapatillas Paso", Collection: "calzado", Price: 4995, Currency: "EUR", Stock: &stock, Enabled: true, URL: "/demo/p/CAL-001"},
			{SKU: "CAM-001", Title: "Camiseta Alba", Collection: "camisetas", Price: 1495, Currency: "EUR", Enabled: true},
		} {
			if _, err := commerce.Create(t.Context(), tx, company.System, p); err != nil {
				return err
			}
		}
		_, err := commerce.Record(t.Context(), tx, commerce.Order{Number: "A-1001", Status: "shipped", Total: 4995, Currency: "EUR", Carrier: "SEUR", Phone: "+34600000167", PlacedAt: time.Now()})
		return err
	})
	return w
}

func (w *world) model(t *testing.T, budget int64) {
	t.Helper()
	s := serve(t, allowed, w.provider)
	base, model, key := s.URL+"/v1", "sim-chat", "sk-demo-0001"
	w.Do(t, func(tx db.CompanyTx) error {
		_, err := outside.SetModelKey(t.Context(), tx, company.System, w.keys, outside.OpenAI, outside.ModelKeyChange{BaseURL: &base, Model: &model, Key: &key, Budget: &budget})
		return err
	})
}

func (w *world) do(t *testing.T, c flows.Call) flows.Result {
	t.Helper()
	return w.Host(w.scope, faqs{}).Do(t.Context(), c)
}

func code(r flows.Result) string {
	if r.Err == nil {
		return ""
	}
	return r.Err.Code
}

// faqs is a bot with two questions.
type faqs struct{}

var entries = []bots.Candidate{
	{ID: id.FAQ{15: 1}, Question: "¿Cuánto cuesta el envío?", Answer: "El envío cuesta 3,95 €. Desde 50 € es gratis. Detalles en https://tienda.example/envios.", Score: 0.9},
	{ID: id.FAQ{15: 2}, Question: "¿Puedo devolver?", Answer: "Tienes 30 días para devolver.", Score: 0.2},
}

func (faqs) Answer(_ context.Context, q string, k int) bots.Answers {
	if strings.Contains(q, "Marte") {
		return bots.Answers{Decision: bots.DecideHandoff}
	}
	return bots.Answers{Decision: bots.DecideAnswer, Candidates: entries[:min(k, 2)]}
}
func (faqs) Find(context.Context, id.FAQ) (bots.Candidate, bool) { return bots.Candidate{}, false }

func TestFAQ(t *testing.T) {
	t.Parallel()
	w := open(t)
	got, ok := w.do(t, flows.FAQAsk{Query: "envío", K: 1}).Value.(flows.FAQAnswers)
	if !ok || got.Decision != "answer" || len(got.Candidates) != 1 || got.Candidates[0].Answer != entries[0].Answer {
		t.Errorf("%+v", got)
	}
	if got := w.Host(w.scope, nil).Do(t.Context(), flows.FAQAsk{Query: "x"}).Value.(flows.FAQAnswers); got.Decision != "handoff" {
		t.Errorf("without questions: %+v", got)
	}
}

func TestShop(t *testing.T) {
	t.Parallel()
	w := open(t)
	found := w.do(t, flows.FindProducts{Query: "zapatillas", Limit: 5}).Value.(flows.Products)
	if len(found.Cards) != 1 || found.Cards[0].ID != "CAL-001" || found.Stock[0] != 3 || found.Cards[0].URL != "/demo/p/CAL-001" {
		t.Errorf("found %+v", found)
	}
	for sku, want := range map[string]flows.Stock{"CAL-001": {Found: true, Title: "Zapatillas Paso", Quantity: 3}, "CAM-001": {Found: true, Title: "Camiseta Alba", Quantity: -1}, "NADA": {}} {
		if got := w.do(t, flows.AskStock{Product: sku}).Value; got != want {
			t.Errorf("stock of %s: %+v", sku, got)
		}
	}
	if r := w.do(t, flows.Checkout{}); code(r) != "refused" {
		t.Errorf("checkout of nothing: %+v", r)
	}
	cart := w.do(t, flows.AddToCart{Product: "CAL-001", Quantity: 2}).Value.(flows.Cart)
	if cart.Count != 2 || cart.Total != 9990 || !strings.HasPrefix(cart.URL, "https://hub.example/cart/") || cart.Items[0].Title != "Zapatillas Paso" {
		t.Errorf("cart %+v", cart)
	}
	for name, tt := range map[string]struct {
		call flows.Call
		want string
	}{
		"more than there is": {flows.AddToCart{Product: "CAL-001", Quantity: 2}, "limit"},
		"no such product":    {flows.AddToCart{Product: "NADA", Quantity: 1}, "refused"},
		"a silly quantity":   {flows.AddToCart{Product: "CAL-001", Quantity: 1 << 40}, "refused"},
		"an unknown call":    {struct{}{}, "refused"},
	} {
		if r := w.do(t, tt.call); code(r) != tt.want {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if got := w.do(t, flows.Checkout{}).Value.(flows.Cart); got.Total != 9990 {
		t.Errorf("checkout %+v", got)
	}
}

// Trying a flow out leaves nothing behind.
func TestPretend(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.scope.Pretend = true
	w.scope.Cart = &flows.Cart{Count: 1, Total: 1495, Currency: "EUR", Items: []flows.CartItem{{Product: "CAM-001", Title: "Camiseta Alba", Quantity: 1, Price: 1495}}}
	h := w.Host(w.scope, faqs{})
	if got := h.Do(t.Context(), flows.AddToCart{Product: "CAL-001", Quantity: 2}).Value.(flows.Cart); got.Count != 3 || got.Total != 11485 {
		t.Errorf("cart %+v", got)
	}
	if r := h.Do(t.Context(), flows.AddToCart{Product: "CAL-001", Quantity: 2}); code(r) != "limit" {
		t.Errorf("more than there is: %+v", r)
	}
	if got := h.Do(t.Context(), flows.AddToCart{Product: "CAM-001", Quantity: -5}).Value.(flows.Cart); got.Count != 2 {
		t.Errorf("taken out: %+v", got)
	}
	if got := h.Do(t.Context(), flows.ShowCart{}).Value.(flows.Cart); got.Count != 2 {
		t.Errorf("shown: %+v", got)
	}
	if got := h.Do(t.Context(), flows.FindOrder{Number: "A-1001"}).Value.(flows.OrderFound); got.Order != nil || got.SentTo == "" {
		t.Errorf("order: %+v", got)
	}
	if got := h.Do(t.Context(), flows.ProveOrder{Number: "A-1001", Code: outside.PretendCode}).Value.(flows.OrderFound); got.Order == nil {
		t.Errorf("proved: %+v", got)
	}
	if r := h.Do(t.Context(), flows.HTTPRequest{Method: "POST", URL: "http://" + allowed + ":1/"}); code(r) != "refused" {
		t.Errorf("a request that changes something: %+v", r)
	}
	for _, table := range []string{"cart", "cart_item", "order_code", "outbox"} {
		if n := w.Count(t, `select count(*) from `+table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
}

// sent is the text that waits for a phone.
func (w *world) sent(t *testing.T, phone string) (text string) {
	t.Helper()
	w.Do(t, func(tx db.CompanyTx) error {
		return tx.QueryRow(t.Context(), `select coalesce(max(m.content ->> 'text'), '') from outbox o join message m on m.id = o.message_id where m.destination = $1`, phone).Scan(&text)
	})
	return text
}

func TestOrderByCode(t *testing.T) {
	t.Parallel()
	w := open(t)
	// What a contact says of themselves is no proof.
	w.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update contact set phone = '+34600000167' where id = $1`, w.scope.Contact)
		return err
	})
	got := w.do(t, flows.FindOrder{Number: "a-1001"}).Value.(flows.OrderFound)
	if got.Order != nil || got.SentTo != "••• 67" || w.told.Load() != 1 {
		t.Fatalf("found %+v, told %d", got, w.told.Load())
	}
	text := w.sent(t, "+34600000167")
	if !strings.Contains(text, "A-1001") {
		t.Fatalf("sent %q", text)
	}
	var six string
	for _, word := range strings.Fields(text) {
		if word = strings.Trim(word, "."); len(word) == 6 && strings.Trim(word, "0123456789") == "" {
			six = word
		}
	}
	other := w.Write(t, "visitor-2", "m2", "hola")
	thief := w.scope
	thief.Conversation = other.Conversation
	w.Do(t, func(tx db.CompanyTx) error {
		return tx.QueryRow(t.Context(), `select contact_id from conversation where id = $1`, other.Conversation).Scan(&thief.Contact)
	})
	if r := w.Host(thief, nil).Do(t.Context(), flows.ProveOrder{Number: "A-1001", Code: six}).Value.(flows.OrderFound); r.Order != nil || !r.Wrong {
		t.Errorf("somebody else used the code: %+v", r)
	}
	if r := w.do(t, flows.ProveOrder{Number: "A-1001", Code: six}).Value.(flows.OrderFound); r.Order == nil || r.Order.Carrier != "SEUR" {
		t.Errorf("proved %+v with %q", r, six)
	}
}

func TestOrderByPhone(t *testing.T) {
	t.Parallel()
	w := open(t)
	event := channels.Inbound{Channel: channels.Channel{ID: w.sms, Company: w.Company, Kind: sms.Kind}, ExternalID: "s1", From: channels.Sender{Identity: "+34600000167"}, Message: &channels.Message{}}
	event.Message.Content.Type, event.Message.Content.Text = "text", "mi pedido"
	a, err := w.Ingest.Accept(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	own := w.scope
	own.Conversation = a.Conversation
	w.Do(t, func(tx db.CompanyTx) error {
		return tx.QueryRow(t.Context(), `select contact_id from conversation where id = $1`, a.Conversation).Scan(&own.Contact)
	})
	if got := w.Host(own, nil).Do(t.Context(), flows.FindProducts{Query: "zapatillas", Limit: 1}).Value.(flows.Products); len(got.Cards) != 1 || got.Cards[0].URL != "https://hub.example/demo/p/CAL-001" {
		t.Errorf("a path on another's platform: %+v", got)
	}
	if got := w.Host(own, nil).Do(t.Context(), flows.FindOrder{Number: "A-1001"}).Value.(flows.OrderFound); got.Order == nil || got.Order.Status != "shipped" {
		t.Errorf("the phone of the order: %+v", got)
	}
	mixed := own
	mixed.Contact = w.scope.Contact // a conversation that is not this contact's
	if r := w.Host(mixed, nil).Do(t.Context(), flows.FindOrder{Number: "A-1001"}); r.Err == nil {
		t.Errorf("somebody else's conversation: %+v", r)
	}
	if got := w.do(t, flows.FindOrder{Number: "NADA-1"}).Value.(flows.OrderFound); got.Order != nil || !strings.HasPrefix(got.SentTo, "••• ") {
		t.Errorf("no such order: %+v", got)
	}
	if n := w.Count(t, `select count(*) from outbox`); n != 0 {
		t.Errorf("%d messages for nobody's order", n)
	}
}

// Without a channel that reaches phones every number is answered the same.
func TestNoWayToAPhone(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.Do(t, func(tx db.CompanyTx) error {
		_, err := tx.Exec(t.Context(), `update channel set enabled = false where id = $1`, w.sms)
		return err
	})
	for _, n := range []string{"A-1001", "NADA"} {
		if r := w.do(t, flows.FindOrder{Number: n}); code(r) != "not_configured" {
			t.Errorf("%s: %+v", n, r)
		}
	}
}

// A company's host reaches nothing of another's.
func TestScopesAreApart(t *testing.T) {
	t.Parallel()
	w := open(t)
	other, _, bot, _, _ := w.AddCompany(t, "Otra")
	s := outside.Scope{Company: other, Bot: bot, Contact: w.scope.Contact, Conversation: w.scope.Conversation}
	h := w.Host(s, nil)
	if got := h.Do(t.Context(), flows.FindProducts{Query: "zapatillas", Limit: 5}).Value.(flows.Products); len(got.Cards) != 0 {
		t.Errorf("products: %+v", got)
	}
	for _, c := range []flows.Call{flows.AddToCart{Product: "CAL-001", Quantity: 1}, flows.Checkout{}, flows.HTTPRequest{Method: "GET", URL: "http://" + allowed + "/{{secret.x}}"}} {
		if r := h.Do(t.Context(), c); r.Err == nil {
			t.Errorf("%T: %+v", c, r)
		}
	}
	if got, _ := h.Do(t.Context(), flows.ProveOrder{Number: "A-1001", Code: "123456"}).Value.(flows.OrderFound); got.Order != nil {
		t.Errorf("order: %+v", got)
	}
}
