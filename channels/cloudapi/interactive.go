package cloudapi

import (
	"slices"
	"strconv"

	"recado/channels"
	"recado/internal/chat"
)

// interactive is a body with something to tap: reply buttons, a list or one link.
type interactive struct {
	Type   string    `json:"type"`
	Header *header   `json:"header,omitempty"`
	Body   *bodyPart `json:"body"`
	Action action    `json:"action"`
}

type header struct {
	Type  string     `json:"type"`
	Image *mediaPart `json:"image,omitempty"`
}

type bodyPart struct {
	Text string `json:"text"`
}

type action struct {
	Buttons    []replyButton `json:"buttons,omitempty"`  // type "button"
	Button     string        `json:"button,omitempty"`   // type "list": what opens it
	Sections   []section     `json:"sections,omitempty"` // type "list"
	Name       string        `json:"name,omitempty"`     // type "cta_url"
	Parameters *link         `json:"parameters,omitempty"`
}

type replyButton struct {
	Type  string `json:"type"`
	Reply choice `json:"reply"`
}

type section struct {
	Title string `json:"title,omitempty"`
	Rows  []row  `json:"rows"`
}

type row struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Text  string `json:"description,omitempty"`
}

type link struct {
	Label string `json:"display_text"`
	URL   string `json:"url"`
}

// buttons are replies or, by Capabilities, one link.
func buttons(c chat.Content) *interactive {
	out := &interactive{Type: "button", Body: &bodyPart{c.Text}}
	for _, b := range c.Buttons {
		if b.URL != "" {
			return toLink(c.Text, b.Label, b.URL)
		}
		out.Action.reply(b)
	}
	return out
}

// reply adds a reply button. Meta refuses two that read alike, which shortened labels may.
func (a *action) reply(b chat.Button) {
	label := cut(b.Label, maxLabel)
	for n := 2; slices.ContainsFunc(a.Buttons, func(o replyButton) bool { return o.Reply.Title == label }); n++ {
		mark := " " + strconv.Itoa(n)
		label = cut(b.Label, maxLabel-len(mark)) + mark
	}
	a.Buttons = append(a.Buttons, replyButton{"reply", choice{b.ID, label}})
}

func toLink(text, label, url string) *interactive {
	return &interactive{Type: "cta_url", Body: &bodyPart{text}, Action: action{Name: "cta_url", Parameters: &link{label, url}}}
}

// list titles every section when there are several, as Meta demands.
func list(c chat.Content) *interactive {
	out := &interactive{Type: "list", Body: &bodyPart{c.Text}, Action: action{Button: c.List.Open}}
	for _, s := range c.List.Sections {
		sec := section{Title: s.Title}
		if sec.Title == "" && len(c.List.Sections) > 1 {
			sec.Title = c.List.Open
		}
		for _, r := range s.Rows {
			sec.Rows = append(sec.Rows, row{r.ID, r.Title, r.Description})
		}
		out.Action.Sections = append(out.Action.Sections, sec)
	}
	return out
}

// product shows one product: its picture above its words, and below them its choices, else
// its page. Without either there is nothing to tap and it is a picture or a text.
func (o *outgoing) product(c chat.Content) error {
	if len(c.Products) != 1 {
		return unfit("one product at a time")
	}
	p := c.Products[0]
	head := join(" – ", p.Title, channels.Price(p.Price, p.Currency, "es"))
	text := cut(join("\n", c.Text, head, p.Text), maxBody)
	var replies action
	page, label := p.URL, p.Title
	for _, b := range p.Buttons {
		if b.URL != "" {
			page, label = b.URL, b.Label
		} else {
			replies.reply(b)
		}
	}
	o.Type = "interactive"
	switch {
	case len(replies.Buttons) > 0:
		if room := maxBody - 1 - len(page); room > 0 { // a longer address is no use cut
			text = join("\n", cut(text, room), page)
		}
		o.Interactive = &interactive{Type: "button", Body: &bodyPart{text}, Action: replies}
	case page != "":
		o.Interactive = toLink(text, cut(label, maxLabel), page)
	case p.Image != "":
		o.Type, o.Image = "image", &mediaPart{Link: p.Image, Caption: text}
		return nil
	default:
		o.Type, o.Text = "text", &textPart{Body: text}
		return nil
	}
	if p.Image != "" {
		o.Interactive.Header = &header{Type: "image", Image: &mediaPart{Link: p.Image}}
	}
	return nil
}
