package twilio

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"recado/channels"
	"recado/internal/chat"
)

// Buttons, lists and places are sent as a Content: a resource made by one call and used by
// the SID it got. Making one is like uploading a file; the message is still sent by one call.
// Within the reply window it needs nobody's approval.
//
// A Content is named after what it holds, so it is made once for all messages that look
// alike, whatever their words: the body's lines are variables. Twilio allows any number of
// Contents (www.twilio.com/docs/content/content-api-resources).

// ownName marks the Contents that are ours among the account's templates.
var ownName = regexp.MustCompile(`^recado_[0-9a-f]{32}$`)

// content is Twilio's Content resource, as it is made.
type content struct {
	FriendlyName string            `json:"friendly_name"`
	Language     string            `json:"language"`
	Variables    map[string]string `json:"variables,omitempty"` // samples, by name
	Types        map[string]any    `json:"types"`
}

type quickReply struct {
	Body    string   `json:"body"`
	Actions []action `json:"actions"`
}

type action struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	ID    string `json:"id,omitempty"`
}

type listPicker struct {
	Body   string `json:"body"`
	Button string `json:"button"`
	Items  []item `json:"items"`
}

type item struct {
	ID          string `json:"id"`
	Item        string `json:"item"`
	Description string `json:"description,omitempty"`
}

type place struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Label     string  `json:"label,omitempty"`
	Address   string  `json:"address,omitempty"`
}

// setSession puts a session's Content into the form and returns its key on the shelf.
func (a *WhatsApp) setSession(ctx context.Context, c channels.Channel, m chat.Content, v url.Values) (key string, err error) {
	made, variables, err := session(m)
	if err != nil {
		return "", err
	}
	key = c.Value("account_sid") + "/" + made.FriendlyName
	kept, ok := a.shelf.get(key)
	if !ok {
		if kept.sid, err = a.contentSID(ctx, c, made); err != nil {
			return "", err
		}
		a.shelf.put(key, kept)
	}
	return key, setContent(v, kept.sid, variables)
}

func setContent(v url.Values, sid string, variables map[string]string) error {
	v.Set("ContentSid", sid)
	if len(variables) == 0 {
		return nil
	}
	b, err := json.Marshal(variables)
	if err != nil {
		return err
	}
	v.Set("ContentVariables", string(b))
	return nil
}

// contentSID finds a Content by its name or makes it. A restart or another node must not make a
// second; that the search fails is no reason not to send.
func (a *WhatsApp) contentSID(ctx context.Context, c channels.Channel, made content) (sid string, err error) {
	var found struct {
		Contents []struct {
			SID          string `json:"sid"`
			FriendlyName string `json:"friendly_name"`
		} `json:"contents"`
	}
	search := call{op: "twilio: find content", method: http.MethodGet, host: contentHost,
		path: "/v2/Content?PageSize=1&ContentName=" + url.QueryEscape("^"+made.FriendlyName+"$")}
	if a.call(ctx, c, search, &found) == nil && len(found.Contents) > 0 && found.Contents[0].FriendlyName == made.FriendlyName {
		return found.Contents[0].SID, nil
	}
	var out struct {
		SID string `json:"sid"`
	}
	err = a.call(ctx, c, call{op: "twilio: make content", method: http.MethodPost, host: contentHost, path: "/v1/Content", json: made}, &out)
	return out.SID, err
}

// session is a content as a Content with the values of its variables.
func session(m chat.Content) (content, map[string]string, error) {
	var kind string
	var body any
	var variables map[string]string
	var err error
	switch m.Type {
	case chat.Buttons:
		kind = "twilio/quick-reply"
		body, variables, err = buttons(m)
	case chat.ListMenu:
		kind = "twilio/list-picker"
		body, variables, err = list(m)
	default:
		kind = "twilio/location"
		l := m.Location
		body = place{l.Latitude, l.Longitude, literal(l.Name), literal(l.Address)}
	}
	if err != nil {
		return content{}, nil, err
	}
	types := map[string]any{kind: body}
	b, err := json.Marshal(types)
	if err != nil {
		return content{}, nil, err
	}
	sum := sha256.Sum256(b)
	out := content{FriendlyName: "recado_" + hex.EncodeToString(sum[:16]), Language: "es", Types: types}
	if len(variables) > 0 {
		out.Variables = map[string]string{}
		for name := range variables {
			out.Variables[name] = "texto" // the same for all, as the name promises
		}
	}
	return out, variables, nil
}

