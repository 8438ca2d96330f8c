package seed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/bots"
	"recado/bots/rules"
	"recado/channels/webchat"
	"recado/internal/assistant"
	"recado/internal/channel"
	"recado/internal/chat"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/demo"
	"recado/internal/file"
	"recado/internal/id"
	"recado/internal/knowledge"
)

// upload stores the rules' attachments that are not there yet, and returns them by their
// name in demo.Files.
func (s *Seeder) upload(ctx context.Context, c id.Company) (map[string]chat.Media, error) {
	out := map[string]chat.Media{}
	for _, r := range s.Content.Rules {
		a := r.Answer.Attachment
		if a == nil {
			continue
		}
		m, err := s.stored(ctx, c, path.Base(a.File))
		if err == nil && m.File.IsZero() {
			var b []byte
			var mime string
			if b, mime, err = s.Pictures.Open(a.File); err == nil {
				m, err = s.Files.Upload(ctx, c, file.ByBot, "", path.Base(a.File), mime, bytes.NewReader(b))
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.File, err)
		}
		out[a.File] = m
	}
	return out, nil
}

// stored finds what an earlier seeding uploaded; the zero Media for nothing.
func (s *Seeder) stored(ctx context.Context, c id.Company, name string) (m chat.Media, err error) {
	err = s.DB.ForCompany(ctx, c, func(tx db.CompanyTx) error {
		var f id.File
		err := tx.QueryRow(ctx, `select id from file where origin = $1 and name = $2 order by id limit 1`, string(file.ByBot), name).Scan(&f)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		known, err := s.Files.Resolve(ctx, tx, f)
		m = known[f]
		return err
	})
	return m, err
}

// fill makes everything that belongs to the company: all of it or nothing.
func (s *Seeder) fill(ctx context.Context, tx db.CompanyTx, people map[string]id.User, files map[string]chat.Media, r *Report) error {
	if err := s.furnish(ctx, tx); err != nil {
		return fmt.Errorf("demo company's settings: %w", err)
	}
	if err := Catalogue(ctx, tx, s.Content, s.now()); err != nil {
		return fmt.Errorf("demo catalogue: %w", err)
	}
	labels := map[string]id.Label{}
	for _, l := range s.Content.Labels {
		made, err := company.CreateLabel(ctx, tx, company.System, company.Label{Name: l.Name, Color: l.Color})
		if err != nil {
			return fmt.Errorf("demo label %s: %w", l.Name, err)
		}
		labels[l.Name] = made.ID
	}
	bot, err := s.train(ctx, tx, files)
	if err != nil {
		return fmt.Errorf("demo bot: %w", err)
	}
	ch, err := s.connect(ctx, tx, bot)
	if err != nil {
		return fmt.Errorf("demo channel: %w", err)
	}
	h, err := s.historian(ctx, tx, bot)
	if err != nil {
		return fmt.Errorf("demo history: %w", err)
	}
	h.company, h.channel, h.bot, h.people, h.labels = tx.Company(), ch, bot, people, labels
	all, err := s.Content.Conversations(s.now())
	if err == nil {
		err = h.write(all)
	}
	if err == nil {
		err = h.rows.insert(ctx, tx)
	}
	if err != nil {
		return fmt.Errorf("demo history: %w", err)
	}
	r.Labels, r.Rules, r.FAQs = len(labels), len(h.rules), len(h.faqs)
	r.Contacts, r.Conversations, r.Messages = len(h.rows.contacts), len(h.rows.conversations), len(h.rows.messages)
	r.FirstMessageAt, r.LastMessageAt = h.first, h.last
	_, err = tx.Exec(ctx, `update channel set seen_at = $2 where id = $1`, ch, h.last)
	return err
}

func (s *Seeder) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

// furnish sets what a company is not founded with. Its hours are those in which people
// attend, which is what bots and widgets go by.
func (s *Seeder) furnish(ctx context.Context, tx db.CompanyTx) error {
	shop := s.Content.Shop
	address := shop.Stores[0].Address + ", " + shop.Stores[0].City
	_, err := company.Update(ctx, tx, company.System, company.SettingsChange{Currency: &shop.Currency, Hours: &shop.TeamHours, Address: &address})
	return err
}

// train makes the bot with its rules and questions.
func (s *Seeder) train(ctx context.Context, tx db.CompanyTx, files map[string]chat.Media) (id.Bot, error) {
	say, language := s.Content.Shop.Bot, bots.Spanish
	made, err := s.Bots.Create(ctx, tx, company.System, assistant.Change{
		Name: &say.Name, Language: &language,
		Fallback: &bots.FallbackPolicy{Text: say.Fallback},
		// Sixty plainly different questions: the bot may trust itself further than the default,
		// which also has to serve bots full of near duplicates.
		Thresholds: &bots.Thresholds{Answer: 0.75, Offer: 0.08},
		Handoff:    &bots.HandoffSettings{Text: say.Handoff, AwayText: say.Away},
	})
	if err != nil {
		return id.Bot{}, err
	}
	for _, r := range s.rules(files) {
		if _, err := s.Bots.CreateRule(ctx, tx, company.System, made.ID, r); err != nil {
			return made.ID, fmt.Errorf("rule %s: %w", r.Name, err)
		}
	}
	lines, err := s.questions()
	if err != nil {
		return made.ID, err
	}
	t, err := knowledge.Import(ctx, tx, made.ID, lines) // nobody has compiled the bot yet: it need not be made stale
	if err == nil && t.Added != len(s.Content.FAQs) {
		err = fmt.Errorf("%d of %d questions were taken", t.Added, len(s.Content.FAQs))
	}
	return made.ID, err
}

