package flow

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/flows"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// speak holds what nodes say to the limits of the channels on which the flow may run.
// Places in texts count as they are written.
func (c *checker) speak(ctx context.Context, f *flows.Flow) error {
	via, err := Channels(ctx, c.tx, c.flow.Bot)
	if err != nil || c.opts.Fit == nil {
		return err
	}
	via = slices.DeleteFunc(via, func(x channels.Channel) bool { return !c.runsOn(x.ID) })
	languages := c.languages()
	for _, n := range c.def.Nodes {
		s, ok := f.Node(n.ID).(flows.Speaker)
		if !ok {
			continue
		}
		met := map[channels.Breach][]string{} // by breach: names of channels
		var order []channels.Breach
		for _, lang := range languages {
			for _, content := range s.Says(lang) {
				for _, x := range via {
					_, breaches := c.opts.Fit(x, content)
					for _, b := range breaches {
						b.Was = 0 // one report for all languages
						if met[b] == nil {
							order = append(order, b)
						}
						if !slices.Contains(met[b], x.Name) {
							met[b] = append(met[b], x.Name)
						}
					}
				}
			}
		}
		for _, b := range order {
			at, code := "nodes["+n.ID+"].data", "flow.channel_"+string(b.Effect)
			if b.Effect == channels.Refused {
				c.problem(at, code, "channels", strings.Join(met[b], ", "), "limit", b.Limit)
				continue
			}
			c.warn(at, code, "channels", strings.Join(met[b], ", "), "limit", b.Limit, "max", b.Max)
		}
	}
	return nil
}

// Channels are those on which a bot answers, without their secrets, the oldest first.
func Channels(ctx context.Context, tx db.CompanyTx, bot id.Bot) ([]channels.Channel, error) {
	rows, err := tx.Query(ctx, `select id, kind, name, settings from channel where bot_id = $1 and deleted_at is null order by created_at, id`, bot)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (channels.Channel, error) {
		c := channels.Channel{Company: tx.Company()}
		err := r.Scan(&c.ID, (*string)(&c.Kind), &c.Name, &c.Settings)
		return c, err
	})
}

// runsOn reports whether the flow may begin on a channel. One that another flow may enter
// runs wherever that one does.
func (c *checker) runsOn(ch id.Channel) bool {
	return len(c.def.Triggers) == 0 || slices.ContainsFunc(c.def.Triggers, func(t flows.Trigger) bool {
		return len(t.Channels) == 0 || slices.Contains(t.Channels, ch)
	})
}

var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// languages are those in which something of the flow is written; a few too many do not
// matter, for they say what the flow's own language says.
func (c *checker) languages() []string {
	found := map[string]bool{c.def.Language: true}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for k, e := range v {
				if _, ok := e.(string); ok && languageTag.MatchString(k) && len(found) < 20 {
					found[k] = true
				}
				walk(e)
			}
		}
	}
	for _, n := range c.def.Nodes {
		var data any
		if json.Unmarshal(n.Data, &data) == nil {
			walk(data)
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// complete replaces what was written about files in a definition by what is known of them,
// as is done for every message. What cannot be is left as it is and told.
func (s *Service) complete(ctx context.Context, tx db.CompanyTx, d *flows.Definition) (faults []*errs.Problem, err error) {
	if s.opts.Files == nil {
		return nil, nil
	}
	d.Nodes = slices.Clone(d.Nodes)
	for i, n := range d.Nodes {
		data, err := parse(n.Data)
		if err != nil || !strings.Contains(string(n.Data), `"media"`) {
			continue
		}
		changed := false
		var walk func(v any) error
		walk = func(v any) error {
			switch v := v.(type) {
			case []any:
				for _, e := range v {
					if err := walk(e); err != nil {
						return err
					}
				}
			case map[string]any:
				for _, e := range v {
					if err := walk(e); err != nil {
						return err
					}
				}
				media, ok := asMedia(v)
				if !ok {
					return nil
				}
				content := chat.Content{Media: &media}
				if t, ok := v["type"].(string); ok {
					content.Type = chat.Type(t)
				}
				err := s.opts.Files.Complete(ctx, tx, "", &content)
				var p *errs.Problem
				switch {
				case errors.As(err, &p):
					faults = append(faults, p.At("nodes["+n.ID+"].data"))
				case err != nil:
					return err
				default:
					v["media"], changed = content.Media, true
				}
			}
			return nil
		}
		if err := walk(data); err != nil {
			return nil, err
		}
		if changed {
			if d.Nodes[i].Data, err = marshal(data); err != nil {
				return nil, err
			}
		}
	}
	return faults, nil
}

// asMedia reads what a content says of its file.
func asMedia(content map[string]any) (m chat.Media, ok bool) {
	v, ok := content["media"].(map[string]any)
	if !ok {
		return m, false
	}
	b, err := json.Marshal(v)
	return m, err == nil && json.Unmarshal(b, &m) == nil
}
