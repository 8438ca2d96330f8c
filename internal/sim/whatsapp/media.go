package whatsapp

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// mediaPath is where uploaded files lie; maxMedia is what the simulator takes, far below WhatsApp's 2 GB.
const (
	mediaPath = "/v/t62/"
	maxMedia  = 128 << 20
	mediaHost = "mmg.whatsapp.net"
)

// upload takes an encrypted file. The path's last part is the hash of its bytes.
func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMedia))
	if err != nil || r.URL.Query().Get("auth") == "" {
		http.Error(w, "bad upload", http.StatusBadRequest)
		return
	}
	token := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	name := mediaPath + base64.RawURLEncoding.EncodeToString([]byte(token))
	s.mu.Lock()
	s.media[name] = body
	s.mu.Unlock()
	_ = json.NewEncoder(w).Encode(map[string]string{
		"url": "https://" + mediaHost + name + "?ccb=11", "direct_path": name + "?ccb=11",
	})
}

func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	b, ok := s.media[r.URL.Path]
	s.mu.Unlock()
	if !ok {
		http.Error(w, "gone", http.StatusGone)
		return
	}
	_, _ = w.Write(b)
}

// ForgetMedia throws all files away, as the media hosts do after some weeks.
func (s *Server) ForgetMedia() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.media)
}