func buttons(m chat.Content) (any, map[string]string, error) {
	if n := len(m.Buttons); n == 0 || n > 3 {
		return nil, nil, unfit("WhatsApp has up to 3 buttons")
	}
	text, variables, err := slots(m.Text)
	if err != nil {
		return nil, nil, err
	}
	q := quickReply{Body: text}
	for _, b := range m.Buttons {
		if b.URL != "" || tooLong(b.Label, 20) || !usable(b.ID) {
			return nil, nil, unfit("not a WhatsApp button: " + b.Label)
		}
		q.Actions = append(q.Actions, action{"QUICK_REPLY", literal(b.Label), b.ID})
	}
	return q, variables, nil
}

func list(m chat.Content) (any, map[string]string, error) {
	text, variables, err := slots(m.Text)
	if err != nil {
		return nil, nil, err
	}
	if m.List.Open == "" || tooLong(m.List.Open, 20) {
		return nil, nil, unfit("the list's button has 1 to 20 characters")
	}
	p := listPicker{Body: text, Button: literal(m.List.Open)}
	for _, s := range m.List.Sections {
		for _, r := range s.Rows {
			if tooLong(r.Title, 24) || tooLong(r.Description, 72) || !usable(r.ID) {
				return nil, nil, unfit("not a WhatsApp row: " + r.Title)
			}
			p.Items = append(p.Items, item{r.ID, literal(r.Title), literal(described(s.Title, r.Description))})
		}
	}
	if n := len(p.Items); n == 0 || n > 10 {
		return nil, nil, unfit("WhatsApp has up to 10 rows")
	}
	return p, variables, nil
}

// described keeps a section's title, for which a list picker has no place, where it fits.
func described(section, description string) string {
	both := section
	if section != "" && description != "" {
		both += " · "
	}
	if both += description; tooLong(both, 72) {
		return description
	}
	return both
}

const maxBody = 1024 // above buttons and rows

// maxVariables is how many variables a Content may have
// (www.twilio.com/docs/content/using-variables-with-content-api).
const maxVariables = 100

// slots turns a text into a body of variables, one for each line that says something: values
// may hold no line breaks, no tabs and no more than four spaces in a row (errors/21656).
func slots(text string) (body string, variables map[string]string, err error) {
	if text == "" || tooLong(text, maxBody) {
		return "", nil, unfit("the text above choices has 1 to 1,024 characters")
	}
	variables = map[string]string{}
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range lines {
		if line = plain(line); strings.TrimSpace(line) == "" {
			lines[i] = ""
			continue
		}
		name := strconv.Itoa(len(variables) + 1)
		variables[name], lines[i] = line, "{{"+name+"}}"
	}
	if n := len(variables); n == 0 || n > maxVariables {
		return "", nil, unfit(fmt.Sprintf("the text above choices has 1 to %d lines", maxVariables))
	}
	return strings.Join(lines, "\n"), variables, nil
}

var manySpaces = regexp.MustCompile(` {5,}`)

// plain is a line as the value of a variable.
func plain(s string) string {
	s = strings.NewReplacer("\t", " ", "\r", " ", "\n", " ").Replace(s)
	return manySpaces.ReplaceAllString(s, "    ")
}

// literal is a text that is no variable even if it looks like one: an invisible word joiner
// parts the braces.
func literal(s string) string { return strings.ReplaceAll(s, "{{", "{\u2060{") }

// usable reports whether an id comes back as it was.
func usable(id string) bool {
	return id != "" && !tooLong(id, 200) && !strings.Contains(id, "{{")
}

func tooLong(s string, most int) bool { return utf8.RuneCountInString(s) > most }

// shelved is a Content that exists.
type shelved struct {
	sid    string
	places int // variables of a template
}

// shelf remembers Contents by account and name. It is a cache: full, it starts anew.
type shelf struct {
	mu   sync.Mutex
	kept map[string]shelved
}

const shelfSize = 10_000

func (s *shelf) get(key string) (shelved, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, ok := s.kept[key]
	return x, ok
}

func (s *shelf) put(key string, x shelved) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil || len(s.kept) >= shelfSize {
		s.kept = map[string]shelved{}
	}
	s.kept[key] = x
}

func (s *shelf) forget(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, key)
}
