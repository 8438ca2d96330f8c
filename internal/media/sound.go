package media

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"mime"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/file"
)

// store uploads what was fetched. Voice notes, which platforms send as Opus in OGG, are
// measured, and made M4A for the browsers that play no OGG, where ffmpeg is installed.
func (m *Media) store(ctx context.Context, j job, body io.Reader) (chat.Media, error) {
	r := bufio.NewReader(body)
	if start, _ := r.Peek(len(capture)); string(start) != capture {
		return m.upload(ctx, j, j.ref.Name, j.ref.MIME, r)
	}
	box, err := newBox()
	if err != nil {
		return chat.Media{}, err
	}
	defer box.discard()
	in, err := box.keep(r, m.cfg.Files.MaxBytes())
	if err != nil {
		return chat.Media{}, err
	}
	defer in.Close()
	duration, opus := oggOpus(in)
	if opus && m.ffmpeg != "" {
		out, err := m.transcode(ctx, box, "ogg", "m4a", "-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart")
		if err == nil {
			defer out.Close()
			got, err := m.upload(ctx, j, strings.TrimSuffix(j.ref.Name, filepath.Ext(j.ref.Name))+".m4a", "audio/mp4", out)
			got.Duration = int(duration.Milliseconds())
			return got, err
		}
		m.cfg.Log.Warn("a voice note stays OGG", "message", j.message, "err", err)
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return chat.Media{}, fmt.Errorf("store sound: %w", err)
	}
	got, err := m.upload(ctx, j, j.ref.Name, j.ref.MIME, in)
	got.Duration = int(duration.Milliseconds())
	return got, err
}

func (m *Media) upload(ctx context.Context, j job, name, declared string, r io.Reader) (chat.Media, error) {
	return m.cfg.Files.Upload(ctx, j.company, file.ByContact, "", name, declared, r)
}

// demuxers are the containers in which browsers record, by MIME type, under ffmpeg's names.
// It is told what to expect: left to guess, a file could make it open others.
var demuxers = map[string]string{
	"audio/webm": "matroska", "video/webm": "matroska", "audio/mpeg": "mp3", "audio/mp4": "mov", "audio/aac": "aac", "audio/wav": "wav",
}

// Voice makes sound fit for a voice note, Opus in OGG, and returns it with its MIME type.
// Where ffmpeg is not installed, or the type is none that browsers record, it is returned
// as it is: the type says which. The caller closes what it gets, before or after r's end;
// r itself stays the caller's.
func (m *Media) Voice(ctx context.Context, r io.Reader, mimeType string) (io.ReadCloser, string, error) {
	bare, _, err := mime.ParseMediaType(mimeType)
	demuxer, known := demuxers[bare]
	if err != nil || !known || m.ffmpeg == "" {
		return io.NopCloser(r), mimeType, nil
	}
	box, err := newBox()
	if err != nil {
		return nil, "", err
	}
	in, err := box.keep(r, m.cfg.Files.MaxBytes())
	if err != nil {
		box.discard()
		return nil, "", err
	}
	defer in.Close()
	out, err := m.opus(ctx, box, demuxer)
	if err != nil {
		box.discard()
		return nil, "", err
	}
	return &boxed{out, box}, "audio/ogg", nil
}

// opus only changes the container when there is Opus in it already, as in what Chrome
// records: no quality is lost.
func (m *Media) opus(ctx context.Context, b box, demuxer string) (*os.File, error) {
	if demuxer == "matroska" {
		if out, err := m.transcode(ctx, b, demuxer, "ogg", "-c:a", "copy"); err == nil {
			_, ok := oggOpus(out)
			if _, err := out.Seek(0, io.SeekStart); ok && err == nil {
				return out, nil
			}
			out.Close()
		}
	}
	return m.transcode(ctx, b, demuxer, "ogg", "-c:a", "libopus", "-b:a", "32k", "-ac", "1", "-application", "voip")
}

const transcodeWithin = 30 * time.Second

// transcode runs ffmpeg over what lies in b. It reads and writes files of its own folder
// only, has one thread, and is killed when it takes too long.
func (m *Media) transcode(ctx context.Context, b box, demuxer, ending string, how ...string) (*os.File, error) {
	ctx, cancel := context.WithTimeout(ctx, transcodeWithin)
	defer cancel()
	to := filepath.Join(string(b), "out."+ending)
	args := []string{"-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-threads", "1", "-protocol_whitelist", "file",
		"-f", demuxer, "-i", filepath.Join(string(b), "in"), "-map", "0:a:0", "-map_metadata", "-1", "-threads", "1"}
	muxer := map[string]string{"m4a": "ipod", "ogg": "ogg"}[ending]
	cmd := exec.CommandContext(ctx, m.ffmpeg, append(append(args, how...), "-f", muxer, to)...)
	cmd.Env = []string{}
	cmd.WaitDelay = time.Second
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("ffmpeg: %w: %.500s", err, said)
	}
	out, err := os.Open(to)
	if err != nil {
		return nil, fmt.Errorf("ffmpeg: %w", err)
	}
	return out, nil
}

// box is a folder for one sound on its way.
type box string

func newBox() (box, error) {
	dir, err := os.MkdirTemp("", "recado-sound-*")
	if err != nil {
		return "", fmt.Errorf("keep sound: %w", err)
	}
	return box(dir), nil
}

func (b box) discard() { os.RemoveAll(string(b)) } //nolint:errcheck // the system clears its temporary folder

// keep writes r to the box's input and returns it at its start.
func (b box) keep(r io.Reader, most int64) (*os.File, error) {
	f, err := os.Create(filepath.Join(string(b), "in"))
	if err != nil {
		return nil, fmt.Errorf("keep sound: %w", err)
	}
	n, err := io.Copy(f, io.LimitReader(r, most+1))
	if err == nil && n > most {
		err = errs.New(errs.TooLarge, "file.too_large", "max", most)
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("keep sound: %w", err)
	}
	return f, nil
}

// boxed is a result whose box goes with it.
type boxed struct {
	*os.File
	box box
}

func (b *boxed) Close() error {
	defer b.box.discard()
	return b.File.Close()
}
