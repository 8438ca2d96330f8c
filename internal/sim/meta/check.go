package meta

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Limits of the messages/* pages, in characters unless named otherwise.
const (
	maxText       = 4096
	maxCaption    = 1024
	maxBody       = 1024
	maxListBody   = 4096
	maxTitle      = 20
	maxButtonID   = 256
	maxRowTitle   = 24
	maxRowText    = 72
	maxRowID      = 200
	maxRows       = 10
	maxSections   = 10
	maxHeader     = 60
	maxFooter     = 60
	maxOpaque     = 512
	maxReplyCount = 3
)

// check refuses what Meta refuses; mu is held. Nil: the message is taken.
func (s *Server) check(a *account, in request) *problem {
	switch {
	case in.Product != "whatsapp":
		return invalid(100, "The parameter messaging_product is required.")
	case in.RecipientType != "" && in.RecipientType != "individual":
		return invalid(100, "recipient_type must be individual")
	case in.To == "" && in.Recipient == "":
		return invalid(131008, "to or recipient is required")
	case in.To == "" && s.people[in.Recipient] == "":
		return invalid(131009, "recipient is not a business-scoped user ID of this portfolio")
	case length(in.Opaque) > maxOpaque:
		return invalid(100, "biz_opaque_callback_data must be at most 512 characters long")
	case in.Context != nil && s.anywhere(a, in.Context.Message) == nil:
		return invalid(131009, "context.message_id is not the id of a message of this chat")
	}
	switch in.Type {
	case "text":
		if in.Text == nil || in.Text.Body == "" {
			return invalid(131008, "text.body is required")
		}
		if length(in.Text.Body) > maxText {
			return invalid(100, "Param text['body'] must be at most 4096 characters long.")
		}
	case "image", "audio", "video", "document":
		return s.checkFile(a, in.Type, in.file())
	case "location":
		if in.Location == nil || in.Location.Latitude == nil || in.Location.Longitude == nil {
			return invalid(131008, "location.latitude and location.longitude are required")
		}
	case "contacts":
		for _, c := range in.Contacts {
			if c.Name["formatted_name"] == "" || len(c.Name) < 2 {
				return invalid(131009, "contacts.name needs formatted_name and one more part")
			}
		}
		if len(in.Contacts) == 0 {
			return invalid(131008, "contacts is required")
		}
	case "interactive":
		return s.checkInteractive(a, in.Interactive)
	case "template":
		return s.checkTemplate(a, in)
	case "reaction":
		if in.Reaction == nil || in.Reaction.Emoji == nil || s.anywhere(a, in.Reaction.Message) == nil {
			return invalid(131009, "reaction needs the message_id of a message of this chat and an emoji")
		}
	default:
		return invalid(100, "Param type must be one of {AUDIO, CONTACTS, DOCUMENT, IMAGE, INTERACTIVE, LOCATION, REACTION, STICKER, TEMPLATE, TEXT, VIDEO} - got \""+in.Type+"\".")
	}
	return nil
}

// anywhere finds a message in any chat of a number.
func (s *Server) anywhere(a *account, id string) *thread {
	for key, t := range s.chats {
		if key.ref == a.ref && t.find(id) != nil {
			return t
		}
	}
	return nil
}

func (s *Server) checkFile(a *account, kind string, f *fileSent) *problem {
	if f == nil || (f.ID == "") == (f.Link == "") {
		return invalid(131008, kind+" needs either id or link")
	}
	m := s.media[f.ID]
	switch {
	case f.ID != "" && (m == nil || m.owner != a):
		return invalid(100, "Param "+kind+"['id'] is not a valid whatsapp business account media attachment ID")
	case m != nil && kind != "document" && !strings.HasPrefix(m.mime, kind+"/"):
		return invalid(131053, "The file is "+m.mime+", not "+kind)
	case f.Voice && (kind != "audio" || m == nil || m.mime != "audio/ogg"):
		return invalid(131009, "voice needs an OGG file with the OPUS codec")
	case f.Caption != nil && kind == "audio":
		return invalid(100, "Unexpected key \"caption\" on param \"audio\".")
	case f.FileName != "" && kind != "document":
		return invalid(100, "Unexpected key \"filename\" on param \""+kind+"\".")
	case f.Caption != nil && length(*f.Caption) > maxCaption:
		return invalid(100, "Param "+kind+"['caption'] must be at most 1024 characters long.")
	}
	return nil
}

var webAddress = regexp.MustCompile(`^https?://[^\s/]+`)

func (s *Server) checkInteractive(a *account, in *interactive) *problem {
	if in == nil || in.Body == nil {
		return invalid(131008, "interactive.body is required")
	}
	most := maxBody
	if in.Type == "list" {
		most = maxListBody
	}
	if p := within("Body text", in.Body.Text, most); p != nil {
		return p
	}
	if in.Footer != nil {
		if p := within("Footer text", in.Footer.Text, maxFooter); p != nil {
			return p
		}
	}
	if p := s.checkHeader(a, in); p != nil {
		return p
	}
	switch in.Type {
	case "button":
		return checkReplies(in)
	case "list":
		return checkList(in)
	case "cta_url":
		link := in.Action.Parameters
		if in.Action.Name != "cta_url" || !webAddress.MatchString(link.URL) {
			return invalid(131009, "action needs the name cta_url and a valid url")
		}
		return within("display_text", link.Label, maxTitle)
	}
	return invalid(131009, "interactive.type is not valid: "+in.Type)
}

func (s *Server) checkHeader(a *account, in *interactive) *problem {
	switch h := in.Header; {
	case h == nil:
		return nil
	case in.Type == "list" && h.Type != "text":
		return invalid(131009, "A list has a text header only")
	case h.Type == "text":
		return within("Header text", h.Text, maxHeader)
	case h.Type == "image":
		return s.checkFile(a, "image", h.Image)
	default:
		return invalid(131009, "header.type is not valid: "+h.Type)
	}
}

func checkReplies(in *interactive) *problem {
	if n := len(in.Action.Buttons); n == 0 || n > maxReplyCount {
		return invalid(131009, fmt.Sprintf("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: %d", maxReplyCount))
	}
	seen := map[string]bool{}
	for _, b := range in.Action.Buttons {
		if b.Type != "reply" {
			return invalid(131009, "Button type is not valid: "+b.Type)
		}
		if p := within("Button title", b.Reply.Title, maxTitle); p != nil {
			return p
		}
		if p := within("Button id", b.Reply.ID, maxButtonID); p != nil {
			return p
		}
		if seen["id "+b.Reply.ID] || seen["title "+b.Reply.Title] {
			return invalid(131009, "Buttons must have unique ids and titles")
		}
		seen["id "+b.Reply.ID], seen["title "+b.Reply.Title] = true, true
	}
	return nil
}

func checkList(in *interactive) *problem {
	if p := within("Button label", in.Action.Button, maxTitle); p != nil {
		return p
	}
	sections := in.Action.Sections
	if len(sections) == 0 || len(sections) > maxSections {
		return invalid(131009, "A list has 1 to 10 sections")
	}
	rows, seen := 0, map[string]bool{}
	for _, sec := range sections {
		if len(sections) > 1 && sec.Title == "" || length(sec.Title) > maxRowTitle {
			return invalid(131009, "Section title is required with several sections. Max length: 24")
		}
		if len(sec.Rows) == 0 {
			return invalid(131009, "A section needs rows")
		}
		for _, r := range sec.Rows {
			rows++
			for _, p := range []*problem{within("Row title", r.Title, maxRowTitle), within("Row id", r.ID, maxRowID)} {
				if p != nil {
					return p
				}
			}
			if length(r.Text) > maxRowText {
				return invalid(131009, "Row description is too long. Max length: 72")
			}
			if seen[r.ID] {
				return invalid(131009, "Row ids must be unique")
			}
			seen[r.ID] = true
		}
	}
	if rows > maxRows {
		return invalid(131009, "Total row count exceed max allowed count: 10")
	}
	return nil
}

// within is a text that must be there and may not be longer than most.
func within(what, text string, most int) *problem {
	if n := length(text); n == 0 || n > most {
		return invalid(131009, fmt.Sprintf("%s length invalid. Min length: 1, Max length: %d", what, most))
	}
	return nil
}

func length(s string) int { return utf8.RuneCountInString(s) }
