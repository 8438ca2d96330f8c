package outside

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/flows"
	"recado/internal/chat"
	"recado/internal/commerce"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/inbox"
)

func (h *host) findOrder(ctx context.Context, c flows.FindOrder) (any, error) {
	if h.Pretend {
		return flows.OrderFound{SentTo: "••• 00"}, nil
	}
	var out flows.OrderFound
	var told inbox.Change
	err := h.inCompany(ctx, func(tx db.CompanyTx) error {
		out, told = flows.OrderFound{}, inbox.Change{}
		own, err := h.ownOrder(ctx, tx, c.Number)
		if err != nil || own != nil {
			out.Order = own
			return err
		}
		ways, err := h.ways(ctx, tx)
		if err != nil {
			return err
		}
		if len(ways) == 0 { // whatever the number, so that this tells nothing of it
			return &callError{"not_configured", "no channel reaches phones"}
		}
		asked, err := h.codes.Ask(ctx, tx, h.Contact, c.Number)
		if err != nil {
			return err
		}
		out.SentTo, out.Locked = asked.SentTo, asked.Limited
		if asked.Order != nil {
			told, err = h.sendCode(ctx, tx, ways, asked)
		}
		return err
	})
	if err == nil && !told.Conversation.IsZero() && h.Changed != nil {
		h.Changed(h.Company, told)
	}
	return out, err
}

func (h *host) proveOrder(ctx context.Context, c flows.ProveOrder) (any, error) {
	var out flows.OrderFound
	err := h.inCompany(ctx, func(tx db.CompanyTx) error {
		if h.Pretend {
			o, ok, err := commerce.OrderByNumber(ctx, tx, c.Number)
			out = flows.OrderFound{Wrong: true}
			if ok && c.Code == PretendCode {
				out = flows.OrderFound{Order: order(o)}
			}
			return err
		}
		p, err := h.codes.Prove(ctx, tx, h.Contact, c.Number, c.Code)
		out = flows.OrderFound{Wrong: p.Wrong, Locked: p.Locked}
		if p.Order != nil {
			out.Order = order(*p.Order)
		}
		return err
	})
	return out, err
}

func order(o commerce.Order) *flows.Order {
	return &flows.Order{Number: o.Number, Status: o.Status, Total: o.Total, Currency: o.Currency, Carrier: o.Carrier, Tracking: o.Tracking, URL: o.URL, At: o.PlacedAt}
}

// ownOrder is the order whose phone is the one this conversation is with: the answer goes to
// that phone and nowhere else. What stands in the contact's record is no proof, for people and
// flows write it.
func (h *host) ownOrder(ctx context.Context, tx db.CompanyTx, written string) (*flows.Order, error) {
	o, ok, err := commerce.OrderByNumber(ctx, tx, written)
	if err != nil || !ok || o.Phone == "" {
		return nil, err
	}
	var kind channels.Kind
	var address string
	err = tx.QueryRow(ctx, `select ch.kind, c.address from conversation c join channel ch on ch.id = c.channel_id
		where c.id = $1 and c.contact_id = $2`, h.Conversation, h.Contact).Scan((*string)(&kind), &address)
	if err != nil {
		return nil, err
	}
	if a, ok := h.Adapter(kind).(channels.Addresser); ok && slices.Contains(a.Addresses(o.Phone), address) {
		return order(o), nil
	}
	return nil, nil
}

// way is a channel by which phones can be written to.
type way struct {
	channel   channels.Channel
	addresser channels.Addresser
}

// ways are the company's channels that know people by their phone, in use and not stopped.
func (h *host) ways(ctx context.Context, tx db.CompanyTx) ([]way, error) {
	rows, err := tx.Query(ctx, `select c.id, c.kind, c.name, c.ref, c.settings from channel c join lane l on l.id = c.id left join channel_session s on s.id = c.id
		where c.enabled and c.deleted_at is null and l.stopped is null and coalesce(s.linked, true) order by c.created_at, c.id`)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (v channels.Channel, err error) {
		err = r.Scan(&v.ID, (*string)(&v.Kind), &v.Name, &v.Ref, &v.Settings)
		v.Company = h.Company
		return v, err
	})
	var out []way
	for _, c := range list {
		if a, ok := h.Adapter(c.Kind).(channels.Addresser); ok {
			out = append(out, way{c, a})
		}
	}
	return out, err
}

// sendCode writes the code to the order's phone: where it has an open conversation with the
// company, else by the first channel that may write to anybody. When there is none nothing is
// sent, and the person is told what they would be told otherwise.
func (h *host) sendCode(ctx context.Context, tx db.CompanyTx, ways []way, asked commerce.Asked) (inbox.Change, error) {
	var shop, language, theirs string
	var now time.Time
	err := tx.QueryRow(ctx, `select co.name, co.language, ct.language, now() from company co left join contact ct on ct.id = $1`, h.Contact).Scan(&shop, &language, &theirs, &now)
	if err != nil {
		return inbox.Change{}, err
	}
	best, found := way{}, false
	var addresses []string
	for _, w := range ways {
		to := w.addresser.Addresses(asked.Order.Phone)
		if len(to) == 0 {
			continue
		}
		heard, err := lastHeard(ctx, tx, w.channel.ID, to)
		if err != nil {
			return inbox.Change{}, err
		}
		win := h.Way.Capabilities(w.channel).WindowAt(now, heard)
		if win.Open && !win.Human && (!found || !heard.IsZero()) {
			best, addresses, found = w, to, true
			if !heard.IsZero() {
				break
			}
		}
	}
	if !found {
		h.Log.Warn("no channel could carry an order's code", "company", h.Company)
		return inbox.Change{}, nil
	}
	text := commerce.CodeMessage(cmp.Or(theirs, language), shop, asked.Order.Number, asked.Code)
	return inbox.Start(ctx, tx, h.Way, best.channel.ID, addresses, inbox.Actor{}, "code-"+rand.Text(), chat.Plain(text))
}

// lastHeard is when somebody known by one of these addresses last wrote; zero for never.
func lastHeard(ctx context.Context, tx db.CompanyTx, c id.Channel, addresses []string) (t time.Time, err error) {
	var heard *time.Time
	err = tx.QueryRow(ctx, `select max(heard_at) from conversation where channel_id = $1 and address = any($2)`, c, addresses).Scan(&heard)
	if heard != nil {
		t = *heard
	}
	return t, err
}
