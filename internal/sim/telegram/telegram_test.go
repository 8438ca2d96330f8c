package telegram

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"recado/internal/sim"
)

const token = "7012345678:AAHprueba"

var ana = sim.Person{ID: "100", Name: "Ana"}

// opened is a Telegram with one bot to which Ana has written message 100:1.
func opened(t *testing.T) *Platform {
	t.Helper()
	p := New()
	if err := p.Connect(sim.Account{Ref: "r", Name: "Tienda", Fields: map[string]string{"token": token}}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Do(t.Context(), sim.Action{Act: sim.SayText, Ref: "r", Customer: ana, Text: "Hola"}); err != nil {
		t.Fatal(err)
	}
	return p
}

func call(p *Platform, path, body string) (int, string) {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// What the Bot API refuses is refused here too, or an adapter would learn to rely on it.
func TestRefuses(t *testing.T) {
	t.Parallel()
	keyboard := func(button string) string {
		return `{"chat_id":100,"text":"¿?","reply_markup":{"inline_keyboard":[[` + button + `]]}}`
	}
	for name, c := range map[string]struct {
		method, body string
		status       int
		says         string
	}{
		"a stranger":             {"sendMessage", `{"chat_id":999,"text":"Hola"}`, 400, "chat not found"},
		"no chat":                {"sendMessage", `{"text":"Hola"}`, 400, "chat_id is empty"},
		"no text":                {"sendMessage", `{"chat_id":100,"text":" "}`, 400, "message text is empty"},
		"long text":              {"sendMessage", `{"chat_id":100,"text":"` + strings.Repeat("a", 4097) + `"}`, 400, "message is too long"},
		"long data":              {"sendMessage", keyboard(`{"text":"A","callback_data":"` + strings.Repeat("a", 65) + `"}`), 400, "BUTTON_DATA_INVALID"},
		"empty data":             {"sendMessage", keyboard(`{"text":"A","callback_data":""}`), 400, "BUTTON_DATA_INVALID"},
		"button of two kinds":    {"sendMessage", keyboard(`{"text":"A","callback_data":"a","url":"https://x.example"}`), 400, "can't parse inline keyboard button"},
		"button of no kind":      {"sendMessage", keyboard(`{"text":"A"}`), 400, "can't parse inline keyboard button"},
		"button without a label": {"sendMessage", keyboard(`{"text":"","callback_data":"a"}`), 400, "text buttons"},
		"odd address":            {"sendMessage", keyboard(`{"text":"A","url":"javascript:alert(1)"}`), 400, "BUTTON_URL_INVALID"},
		"quote of nothing":       {"sendMessage", `{"chat_id":100,"text":"a","reply_parameters":{"message_id":77}}`, 400, "message to be replied not found"},
		"photo of nothing":       {"sendPhoto", `{"chat_id":100,"photo":"foto.jpg"}`, 400, "wrong file identifier"},
		"long caption":           {"sendPhoto", `{"chat_id":100,"photo":"https://x.example/a.jpg","caption":"` + strings.Repeat("a", 1025) + `"}`, 400, "caption is too long"},
		"venue without address":  {"sendVenue", `{"chat_id":100,"latitude":1,"longitude":2,"title":"a"}`, 400, "must be non-empty"},
		"contact without number": {"sendContact", `{"chat_id":100,"first_name":"a"}`, 400, "must be non-empty"},
		"point without place":    {"sendLocation", `{"chat_id":100,"latitude":1}`, 400, "longitude is empty"},
		"odd reaction":           {"setMessageReaction", `{"chat_id":100,"message_id":1,"reaction":[{"type":"emoji","emoji":"🧦"}]}`, 400, "REACTION_INVALID"},
		"reaction to nothing":    {"setMessageReaction", `{"chat_id":100,"message_id":9,"reaction":[]}`, 400, "message to react not found"},
		"plain webhook":          {"setWebhook", `{"url":"http://tienda.example/h"}`, 400, "HTTPS URL"},
		"webhook on an odd port": {"setWebhook", `{"url":"https://tienda.example:9000/h"}`, 400, "ports"},
		"odd secret":             {"setWebhook", `{"url":"https://tienda.example/h","secret_token":"ñ"}`, 400, "unallowed characters"},
		"unknown file":           {"getFile", `{"file_id":"x"}`, 400, "invalid file_id"},
		"unknown press":          {"answerCallbackQuery", `{"callback_query_id":"x"}`, 400, "query ID is invalid"},
		"unknown method":         {"sendTelepathy", `{"chat_id":100}`, 404, "method not found"},
		"no JSON":                {"sendMessage", `hola`, 400, "can't parse request JSON"},
	} {
		status, body := call(opened(t), "/bot"+token+"/"+c.method, c.body)
		if status != c.status || !strings.Contains(body, c.says) || !strings.Contains(body, fmt.Sprintf(`"error_code":%d`, c.status)) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	p := opened(t)
	if err := p.Block("r", ana.ID, true); err != nil {
		t.Fatal(err)
	}
	if status, body := call(p, "/bot"+token+"/sendMessage", `{"chat_id":100,"text":"Hola"}`); status != 403 || !strings.Contains(body, "blocked by the user") {
		t.Errorf("blocked: %d %s", status, body)
	}
	if status, _ := call(p, "/bot"+token+"x/getMe", `{}`); status != 401 {
		t.Errorf("another token: %d", status)
	}
	if status, _ := call(p, "/file/bot"+token+"/photos/none", ""); status != 404 {
		t.Errorf("no file: %d", status)
	}
	if got := p.Thread("r", ana.ID); len(got) != 1 {
		t.Errorf("what was refused is on the screen: %+v", got)
	}
}

func TestWhatPeopleCannotDo(t *testing.T) {
	t.Parallel()
	for _, act := range []sim.Act{sim.Pick, sim.Delete, sim.ReadAll} {
		_, err := opened(t).Do(t.Context(), sim.Action{Act: act, Ref: "r", Customer: ana})
		var cannot sim.ErrCannot
		if !errors.As(err, &cannot) || cannot.Act != act {
			t.Errorf("%s: %v", act, err)
		}
	}
}
