package meta

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// media is a file that Meta keeps, from either side.
type media struct {
	id, mime string
	bytes    []byte
	owner    *account
}

// mediaTypes are the supported types and their largest sizes in bytes
// (business-phone-numbers/media, "Supported Media Types").
var mediaTypes = map[string]int{
	"image/jpeg": 5 << 20, "image/png": 5 << 20, "image/webp": 500 << 10,
	"audio/aac": 16 << 20, "audio/amr": 16 << 20, "audio/mpeg": 16 << 20, "audio/mp4": 16 << 20, "audio/ogg": 16 << 20,
	"video/mp4": 16 << 20, "video/3gpp": 16 << 20,
	"text/plain": 100 << 20, "application/pdf": 100 << 20, "application/msword": 100 << 20,
	"application/vnd.ms-excel": 100 << 20, "application/vnd.ms-powerpoint": 100 << 20,
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   100 << 20,
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         100 << 20,
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": 100 << 20,
}

func (s *Server) upload(w http.ResponseWriter, r *http.Request, a *account) {
	r.Body = http.MaxBytesReader(w, r.Body, 101<<20)
	file, head, err := r.FormFile("file")
	if err != nil {
		answer(w, *invalid(100, "The parameter file is required."))
		return
	}
	defer file.Close()
	b, err := io.ReadAll(file)
	kind, _, mimeErr := mime.ParseMediaType(head.Header.Get("Content-Type"))
	most, supported := mediaTypes[kind]
	switch {
	case err != nil || mimeErr != nil || !supported:
		answer(w, *invalid(100, "Param file must be a file with one of the following types: audio/aac, audio/mp4, audio/mpeg, audio/amr, audio/ogg, ... Received file of type '"+kind+"'."))
	case r.FormValue("messaging_product") != "whatsapp" || r.FormValue("type") == "":
		answer(w, *invalid(100, "The parameters messaging_product and type are required."))
	case len(b) == 0 || len(b) > most:
		answer(w, *invalid(131053, fmt.Sprintf("The file has %d bytes, the most for %s are %d", len(b), kind, most)))
	default:
		s.mu.Lock()
		defer s.mu.Unlock()
		answer(w, map[string]string{"id": s.keep(a, kind, b).id})
	}
}

// keep stores a file; mu is held.
func (s *Server) keep(a *account, kind string, b []byte) *media {
	m := &media{id: s.number(), mime: kind, bytes: b, owner: a}
	s.media[m.id] = m
	return m
}

// describe answers with an address of the file, on this server and for the same token.
func (s *Server) describe(w http.ResponseWriter, r *http.Request, m *media) {
	if ref := r.URL.Query().Get("phone_number_id"); ref != "" && ref != m.owner.ref {
		answer(w, problem{400, 100, 33, "The media does not belong to this phone number", ""})
		return
	}
	answer(w, map[string]any{
		"messaging_product": "whatsapp", "url": "http://" + r.Host + "/whatsapp_business/attachments/" + m.id,
		"mime_type": m.mime, "sha256": m.sum(), "file_size": len(m.bytes), "id": m.id,
	})
}

func (m *media) sum() string {
	sum := sha256.Sum256(m.bytes)
	return hex.EncodeToString(sum[:])
}

func (s *Server) download(w http.ResponseWriter, token, id string) {
	s.mu.Lock()
	m := s.media[id]
	s.mu.Unlock()
	if m == nil || m.owner.token != token {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", m.mime)
	_, _ = w.Write(m.bytes)
}

// business serves the edges of a WABA; numbers are its own, at least one.
func (s *Server) business(w http.ResponseWriter, r *http.Request, numbers []*account, edge string) {
	switch r.Method + " " + edge {
	case "GET phone_numbers":
		list := []map[string]string{}
		for _, a := range numbers {
			list = append(list, map[string]string{"id": a.ref, "display_phone_number": "+" + displayOf(a), "verified_name": a.name})
		}
		answer(w, map[string]any{"data": list})
	case "GET subscribed_apps":
		s.mu.Lock()
		subscribed := slices.ContainsFunc(numbers, func(a *account) bool { return a.subscribed })
		s.mu.Unlock()
		list := []any{}
		if subscribed {
			list = append(list, map[string]any{"whatsapp_business_api_data": map[string]string{"id": "670843887433847", "name": "Recado"}})
		}
		answer(w, map[string]any{"data": list})
	case "POST subscribed_apps":
		s.subscribe(w, r, numbers)
	case "GET message_templates":
		s.listTemplates(w, r, numbers[0].waba)
	case "POST message_templates":
		s.submitTemplate(w, r, numbers)
	case "DELETE message_templates":
		s.deleteTemplate(w, r, numbers[0].waba)
	default:
		answer(w, unknown("edge "+edge))
	}
}

// subscribe takes the WABA's events up and, with an address of its own, challenges that first.
func (s *Server) subscribe(w http.ResponseWriter, r *http.Request, numbers []*account) {
	var in struct {
		Callback string `json:"override_callback_uri"`
		Token    string `json:"verify_token"`
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil || len(b) > 0 && json.Unmarshal(b, &in) != nil {
		answer(w, problem{400, 100, 0, "(#100) The request body is not valid JSON", ""})
		return
	}
	if in.Callback != "" && !s.challenge(r, in.Callback, in.Token) {
		answer(w, problem{400, 2200, 0, "(#2200) Callback verification failed with the following errors: HTTP Status Code or challenge does not match", ""})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range numbers {
		a.subscribed, a.override = true, in.Callback
	}
	answer(w, map[string]bool{"success": true})
}

func (s *Server) challenge(r *http.Request, callback, token string) bool {
	const number = "1158201444"
	u, err := url.Parse(callback)
	if err != nil {
		return false
	}
	q := u.Query()
	q.Set("hub.mode", "subscribe")
	q.Set("hub.challenge", number)
	q.Set("hub.verify_token", token)
	u.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return false
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	return err == nil && resp.StatusCode == http.StatusOK && strings.TrimSpace(string(b)) == number
}

// event tells the app of something about the WABA; such events know no override.
func (s *Server) event(waba, field string, value any) {
	for _, a := range s.accounts {
		if a.waba == waba && a.hook != "" {
			s.push(a, a.hook, map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{
				"id": waba, "time": time.Now().Unix(), "changes": []any{map[string]any{"field": field, "value": value}},
			}}})
			return // once for the app, whatever the number
		}
	}
}
