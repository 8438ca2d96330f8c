package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// password is everybody's; the databases they are in live for minutes.
const password = "laboratorio-9241"

// question is the word that the lab's bot answers to.
const question = "pedido"

// shop is a company with a bot that answers every message that contains the question, and
// with widgets whose limits leave the lab alone.
type shop struct {
	owner   *agent
	company string
	user    string // the owner
	email   string
	bot     string
	sites   []site
}

// site is one widget: a channel, and with it one lane.
type site struct{ channel, key string }

// found makes a company by the API: sign-up, a bot with a rule and some questions, and
// widgets.
func found(ctx context.Context, n *node, name string, widgets int) (*shop, error) {
	email := strings.ToLower(strings.ReplaceAll(name, " ", "-")) + "@example.com"
	err := (&agent{node: n}).call(ctx, http.MethodPost, "/auth/signup", object{"company": name, "name": "Dueña de " + name, "email": email,
		"password": password, "language": "es", "time_zone": "Europe/Madrid"}, nil, nil)
	if err != nil {
		return nil, err
	}
	s := &shop{email: email}
	var who me
	if s.owner, who, err = logIn(ctx, n, email, password); err != nil {
		return nil, err
	}
	s.company, s.user = who.Company.ID, who.User.ID
	if err := s.addBot(ctx); err != nil {
		return nil, err
	}
	for i := range widgets {
		w, err := s.addSite(ctx, fmt.Sprintf("Tienda %d", i+1), s.bot)
		if err != nil {
			return nil, err
		}
		s.sites = append(s.sites, w)
	}
	return s, nil
}

func (s *shop) addBot(ctx context.Context) error {
	var bot created
	if err := s.owner.call(ctx, http.MethodPost, "/bots", object{"name": "Ayudante", "language": "es"}, &bot, nil); err != nil {
		return err
	}
	s.bot = bot.ID
	err := s.owner.call(ctx, http.MethodPost, "/bots/"+s.bot+"/rules", object{"name": "Pedidos", "enabled": true, "priority": 10,
		"match": "contains", "patterns": []string{question}, "answers": []object{{"type": "text", "text": "Tu pedido está en camino."}},
		"active": object{"when": "always"}, "then": "stay"}, nil, nil)
	if err != nil {
		return err
	}
	for _, f := range [][2]string{
		{"¿Cuánto tarda el envío?", "El envío tarda entre 24 y 48 horas."},
		{"¿Puedo devolver una prenda?", "Tienes 30 días para devolverla."},
	} {
		err := s.owner.call(ctx, http.MethodPost, "/bots/"+s.bot+"/faqs", object{"question": f[0], "answer": f[1], "variants": []string{}, "enabled": true}, nil, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// addSite connects a widget as it comes, then lifts its limits; an empty bot leaves it to
// people.
func (s *shop) addSite(ctx context.Context, name, bot string) (site, error) {
	in := object{"kind": "webchat", "name": name}
	if bot != "" {
		in["bot_id"] = bot
	}
	var out struct {
		ID       string
		SiteKey  string `json:"site_key"`
		Settings object
	}
	if err := s.owner.call(ctx, http.MethodPost, "/channels", in, &out, nil); err != nil {
		return site{}, err
	}
	out.Settings["limits"] = object{"file_bytes": 1 << 20, "per_visitor_minute": 600, "per_site_minute": 1_000_000}
	err := s.owner.call(ctx, http.MethodPatch, "/channels/"+out.ID, object{"settings": out.Settings}, nil, nil)
	return site{out.ID, out.SiteKey}, err
}

// once is the header by which a send is done once however often it is repeated.
func once() http.Header { return http.Header{"Idempotency-Key": {uuid.NewString()}} }
