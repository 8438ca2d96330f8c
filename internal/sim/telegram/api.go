package telegram

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"recado/internal/sim"
)

// failure is an answer with ok false.
type failure struct {
	code        int
	description string
}

func (f failure) body(retryAfter time.Duration) []byte {
	out := map[string]any{"ok": false, "error_code": f.code, "description": f.description}
	if retryAfter > 0 {
		out["parameters"] = map[string]any{"retry_after": int((retryAfter + time.Second - 1) / time.Second)}
	}
	return encode(out)
}

func (f failure) write(w http.ResponseWriter) { answer(w, f.code, f.body(0)) }

func bad(format string, args ...any) *failure {
	return &failure{400, "Bad Request: " + fmt.Sprintf(format, args...)}
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // we made it
	}
	return b
}

func answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func success(v any) []byte { return encode(map[string]any{"ok": true, "result": v}) }

// params are a call's, wherever it put them.
type params struct {
	values map[string]json.RawMessage
	files  map[string]part
}

type part struct {
	name, mime string
	bytes      []byte
}

const maxUpload = 50 << 20

func read(r *http.Request) (params, *failure) {
	p := params{values: map[string]json.RawMessage{}, files: map[string]part{}}
	for k, v := range r.URL.Query() {
		p.text(k, v[0])
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	r.Body = http.MaxBytesReader(nil, r.Body, maxUpload+1<<20)
	switch kind {
	case "application/json":
		if err := json.NewDecoder(r.Body).Decode(&p.values); err != nil {
			return p, bad("can't parse request JSON object")
		}
	case "multipart/form-data":
		if err := r.ParseMultipartForm(maxUpload + 1<<20); err != nil {
			return p, &failure{413, "Request Entity Too Large"}
		}
		for k, v := range r.MultipartForm.Value {
			p.text(k, v[0])
		}
		for k, v := range r.MultipartForm.File {
			f, err := v[0].Open()
			if err != nil {
				return p, bad("file can't be read")
			}
			b, err := io.ReadAll(f)
			_ = f.Close()
			if err != nil {
				return p, bad("file can't be read")
			}
			p.files[k] = part{v[0].Filename, v[0].Header.Get("Content-Type"), b}
		}
	default:
		if err := r.ParseForm(); err != nil {
			return p, bad("can't parse form")
		}
		for k, v := range r.PostForm {
			p.text(k, v[0])
		}
	}
	return p, nil
}

// text takes a form's value: JSON where it is an object, a list or a number, else a string.
func (p params) text(k, v string) {
	if v != "" && json.Valid([]byte(v)) && (strings.ContainsAny(v[:1], "{[-0123456789") || v == "true" || v == "false") {
		p.values[k] = json.RawMessage(v)
		return
	}
	p.values[k] = encode(v)
}

// string is a parameter as a string; numbers are accepted where strings are wanted.
func (p params) string(k string) string {
	var s string
	if json.Unmarshal(p.values[k], &s) == nil {
		return s
	}
	return string(p.values[k])
}

func (p params) number(k string) (int64, bool) {
	n, err := strconv.ParseInt(p.string(k), 10, 64)
	return n, err == nil
}

func (p params) float(k string) (float64, bool) {
	f, err := strconv.ParseFloat(p.string(k), 64)
	return f, err == nil
}

// sends are the methods that put something on a screen; the faults are theirs.
func sends(method string) bool {
	return strings.HasPrefix(method, "send") && method != "sendChatAction" || method == "setMessageReaction"
}

func (p *Platform) call(w http.ResponseWriter, r *http.Request, b *bot, method string) {
	if !sends(method) {
		in, f := read(r)
		var out any
		if f == nil {
			p.mu.Lock()
			out, f = p.manage(b, method, in)
			p.mu.Unlock()
		}
		if f != nil {
			f.write(w)
			return
		}
		answer(w, http.StatusOK, success(out))
		return
	}
	take := func() (int, []byte) {
		in, f := read(r)
		var out any
		if f == nil {
			p.mu.Lock()
			out, f = b.send(method, in)
			p.mu.Unlock()
		}
		if f != nil {
			return f.code, f.body(0)
		}
		return http.StatusOK, success(out)
	}
	p.faults.Serve(w, r, take, func(w http.ResponseWriter, f sim.Fault) {
		switch f {
		case sim.Busy:
			d := p.faults.RetryAfter()
			e := failure{429, fmt.Sprintf("Too Many Requests: retry after %d", int(d.Seconds()))}
			answer(w, e.code, e.body(d))
		case sim.Revoked:
			failure{401, "Unauthorized"}.write(w)
		case sim.OptedOut:
			failure{403, "Forbidden: bot was blocked by the user"}.write(w)
		case sim.Rejected, sim.Closed: // there is no window; a chat that is gone is the nearest
			bad("chat not found").write(w)
		default:
			failure{500, "Internal Server Error"}.write(w)
		}
	})
}

func (p *Platform) manage(b *bot, method string, in params) (any, *failure) {
	switch method {
	case "getMe":
		return b.user(), nil
	case "setWebhook":
		return b.setWebhook(in)
	case "deleteWebhook":
		b.hook, b.secret = "", ""
		return true, nil
	case "getWebhookInfo":
		return map[string]any{"url": b.hook, "has_custom_certificate": false, "pending_update_count": 0, "max_connections": 40, "allowed_updates": b.allowed}, nil
	case "sendChatAction":
		if _, f := b.chat(in); f != nil {
			return nil, f
		}
		return true, nil
	case "answerCallbackQuery":
		if q := in.string("callback_query_id"); !b.queries[q] {
			return nil, bad("query is too old and response timeout expired or query ID is invalid")
		}
		delete(b.queries, in.string("callback_query_id"))
		return true, nil
	case "getFile":
		id := in.string("file_id")
		f, ok := b.files[id]
		switch {
		case !ok:
			return nil, bad("invalid file_id")
		case len(f.bytes) > 20<<20:
			return nil, bad("file is too big")
		}
		return map[string]any{"file_id": id, "file_unique_id": "u" + id, "file_size": len(f.bytes), "file_path": f.path}, nil
	}
	return nil, &failure{404, "Not Found: method not found"}
}

func (b *bot) user() map[string]any {
	return map[string]any{"id": b.id, "is_bot": true, "first_name": b.name, "username": b.username}
}

func (b *bot) setWebhook(in params) (any, *failure) {
	u, err := url.Parse(in.string("url"))
	if err != nil || u.Host == "" {
		return nil, bad("bad webhook: invalid URL")
	}
	// Telegram wants https on four ports. This Telegram runs on the same machine as who
	// tries it, so loopback addresses pass.
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		if u.Scheme != "https" {
			return nil, bad("bad webhook: An HTTPS URL must be provided for webhook")
		}
		if port := u.Port(); port != "" && !slices.Contains([]string{"443", "80", "88", "8443"}, port) {
			return nil, bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
		}
	}
	secret := in.string("secret_token")
	if len(secret) > 256 || strings.Trim(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return nil, bad("secret token contains unallowed characters")
	}
	var allowed []string
	if raw := in.values["allowed_updates"]; raw != nil {
		if json.Unmarshal(raw, &allowed) != nil {
			return nil, bad("can't parse allowed_updates")
		}
	}
	b.hook, b.secret, b.allowed = u.String(), secret, allowed
	return true, nil
}