// rules are the content's, and one with product cards.
func (s *Seeder) rules(files map[string]chat.Media) []rules.Definition {
	var out []rules.Definition
	for _, r := range s.Content.Rules {
		answer := chat.Plain(r.Answer.Text)
		if a := r.Answer.Attachment; a != nil {
			m := files[a.File]
			answer.Type, answer.Media = chat.Type(a.Kind), &m
		}
		out = append(out, rules.Definition{
			Name: r.Name, Enabled: true, Priority: r.Priority, Match: rules.Match(r.Match), Patterns: r.Patterns,
			Answers: []chat.Content{answer}, Active: rules.Active{When: rules.When(r.Hours)}, Then: rules.Stay,
		})
	}
	return append(out, rules.Definition{
		Name: "Novedades", Enabled: true, Priority: 75, Match: rules.AnyOf,
		Patterns: []string{"novedad", "novedades", "lo nuevo", "nueva colección", "nueva temporada", "qué hay de nuevo"},
		Answers: []chat.Content{{Type: chat.Products, Text: "Esto es lo último que llegó a la tienda.",
			Products: s.cards("VES-001", "ABR-003", "CAL-001", "PUN-003", "ACC-002", "CAM-006")}},
		Active: rules.Active{When: rules.Always}, Then: rules.Stay,
	})
}

// cards show products with their pages and pictures in the demo shop, by path alone: the
// chat stands on the same origin, whatever that is.
func (s *Seeder) cards(skus ...string) []chat.Product {
	var out []chat.Product
	for _, sku := range skus {
		p, _ := s.Content.Product(sku) // a test checks that they are there
		out = append(out, chat.Product{
			ID: p.SKU, Title: p.Name, Text: p.Description, Price: int64(p.Price), Currency: p.Currency,
			Image: "/demo/img/" + p.SKU + ".jpg", URL: "/demo/p/" + p.SKU,
		})
	}
	return out
}

// questions are the FAQs as a file to import, the way a company brings its own.
func (s *Seeder) questions() (*knowledge.File, error) {
	faqs := make([]knowledge.FAQ, len(s.Content.FAQs))
	for i, q := range s.Content.FAQs {
		faqs[i] = knowledge.FAQ{ExternalID: q.ID, Question: q.Question, Answer: q.Answer, Variants: q.Variants, Enabled: true}
	}
	var lines bytes.Buffer
	if err := knowledge.Write(&lines, knowledge.JSONL, faqs); err != nil {
		return nil, err
	}
	return knowledge.Read(&lines, knowledge.JSONL)
}

// connect makes the widget's channel.
func (s *Seeder) connect(ctx context.Context, tx db.CompanyTx, bot id.Bot) (id.Channel, error) {
	settings, err := json.Marshal(widget(s.Content.Shop))
	if err != nil {
		return id.Channel{}, err
	}
	c, err := channel.Create(ctx, tx, company.System, webchat.Adapter{}, channel.Opener{}, channel.Draft{
		Kind: webchat.Kind, Name: "Chat de la tienda", Ref: SiteKey, Bot: bot, Settings: settings,
	})
	return c.ID, err
}

// widget looks like the shop's page. Hours are the company's.
func widget(shop demo.Shop) webchat.Settings {
	w := webchat.Defaults()
	w.Title, w.Subtitle = shop.Name, "Tallas, envíos, cambios y pagos"
	w.Greeting = "Hola, soy " + shop.Bot.Name + ", el asistente de " + shop.Name + ". ¿En qué te ayudo?"
	w.Launcher = "¿Te ayudo?"
	w.Color, w.Radius = "#9c3d2a", 16
	w.QuickReplies = []webchat.QuickReply{
		{ID: "envio", Label: "¿Cuánto tarda el envío?"},
		{ID: "talla", Label: "¿Cómo sé cuál es mi talla?"},
		{ID: "novedades", Label: "Enséñame las novedades"},
		{ID: "persona", Label: "Quiero hablar con una persona"},
	}
	w.LeaveMessage = false // the bot answers at any hour: its questions, not a form
	w.AwayText = "El equipo está fuera de horario. " + shop.Bot.Name + " te responde ahora mismo, y lo que no sepa queda para el equipo."
	w.Proactive = &webchat.Proactive{AfterSeconds: 25, URLContains: "/demo/p/", Text: "¿Dudas con la talla? Pregúntame y te ayudo a elegir."}
	return w
}
