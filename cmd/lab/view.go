package main

// item is one line that a visitor sees in the widget.
type item struct {
	key  string // the visitor's own client id; the message's id for what others wrote
	id   string // empty until the server has said it
	seq  int64
	own  bool
	text string
}

// message is a message on the wire, as far as the lab reads it.
type message struct {
	ID       string `json:"id"`
	Seq      int64  `json:"seq"`
	ClientID string `json:"client_id"`
	From     string `json:"from"`
	Content  struct {
		Text string `json:"text"`
	} `json:"content"`
}

// view is the list of messages in one tab. It follows widget/src/conversation.ts (place,
// take, settle), since what a visitor sees twice or never is decided there. A number of 0 is
// the server's word for "spooled": the item stays last until its real number comes.
type view struct {
	items   []*item
	top     int64 // highest number received
	repeats int   // messages that came again and were known
}

// place puts an item where its number belongs; what has none yet stays last, in the order
// it was written.
func (v *view) place(it *item) {
	from := -1
	for i, other := range v.items {
		if other == it {
			from = i
			v.items = append(v.items[:i], v.items[i+1:]...)
			break
		}
	}
	at := len(v.items)
	if it.seq == 0 && from >= 0 {
		at = from
	}
	for it.seq > 0 && at > 0 && below(v.items[at-1], it.seq) {
		at--
	}
	v.items = append(v.items, nil)
	copy(v.items[at+1:], v.items[at:])
	v.items[at] = it
}

// below reports whether it belongs below a message numbered seq. What has no number yet does:
// what is waiting to be sent, and what the server has spooled, which it tells by a 0.
func below(it *item, seq int64) bool { return it.seq == 0 || it.seq > seq }

// write adds what the visitor has just written.
func (v *view) write(key, text string) *item {
	it := &item{key: key, own: true, text: text}
	v.place(it)
	return it
}

// settle notes the answer to a POST.
func (v *view) settle(it *item, id string, seq int64) {
	it.id, it.seq = id, max(it.seq, seq)
	v.place(it)
}

// take adds what the server tells, and drops what is here already.
func (v *view) take(m message) {
	v.top = max(v.top, m.Seq)
	var known *item
	for _, it := range v.items {
		if it.id == m.ID || m.ClientID != "" && it.key == m.ClientID {
			known = it
			break
		}
	}
	if known != nil && known.seq > 0 {
		v.repeats++
		return
	}
	if known == nil {
		known = &item{key: m.ClientID, own: m.From == "contact"}
		if known.key == "" {
			known.key = m.ID
		}
	}
	known.id, known.seq, known.text = m.ID, m.Seq, m.Content.Text
	v.place(known)
}