// chat is the one a call is about.
func (b *bot) chat(in params) (int64, *failure) {
	id, ok := in.number("chat_id")
	if !ok {
		return 0, bad("chat_id is empty")
	}
	t := b.chats[id]
	if t == nil {
		return 0, bad("chat not found") // only a person opens a chat with a bot
	}
	if t.blocked {
		return 0, &failure{403, "Forbidden: bot was blocked by the user"}
	}
	return id, nil
}

func (b *bot) send(method string, in params) (any, *failure) {
	id, f := b.chat(in)
	if f != nil {
		return nil, f
	}
	t := b.chats[id]
	if method == "setMessageReaction" {
		return t.react(in)
	}
	m := &bubble{}
	if f := b.compose(m, method, in); f != nil {
		return nil, f
	}
	if raw := in.values["reply_parameters"]; raw != nil {
		if f := t.quote(m, raw); f != nil {
			return nil, f
		}
	}
	if raw := in.values["reply_markup"]; raw != nil {
		if f := m.attach(raw); f != nil {
			return nil, f
		}
	}
	b.add(id, m)
	return b.wire(id, m), nil
}

// compose makes the bubble of a message, refusing what Telegram refuses.
func (b *bot) compose(m *bubble, method string, in params) *failure {
	switch method {
	case "sendMessage":
		m.Type, m.Text = "text", in.string("text")
		switch n := utf8.RuneCountInString(m.Text); {
		case strings.TrimSpace(m.Text) == "":
			return bad("message text is empty")
		case n > 4096:
			return bad("message is too long")
		}
		return nil
	case "sendLocation", "sendVenue":
		_, okLat := in.float("latitude")
		_, okLng := in.float("longitude")
		if !okLat || !okLng {
			return bad("latitude or longitude is empty")
		}
		m.Type, m.Text = "location", strings.TrimSpace(in.string("title")+"\n"+in.string("address"))
		if method == "sendVenue" && (in.string("title") == "" || in.string("address") == "") {
			return bad("venue title and address must be non-empty")
		}
		return nil
	case "sendContact":
		m.Type, m.Text = "contact", in.string("first_name")+"\n"+in.string("phone_number")
		if in.string("first_name") == "" || in.string("phone_number") == "" {
			return bad("contact phone number and first name must be non-empty")
		}
		if len(in.string("vcard")) > 2048 {
			return bad("vCard is too long")
		}
		return nil
	}
	return b.media(m, method, in)
}

