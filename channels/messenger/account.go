package messenger

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"recado/channels"
	"recado/internal/errs"
)

// wanted are the webhook's fields of a page. A call replaces all that was subscribed, so
// that both products ask for the same: they may share a page.
var wanted = []string{
	"messages", "messaging_postbacks", "message_echoes", "message_deliveries", "message_reads", "message_reactions", "message_edits",
}

// Subscribe implements channels.Subscriber: the page's events go to the app. The app's own
// address for them is set in Meta's dashboard, by the owner
// (/docs/graph-api/reference/page/subscribed_apps).
func (a *Adapter) Subscribe(ctx context.Context, c channels.Channel) error {
	q := url.Values{"subscribed_fields": {strings.Join(wanted, ",")}}
	return a.graph.Call(ctx, c, http.MethodPost, a.node(c)+"/subscribed_apps?"+q.Encode(), nil, nil)
}

// Check implements channels.Checker: the token, whose it is, and whether events come.
func (a *Adapter) Check(ctx context.Context, c channels.Channel) []channels.Finding {
	var me struct {
		ID        string `json:"id"`
		Name      string `json:"name"`
		Instagram struct {
			ID string `json:"id"`
		} `json:"instagram_business_account"`
	}
	if err := a.graph.Call(ctx, c, http.MethodGet, "/me?fields=id,name,instagram_business_account", nil, &me); err != nil {
		return []channels.Finding{failed(err, "token")}
	}
	mine := me.ID
	if a.product.Linked {
		mine = me.Instagram.ID
	}
	if mine != c.Ref {
		return []channels.Finding{{Code: "other_account", Args: map[string]string{"name": me.Name, "id": mine}}}
	}
	out := []channels.Finding{{Code: "account", OK: true, Args: map[string]string{"name": me.Name}}}
	var apps struct {
		Data []struct {
			Fields []string `json:"subscribed_fields"`
		} `json:"data"`
	}
	if err := a.graph.Call(ctx, c, http.MethodGet, a.node(c)+"/subscribed_apps", nil, &apps); err != nil {
		return append(out, failed(err, "unsubscribed"))
	}
	// Only the token's own app is shown.
	if len(apps.Data) == 0 || !slices.Contains(apps.Data[0].Fields, "messages") {
		return append(out, channels.Finding{Code: "unsubscribed"})
	}
	return append(out, channels.Finding{Code: "subscribed", OK: true})
}

// failed is what a refused call says about the account; a platform that does not answer
// says nothing.
func failed(err error, code string) channels.Finding {
	var said *errs.Send
	if errors.As(err, &said) && said.Class == errs.Retryable {
		code = "unreachable"
	}
	return channels.Finding{Code: code, Detail: err.Error()}
}

const (
	patience = 700 * time.Millisecond // of a webhook, for its people's names
	memory   = 10_000                 // people
	asked    = time.Hour              // until a name that was refused is asked for again
)

// names remembers who is who: webhooks carry only ids.
type names struct {
	mu    sync.Mutex
	known map[string]named // by channel and person
}

type named struct {
	name string
	at   time.Time
}

// name is a customer's name, asked for once and remembered; "" when the platform does not
// tell before ctx ends. Somebody without a name is better than a webhook that is late.
func (a *Adapter) name(ctx context.Context, c channels.Channel, who string) string {
	key := c.ID.String() + who
	a.names.mu.Lock()
	n, ok := a.names.known[key]
	a.names.mu.Unlock()
	if ok && (n.name != "" || time.Since(n.at) < asked) || ctx.Err() != nil {
		return n.name
	}
	var p struct {
		First    string `json:"first_name"`
		Last     string `json:"last_name"`
		Name     string `json:"name"`
		Username string `json:"username"`
	}
	// What fails here leaves the name empty; the reason is in the channel's log.
	_ = a.graph.Call(ctx, c, http.MethodGet, "/"+url.PathEscape(who)+"?fields="+a.product.Profile, nil, &p)
	found := p.Name
	if found == "" {
		found = strings.TrimSpace(p.First + " " + p.Last)
	}
	if found == "" {
		found = p.Username
	}
	found = shorten(found, 120)
	a.names.mu.Lock()
	defer a.names.mu.Unlock()
	if a.names.known == nil || len(a.names.known) >= memory {
		a.names.known = map[string]named{}
	}
	a.names.known[key] = named{found, time.Now()}
	return found
}
