package messaging

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

const (
	maxImage = 8 << 20
	maxFile  = 25 << 20
)

// formats are what Instagram takes of each type; a page takes more
// (instagram-messaging/features/attachment-upload).
var formats = map[string][]string{
	"image": {"image/png", "image/jpeg", "image/gif"},
	"audio": {"audio/aac", "audio/mp4", "audio/x-m4a", "audio/wav"},
	"video": {"video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"},
	"file":  {"application/pdf"},
}

// upload takes a file into the account's keeping: the form's fields "message" and, for
// Instagram, "platform", and the part "filedata"
// (/docs/messenger-platform/reference/attachment-upload-api).
func (s *Server) upload(w http.ResponseWriter, r *http.Request, whose []*account) {
	list := named(whose, r.PathValue("node"))
	r.Body = http.MaxBytesReader(w, r.Body, maxFile+1<<20)
	if err := r.ParseMultipartForm(maxFile); err != nil {
		invalid("The upload cannot be read, or is too large").write(w)
		return
	}
	i := slices.IndexFunc(list, func(a *account) bool { return a.instagram() == (r.FormValue("platform") == Instagram) })
	if i < 0 {
		noObject(r.PathValue("node")).write(w)
		return
	}
	f, e := received(r)
	if e == nil && list[i].instagram() && !slices.Contains(formats[f.kind], f.mime) {
		e = invalid("Unsupported format " + f.mime)
	}
	if e != nil {
		e.write(w)
		return
	}
	f.owner = key(list[i].Kind, list[i].Ref)
	answer(w, http.StatusOK, encode(map[string]any{"attachment_id": s.keep(f)}))
}

func received(r *http.Request) (file, *refusal) {
	var about struct {
		Attachment struct {
			Type string `json:"type"`
		} `json:"attachment"`
	}
	if json.Unmarshal([]byte(r.FormValue("message")), &about) != nil || formats[about.Attachment.Type] == nil {
		return file{}, invalid("message[attachment][type] must be one of image, audio, video, file")
	}
	part, head, err := r.FormFile("filedata")
	if err != nil {
		return file{}, invalid("filedata is missing")
	}
	defer part.Close()
	b, err := io.ReadAll(part)
	if err != nil {
		return file{}, invalid("filedata cannot be read")
	}
	f := file{kind: about.Attachment.Type, mime: head.Header.Get("Content-Type"), name: head.Filename, bytes: b}
	most := maxFile
	if f.kind == "image" {
		most = maxImage
	}
	if group, _, _ := strings.Cut(f.mime, "/"); f.kind != "file" && group != f.kind {
		return file{}, invalid("The file is no " + f.kind)
	}
	if len(b) == 0 || len(b) > most {
		return file{}, &refusal{400, 100, 2018047, "(#100) Upload attachment failure."}
	}
	return f, nil
}

func (s *Server) keep(f file) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id = newID("")
	s.files[id] = f
	return id
}

// cdn gives a file to whoever has its address, as Meta's does for a while.
func (s *Server) cdn(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	f, ok := s.files[r.PathValue("file")]
	s.mu.Unlock()
	if !ok {
		http.Error(w, "URL signature expired", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", f.mime)
	_, _ = w.Write(f.bytes)
}