// carriers are the methods that carry a file: parameter, type on the screen, what plays.
var carriers = map[string]struct {
	param, shown, folder string
	plays                []string
}{
	"sendPhoto":     {"photo", "image", "photos", []string{"image/jpeg", "image/png", "image/webp"}},
	"sendAudio":     {"audio", "audio", "music", []string{"audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a"}},
	"sendVoice":     {"voice", "voice", "voice", []string{"audio/ogg", "audio/opus", "audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a"}},
	"sendVideo":     {"video", "video", "videos", []string{"video/mp4"}},
	"sendAnimation": {"animation", "video", "animations", []string{"image/gif", "video/mp4"}},
	"sendDocument":  {"document", "document", "documents", nil},
}

func (b *bot) media(m *bubble, method string, in params) *failure {
	how, ok := carriers[method]
	if !ok {
		return &failure{404, "Not Found: method not found"}
	}
	m.Type, m.Text = how.shown, in.string("caption")
	if utf8.RuneCountInString(m.Text) > 1024 {
		return bad("message caption is too long")
	}
	f, uploaded := in.files[how.param]
	if !uploaded {
		u, err := url.Parse(in.string(how.param))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			return bad("wrong file identifier/HTTP URL specified")
		}
		m.Media = &sim.Media{MIME: "image/jpeg", Name: u.String()} // by address; nothing is downloaded here
		return nil
	}
	most := maxUpload
	if method == "sendPhoto" {
		most = 10 << 20
	}
	switch {
	case len(f.bytes) == 0:
		return bad("file must be non-empty")
	case len(f.bytes) > most:
		return &failure{413, "Request Entity Too Large"}
	case method == "sendPhoto" && !slices.Contains(how.plays, f.mime):
		return bad("IMAGE_PROCESS_FAILED")
	case how.plays != nil && !slices.Contains(how.plays, f.mime):
		m.Type = "document" // what a method cannot play arrives as a file
	}
	m.Media = &sim.Media{MIME: f.mime, Name: f.name, Bytes: f.bytes}
	b.keep(how.folder, f.mime, f.bytes)
	return nil
}

func (t *thread) quote(m *bubble, raw json.RawMessage) *failure {
	var q struct {
		Message int64 `json:"message_id"`
		Anyway  bool  `json:"allow_sending_without_reply"`
	}
	if json.Unmarshal(raw, &q) != nil {
		return bad("can't parse reply parameters")
	}
	of := t.find(q.Message)
	if of == nil && !q.Anyway {
		return bad("message to be replied not found")
	}
	if of != nil {
		m.Quote = of.ID
	}
	return nil
}

// attach reads an inline keyboard.
func (m *bubble) attach(raw json.RawMessage) *failure {
	var k struct {
		Rows [][]struct {
			Text string  `json:"text"`
			Data *string `json:"callback_data"`
			URL  *string `json:"url"`
		} `json:"inline_keyboard"`
	}
	if json.Unmarshal(raw, &k) != nil {
		return bad("can't parse inline keyboard markup JSON object")
	}
	for _, row := range k.Rows {
		for _, x := range row {
			c := sim.Choice{Label: x.Text}
			switch {
			case x.Text == "":
				return bad("text buttons are unallowed in the inline keyboard")
			case (x.Data == nil) == (x.URL == nil):
				return bad("can't parse inline keyboard button: text buttons are unallowed in the inline keyboard")
			case x.Data != nil:
				if n := len(*x.Data); n < 1 || n > 64 {
					return bad("BUTTON_DATA_INVALID")
				}
				c.ID = *x.Data
			default:
				u, err := url.Parse(*x.URL)
				if err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "tg"}, u.Scheme) {
					return bad("BUTTON_URL_INVALID")
				}
				c.URL = *x.URL
			}
			m.Buttons = append(m.Buttons, c)
		}
	}
	if len(m.Buttons) > 100 {
		return bad("reply markup is too long")
	}
	m.keyboard = raw
	return nil
}

// emojis are those a bot may react with (manual, ReactionTypeEmoji).
const emojis = "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡"

func (t *thread) react(in params) (any, *failure) {
	number, _ := in.number("message_id")
	m := t.find(number)
	if m == nil {
		return nil, bad("message to react not found")
	}
	var list []struct {
		Type  string `json:"type"`
		Emoji string `json:"emoji"`
	}
	if raw := in.values["reaction"]; raw != nil && json.Unmarshal(raw, &list) != nil {
		return nil, bad("can't parse reaction type")
	}
	if len(list) > 1 {
		return nil, bad("REACTIONS_TOO_MANY")
	}
	m.Reactions = nil
	for _, x := range list {
		if x.Type != "emoji" || !slices.Contains(strings.Fields(emojis), x.Emoji) {
			return nil, bad("REACTION_INVALID")
		}
		m.Reactions = append(m.Reactions, x.Emoji)
	}
	return true, nil
}
