package channels

import "time"

// Capabilities is what a channel can carry. Zero means "not at all" for counts and sizes,
// "no window" for durations. Lengths are characters.
type Capabilities struct {
	MaxText        int `json:"max_text"`
	MaxCaption     int `json:"max_caption"`      // under media
	MaxButtons     int `json:"max_buttons"`      // choices beside a text
	MaxButtonLabel int `json:"max_button_label"` // 0 with buttons: no limit of its own
	MaxButtonText  int `json:"max_button_text"`  // body above buttons and lists; 0: MaxText
	MaxLinkButtons int `json:"max_link_buttons"` // buttons with a URL in one message; never mixed with choices unless MixButtons
	MaxListRows    int `json:"max_list_rows"`
	MaxRowTitle    int `json:"max_row_title"`
	MaxRowText     int `json:"max_row_text"`
	MaxListOpen    int `json:"max_list_open"`
	MaxProducts    int `json:"max_products"` // in one message

	MixButtons bool             `json:"mix_buttons"`
	Media      map[string]int64 `json:"media"` // MIME type -> largest size in bytes
	Voice      bool             `json:"voice"` // plays in the chat; else sent as audio
	Locations  bool             `json:"locations"`
	Contacts   bool             `json:"contacts"`
	Reactions  bool             `json:"reactions"`
	Quotes     bool             `json:"quotes"`
	Templates  bool             `json:"templates"`
	Typing     bool             `json:"typing"`
	Receipts   bool             `json:"receipts"`
	Idempotent bool             `json:"idempotent"` // the platform drops a repeat of our message id

	// How long after the person's last message one may write freely; a person (not a bot)
	// may longer where HumanWindow is set. Start is how a conversation may be opened by us,
	// and what may be written when the window is closed.
	ReplyWindow time.Duration `json:"reply_window"`
	HumanWindow time.Duration `json:"human_window"`
	Start       Start         `json:"start" enum:"free,template,never"`

	// Where the limits come from, by JSON name above, and why a case of the conformance
	// suite does not exist on this platform, by the case's name.
	Sources map[string]string `json:"sources,omitempty"`
	Lacks   map[string]string `json:"lacks,omitempty"`
}

// Start is how the company may write to somebody outside the window.
type Start string

// The ways.
const (
	Free         Start = "free"
	ByTemplate   Start = "template"
	OnlyToAnswer Start = "never"
)

// Window is how long a company may write, seen from a moment.
type Window struct {
	Open  bool      `json:"open" doc:"Anything may be written now"`
	Human bool      `json:"human" doc:"Only a person may write, not a bot"`
	Until time.Time `json:"until,omitzero" doc:"When what is allowed now ends; absent: never"`
	Start Start     `json:"start" enum:"free,template,never" doc:"What may be written when it is closed"`
}

// WindowAt tells what is allowed at now when the person last wrote at heard (zero: never).
func (c Capabilities) WindowAt(now, heard time.Time) Window {
	w := Window{Start: c.Start}
	if w.Start == "" {
		w.Start = Free
	}
	if c.ReplyWindow == 0 {
		w.Open = w.Start == Free || !heard.IsZero()
		return w
	}
	if heard.IsZero() {
		return w
	}
	if end := heard.Add(c.ReplyWindow); now.Before(end) {
		w.Open, w.Until = true, end
	} else if end := heard.Add(c.HumanWindow); now.Before(end) {
		w.Open, w.Human, w.Until = true, true, end
	}
	return w
}
