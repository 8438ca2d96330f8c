package inbox

import (
	"strings"
	"unicode/utf8"

	"recado/channels"
)

// clean makes a platform's words storable: the database takes neither broken UTF-8 nor NUL,
// and names that are longer than their columns would cost the message.
func clean(ev *channels.Inbound) {
	ev.ExternalID = clip(ev.ExternalID, 400)
	f := &ev.From
	f.Identity, f.Name, f.Email, f.Language = clip(f.Identity, 300), clip(f.Name, 200), clip(f.Email, 254), clip(f.Language, 35)
	if !e164.MatchString(f.Phone) {
		f.Phone = ""
	}
	aliases := f.Aliases[:0:0]
	for _, a := range f.Aliases {
		if a = clip(a, 300); a != "" && a != f.Identity {
			aliases = append(aliases, a)
		}
	}
	f.Aliases = aliases
	if m := ev.Message; m != nil {
		c := &m.Content
		c.Text = clip(c.Text, 16<<10)
		if c.Media != nil {
			c.Media.Name, c.Media.MIME = clip(c.Media.Name, 255), clip(c.Media.MIME, 127)
		}
		if a := c.Answer; a != nil {
			a.ID, a.Label = clip(a.ID, 200), clip(a.Label, 120)
		}
		if l := c.Location; l != nil {
			l.Name, l.Address = clip(l.Name, 200), clip(l.Address, 400)
		}
		if k := c.Contact; k != nil {
			k.Name = clip(k.Name, 200)
			for _, list := range [][]string{k.Phones, k.Emails} {
				for i, v := range list {
					list[i] = clip(v, 254)
				}
			}
		}
		if m.Media != nil {
			m.Media.Ref, m.Media.Name, m.Media.MIME = clip(m.Media.Ref, 4000), clip(m.Media.Name, 255), clip(m.Media.MIME, 127)
		}
	}
	if e := ev.Edit; e != nil {
		e.Of, e.Content.Text = clip(e.Of, 400), clip(e.Content.Text, 16<<10)
	}
	if d := ev.Deletion; d != nil {
		d.Of = clip(d.Of, 400)
	}
	if r := ev.Receipt; r != nil {
		r.ProviderID, r.Code, r.Text = clip(r.ProviderID, 400), clip(r.Code, 100), clip(r.Text, 500)
	}
}

// clip cuts a text to bytes, at a whole character.
func clip(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
