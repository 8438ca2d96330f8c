package messaging

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"recado/internal/sim"
)

const (
	page      = "1001"
	instagram = "1784"
	who       = "7345"
)

// opened is a platform with a page and an Instagram account that a customer has written to.
func opened(t *testing.T) *Server {
	t.Helper()
	s := New()
	for kind, ref := range map[string]string{Messenger: page, Instagram: instagram} {
		if err := s.Connect(sim.Account{Kind: kind, Ref: ref, Name: "Tienda", Fields: map[string]string{"access_token": "token-" + ref, "app_secret": "s"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Do(t.Context(), sim.Action{Act: sim.SayText, Ref: ref, Customer: sim.Person{ID: who, Name: "Ana Pérez"}, Text: "Hola"}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func post(s *Server, path, token, kind string, body io.Reader) (status, code int) {
	r := httptest.NewRequest(http.MethodPost, path, body)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var said struct {
		Error struct{ Code int }
	}
	_ = json.Unmarshal(w.Body.Bytes(), &said)
	return w.Code, said.Error.Code
}

// The simulator refuses what the platform refuses; an adapter must not learn bad manners.
func TestMessagesRefused(t *testing.T) {
	t.Parallel()
	to := `"recipient":{"id":"` + who + `"},"messaging_type":"RESPONSE",`
	replies := func(n int, reply string) string {
		return `"quick_replies":[` + strings.TrimSuffix(strings.Repeat(reply+",", n), ",") + `]`
	}
	const reply = `{"content_type":"text","title":"Sí","payload":"si"}`
	template := func(p string) string { return `"message":{"attachment":{"type":"template","payload":{` + p + `}}}` }
	for name, tc := range map[string]struct {
		ref, body string
		code      int // 0: taken
	}{
		"text":                      {page, to + `"message":{"text":"Hola"}`, 0},
		"text on Instagram":         {instagram, to + `"message":{"text":"Hola"}`, 0},
		"nothing":                   {page, to + `"message":{}`, 100},
		"message and action":        {page, to + `"message":{"text":"a"},"sender_action":"typing_off"`, 100},
		"an unknown action":         {page, to + `"sender_action":"dance"`, 100},
		"no type":                   {page, `"recipient":{"id":"` + who + `"},"message":{"text":"a"}`, 100},
		"a type nobody knows":       {page, `"recipient":{"id":"` + who + `"},"messaging_type":"X","message":{"text":"a"}`, 100},
		"a tag that is gone":        {page, `"recipient":{"id":"` + who + `"},"messaging_type":"MESSAGE_TAG","tag":"ACCOUNT_UPDATE","message":{"text":"a"}`, 100},
		"a stranger":                {page, `"recipient":{"id":"1"},"messaging_type":"RESPONSE","message":{"text":"a"}`, 100},
		"long text":                 {page, to + `"message":{"text":"` + strings.Repeat("a", 2001) + `"}`, 100},
		"bytes on Instagram":        {instagram, to + `"message":{"text":"` + strings.Repeat("ñ", 501) + `"}`, 100},
		"text and attachment":       {page, to + `"message":{"text":"a","attachment":{"type":"image","payload":{"attachment_id":"1"}}}`, 100},
		"a file nobody uploaded":    {page, to + `"message":{"attachment":{"type":"image","payload":{"attachment_id":"1"}}}`, 100},
		"13 quick replies":          {page, to + `"message":{"text":"?",` + replies(13, reply) + `}`, 0},
		"14 quick replies":          {page, to + `"message":{"text":"?",` + replies(14, reply) + `}`, 100},
		"a long quick reply":        {page, to + `"message":{"text":"?",` + replies(1, `{"content_type":"text","title":"`+strings.Repeat("a", 21)+`","payload":"x"}`) + `}`, 100},
		"a quick reply of no type":  {page, to + `"message":{"text":"?",` + replies(1, `{"title":"a","payload":"x"}`) + `}`, 100},
		"four buttons":              {page, to + template(`"template_type":"button","text":"?","buttons":[`+strings.Repeat(`{"type":"web_url","title":"a","url":"https://a"},`, 3)+`{"type":"web_url","title":"a","url":"https://a"}]`), 100},
		"a long text above buttons": {page, to + template(`"template_type":"button","text":"`+strings.Repeat("a", 641)+`","buttons":[{"type":"web_url","title":"a","url":"https://a"}]`), 100},
		"a bare card":               {page, to + template(`"template_type":"generic","elements":[{"title":"a"}]`), 100},
		"eleven cards":              {page, to + template(`"template_type":"generic","elements":[`+strings.Repeat(`{"title":"a","subtitle":"b"},`, 10)+`{"title":"a","subtitle":"b"}]`), 100},
		"a template nobody knows":   {page, to + template(`"template_type":"list"`), 100},
		"a quote of nothing":        {page, to + `"reply_to":{"mid":"m_0"},"message":{"text":"a"}`, 100},
		"a reaction to nothing":     {page, to + `"sender_action":"react","payload":{"message_id":"m_0","reaction":"👍"}`, 100},
		"long metadata":             {page, to + `"message":{"text":"a","metadata":"` + strings.Repeat("a", 1000) + `"}`, 100},
		"no JSON":                   {page, `"`, 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := opened(t)
			before := len(s.Thread(tc.ref, who))
			status, code := post(s, "/v24.0/"+tc.ref+"/messages", "token-"+tc.ref, "application/json", strings.NewReader("{"+tc.body+"}"))
			if code != tc.code || (status == http.StatusOK) != (tc.code == 0) {
				t.Errorf("got %d, code %d; want code %d", status, code, tc.code)
			}
			if shown := len(s.Thread(tc.ref, who)) > before; shown != (tc.code == 0) {
				t.Errorf("the customer sees it: %v", shown)
			}
		})
	}
}

func TestOtherCallsRefused(t *testing.T) {
	t.Parallel()
	good := `{"recipient":{"id":"` + who + `"},"messaging_type":"RESPONSE","message":{"text":"a"}}`
	for name, tc := range map[string]struct {
		path, token string
		code        int
	}{
		"a wrong token":     {"/v24.0/" + page + "/messages", "x", 190},
		"no token":          {"/v24.0/" + page + "/messages", "", 190},
		"another's page":    {"/v24.0/9/messages", "token-" + page, 100},
		"no version":        {"/latest/" + page + "/messages", "token-" + page, 2500},
		"an unknown field":  {"/v24.0/" + page + "/subscribed_apps?subscribed_fields=messages,dances", "token-" + page, 100},
		"me is the token's": {"/v24.0/me/messages", "token-" + page, 0},
	} {
		if _, code := post(opened(t), tc.path, tc.token, "application/json", strings.NewReader(good)); code != tc.code {
			t.Errorf("%s: code %d, want %d", name, code, tc.code)
		}
	}
}

func TestUploadRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		ref, platform, part, kind, mime string
		size                            int
		code                            int
	}{
		"a picture":                    {page, "", "filedata", "image", "image/png", 10, 0},
		"a picture for Instagram":      {instagram, "instagram", "filedata", "image", "image/png", 10, 0},
		"without its platform":         {instagram, "", "filedata", "image", "image/png", 10, 100},
		"under another name":           {page, "", "file", "image", "image/png", 10, 100},
		"a picture that is none":       {page, "", "filedata", "image", "application/pdf", 10, 100},
		"a type nobody knows":          {page, "", "filedata", "hologram", "image/png", 10, 100},
		"a picture above 8 MiB":        {page, "", "filedata", "image", "image/png", 8<<20 + 1, 100},
		"nothing":                      {page, "", "filedata", "image", "image/png", 0, 100},
		"a format Instagram refuses":   {instagram, "instagram", "filedata", "audio", "audio/ogg", 10, 100},
		"a document Instagram refuses": {instagram, "instagram", "filedata", "file", "text/plain", 10, 100},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var body bytes.Buffer
			w := multipart.NewWriter(&body)
			_ = w.WriteField("message", `{"attachment":{"type":"`+tc.kind+`","payload":{"is_reusable":true}}}`)
			if tc.platform != "" {
				_ = w.WriteField("platform", tc.platform)
			}
			part, err := w.CreatePart(textproto.MIMEHeader{
				"Content-Disposition": {`form-data; name="` + tc.part + `"; filename="f"`}, "Content-Type": {tc.mime},
			})
			if err != nil {
				t.Fatal(err)
			}
			_, _ = part.Write(make([]byte, tc.size))
			_ = w.Close()
			if _, code := post(opened(t), "/v24.0/me/message_attachments", "token-"+tc.ref, w.FormDataContentType(), &body); code != tc.code {
				t.Errorf("code %d, want %d", code, tc.code)
			}
		})
	}
}
