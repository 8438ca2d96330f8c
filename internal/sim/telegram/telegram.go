// Package telegram plays Telegram: the Bot API that a bot calls, and the phones of the
// people who write to it.
//
// The wire format is that of the Bot API 9.4, https://core.telegram.org/bots/api: methods
// below /bot<token>/ with parameters as JSON, form or multipart form, the envelope of ok,
// result, error_code, description and parameters, files below /file/bot<token>/, and updates
// that carry setWebhook's secret in X-Telegram-Bot-Api-Secret-Token. Texts of errors are
// those of the public server, https://github.com/tdlib/telegram-bot-api.
//
// The ids it gives out are the platform's: a message is "<chat>:<message>", for a message's
// number counts within its chat, a press is its callback query's id, and what has no id of
// its own is "update:<update_id>".
package telegram

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"recado/internal/sim"
)

// Platform is Telegram for any number of bots. The zero value is not ready: use New.
type Platform struct {
	faults sim.Faults
	hooks  sim.Hooks

	mu      sync.Mutex
	byToken map[string]*bot
	byRef   map[string]*bot
}

var _ sim.Platform = (*Platform)(nil)

// New returns an empty Telegram.
func New() *Platform {
	return &Platform{byToken: map[string]*bot{}, byRef: map[string]*bot{}}
}

// bot is one account. Its messages are numbered through all its chats.
type bot struct {
	id             int64
	token, name    string
	username       string
	hook, secret   string
	allowed        []string
	messages, news int64
	chats          map[int64]*thread
	files          map[string]stored
	queries        map[string]bool // callback queries not yet answered
}

type thread struct {
	person  sim.Person
	blocked bool
	bubbles []*bubble
}

// bubble is a message on the screen with what the wire knows beside it.
type bubble struct {
	sim.Bubble
	number   int64
	keyboard any // reply_markup as the bot sent it
}

type stored struct {
	path, mime string
	bytes      []byte
}

// Kinds implements sim.Platform.
func (*Platform) Kinds() []string { return []string{"telegram"} }

// Faults implements sim.Platform.
func (p *Platform) Faults() *sim.Faults { return &p.faults }

// Hooks implements sim.Platform.
func (p *Platform) Hooks() *sim.Hooks { return &p.hooks }

// Connect implements sim.Platform. The fields are the channel's: token, username. A webhook
// is usually set by the bot itself; an account that comes with one has it already.
func (p *Platform) Connect(a sim.Account) error {
	token := a.Fields["token"]
	number, _, ok := strings.Cut(token, ":")
	id, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil {
		return fmt.Errorf("%q is no bot token", token)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.byRef[a.Ref]
	if b == nil {
		b = &bot{chats: map[int64]*thread{}, files: map[string]stored{}, queries: map[string]bool{}, news: 100000}
		p.byRef[a.Ref] = b
	}
	delete(p.byToken, b.token) // a new token makes the old one worthless
	p.byToken[token] = b
	b.id, b.token, b.name = id, token, a.Name
	b.username = strings.TrimPrefix(a.Fields["username"], "@")
	if b.username == "" {
		b.username = "bot" + number + "_bot"
	}
	if a.Hook != "" && b.hook == "" {
		b.hook, b.secret = a.Hook, a.Fields["secret_token"]
	}
	return nil
}

// Thread implements sim.Platform.
func (p *Platform) Thread(ref, customer string) []sim.Bubble {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.byRef[ref]
	if b == nil {
		return nil
	}
	id, _ := strconv.ParseInt(customer, 10, 64)
	t := b.chats[id]
	if t == nil {
		return nil
	}
	out := make([]sim.Bubble, len(t.bubbles))
	for i, m := range t.bubbles {
		out[i] = m.Bubble
		out[i].Reactions = append([]string(nil), m.Reactions...)
	}
	return out
}

// add puts a message on the screen and numbers it.
func (b *bot) add(chat int64, m *bubble) *bubble {
	if m.number == 0 {
		b.messages++
		m.number = b.messages
	}
	m.ID = messageID(chat, m.number)
	m.At = time.Now().UTC().Truncate(time.Second)
	t := b.chats[chat]
	t.bubbles = append(t.bubbles, m)
	return m
}

func (t *thread) find(number int64) *bubble {
	for _, m := range t.bubbles {
		if m.number == number {
			return m
		}
	}
	return nil
}

func messageID(chat, number int64) string {
	return strconv.FormatInt(chat, 10) + ":" + strconv.FormatInt(number, 10)
}

// numberOf is the message's number in an id of ours.
func numberOf(id string) (int64, error) {
	_, n, ok := strings.Cut(id, ":")
	number, err := strconv.ParseInt(n, 10, 64)
	if !ok || err != nil {
		return 0, fmt.Errorf("%q is no message", id)
	}
	return number, nil
}

// keep stores a file and returns its id.
func (b *bot) keep(folder, mime string, content []byte) string {
	id := "AgACAgQAAxkBAAI" + strconv.Itoa(len(b.files)+1)
	b.files[id] = stored{path: folder + "/file_" + strconv.Itoa(len(b.files)+1), mime: mime, bytes: content}
	return id
}

var errNoBot = errors.New("the platform knows no such bot")

// ServeHTTP implements http.Handler: the Bot API.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if rest, ok := strings.CutPrefix(path, "file/bot"); ok {
		p.download(w, rest)
		return
	}
	token, method, ok := strings.Cut(strings.TrimPrefix(path, "bot"), "/")
	if !ok || !strings.HasPrefix(path, "bot") {
		failure{404, "Not Found"}.write(w)
		return
	}
	p.mu.Lock()
	b := p.byToken[token]
	p.mu.Unlock()
	if b == nil {
		failure{401, "Unauthorized"}.write(w)
		return
	}
	p.call(w, r, b, method)
}

func (p *Platform) download(w http.ResponseWriter, rest string) {
	token, path, _ := strings.Cut(rest, "/")
	p.mu.Lock()
	defer p.mu.Unlock()
	if b := p.byToken[token]; b != nil {
		for _, f := range b.files {
			if f.path == path {
				w.Header().Set("Content-Type", "application/octet-stream")
				_, _ = w.Write(f.bytes)
				return
			}
		}
	}
	failure{404, "Not Found"}.write(w)
}
