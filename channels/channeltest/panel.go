package channeltest

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"recado/channels"
	"recado/internal/sim"
)

// address writes the customer's number as people do.
func address(s *stage) {
	from := s.say("Hola").From
	reads, ok := s.Adapter.(channels.Addresser)
	number, known := channels.Phone(cmp.Or(from.Phone, from.Identity))
	if !ok {
		if known && number != from.Identity {
			s.Errorf("people type %s, which is not what the adapter knows as %s, and it is no Addresser", number, from.Identity)
		}
		return
	}
	all := []string{from.Identity}
	if known {
		all = append(all, number, number[:3]+" "+number[3:6]+"-"+number[6:], "00"+number[1:3]+" ("+number[3:6]+") "+number[6:])
	}
	for _, written := range all {
		if got := reads.Addresses(written); !slices.Contains(got, from.Identity) {
			s.Errorf("Addresses(%q) = %q; want the customer, %q", written, got, from.Identity)
		}
	}
	if got := reads.Addresses("mi prima"); known && len(got) > 0 {
		s.Errorf("Addresses gives %q for what is no number", got)
	}
}

// fetch downloads what the customer sent.
func fetch(s *stage) {
	f, ok := s.Adapter.(channels.MediaFetcher)
	if !ok {
		s.Fatalf("the adapter is no MediaFetcher: Lacks[%q] says why", "fetch")
	}
	sent := 0
	for _, x := range []struct {
		act  sim.Act
		file sample
	}{{sim.SendImage, jpegFile}, {sim.SendVoice, oggFile}, {sim.SendFile, pdfFile}} {
		if s.caps.Lacks["inbound/"+string(x.act)] != "" {
			continue
		}
		sent++
		got := s.do(sim.Action{Act: x.act, File: x.file.bytes, MIME: x.file.mime, FileName: x.file.name})
		e := s.await("the file came", func(e channels.Inbound) bool { return e.ExternalID == got })
		if e.Message == nil || e.Message.Media == nil {
			s.Fatalf("the %s has no reference to fetch it by", x.act)
		}
		body, err := f.Fetch(s.ctx, s.Channel, *e.Message.Media)
		if err != nil {
			s.Errorf("Fetch of the %s: %v", x.act, err)
			continue
		}
		b, err := io.ReadAll(io.LimitReader(body, 1<<20))
		_ = body.Close()
		if err != nil || !bytes.Equal(b, x.file.bytes) {
			s.Errorf("the %s comes back as %d bytes, error %v, want the %d sent", x.act, len(b), err, len(x.file.bytes))
		}
	}
	if sent == 0 {
		s.Fatalf("customers send no files here: Lacks[%q] says why", "fetch")
	}
}

func isChecker(a channels.Adapter) bool { _, ok := a.(channels.Checker); return ok }

// check asks about a good account and about one whose secrets the platform does not know.
func check(s *stage) {
	c, ok := s.Adapter.(channels.Checker)
	if !ok {
		s.Fatalf("the adapter is no Checker: Lacks[%q] says why", "check")
	}
	good := c.Check(s.ctx, s.Channel)
	if len(good) == 0 {
		s.Error("a check of a good account looks at nothing")
	}
	for _, f := range good {
		if !f.OK {
			s.Errorf("a good account is told %q: %s", f.Code, f.Detail)
		}
	}
	revoked := s.Channel
	revoked.Secrets = altered(s.Channel.Secrets)
	bad := c.Check(s.ctx, revoked)
	if !slices.ContainsFunc(bad, func(f channels.Finding) bool { return !f.OK }) {
		s.Errorf("with secrets the platform does not know, a check finds nothing wrong: %+v", bad)
	}
	if d, ok := s.Adapter.(channels.Describer); ok {
		for _, f := range slices.Concat(good, bad) {
			for lang, words := range d.Describe().Texts {
				sentence := words["check."+f.Code]
				if sentence == "" {
					s.Errorf("the finding %q has no sentence in %s", f.Code, lang)
				}
				for k, v := range f.Args {
					sentence = strings.ReplaceAll(sentence, "{{"+k+"}}", v)
				}
				if strings.ContainsAny(sentence, "{}") {
					s.Errorf("the finding %q leaves a place empty in %s: %s", f.Code, lang, sentence)
				}
			}
		}
	}
}

// texts looks at how the channel presents itself.
func texts(s *stage) {
	d, ok := s.Adapter.(channels.Describer)
	if !ok {
		if reason := s.caps.Lacks["texts"]; reason == "" {
			s.Fatalf("the adapter is no Describer: Lacks[%q] says why", "texts")
		}
		return
	}
	desc := d.Describe()
	s.checkTexts(desc)
	s.checkLackTexts(desc)
	known := map[string]bool{}
	for _, f := range desc.Fields {
		known[f.Key] = true
		s.checkField(f, desc)
	}
	for lang, words := range desc.Texts {
		for key := range words {
			head, rest, _ := strings.Cut(key, ".")
			if (head == "field" || head == "help") && !known[rest] {
				s.Errorf("%s has %q, but there is no such field", lang, key)
			}
		}
	}
}

// checkTexts holds the languages to the same keys, with something to read under each.
func (s *stage) checkTexts(d channels.Description) {
	s.Helper()
	for _, lang := range []string{"es", "en"} {
		for _, other := range []string{"es", "en"} {
			for key := range d.Texts[other] {
				if !strings.HasPrefix(key, lacksKey) && strings.TrimSpace(d.Texts[lang][key]) == "" {
					s.Errorf("%s lacks %q", lang, key)
				}
			}
		}
		for _, key := range []string{"name", "about"} {
			if d.Texts[lang][key] == "" {
				s.Errorf("%s lacks %q", lang, key)
			}
		}
		steps := 0
		for key := range d.Texts[lang] {
			if strings.HasPrefix(key, "step.") {
				steps++
			}
		}
		for i := range steps {
			if key := "step." + strconv.Itoa(i+1); d.Texts[lang][key] == "" {
				s.Errorf("%s has %d steps and lacks %q", lang, steps, key)
			}
		}
	}
}

// lacksKey begins the keys of what Capabilities.Lacks says in English.
const lacksKey = "lacks."

// checkLackTexts holds every other language to a sentence for each case that the channel
// lacks, and to none for what is no case.
func (s *stage) checkLackTexts(d channels.Description) {
	s.Helper()
	known := caseNames()
	for lang, words := range d.Texts {
		for name := range s.caps.Lacks {
			if lang != "en" && strings.TrimSpace(words[lacksKey+name]) == "" {
				s.Errorf("%s lacks %q", lang, lacksKey+name)
			}
		}
		for key := range words {
			name, is := strings.CutPrefix(key, lacksKey)
			if is && (lang == "en" || !slices.Contains(known, name)) {
				s.Errorf("%s has %q, which nobody reads", lang, key)
			}
		}
	}
}

func (s *stage) checkField(f channels.Field, d channels.Description) {
	s.Helper()
	for _, lang := range []string{"es", "en"} {
		if d.Texts[lang]["field."+f.Key] == "" {
			s.Errorf("the field %q has no label in %s", f.Key, lang)
		}
	}
	if !slices.Contains([]string{"text", "secret", "url", "phone", "select", "area"}, f.Type) {
		s.Errorf("the field %q has the type %q", f.Key, f.Type)
	}
	if f.Type == "select" && len(f.Options) == 0 {
		s.Errorf("the field %q is a choice of nothing", f.Key)
	}
	if f.Key == channels.ConnectField {
		_, holds := s.Adapter.(channels.Session)
		if !holds || f.Type != "select" || !slices.Equal(f.Options, []string{channels.ConnectAlways, channels.ConnectNeeded}) || f.Default != channels.ConnectAlways {
			s.Errorf("the field %q is not what channels.ConnectField says", f.Key)
		}
	}
	if _, err := regexp.Compile(f.Pattern); err != nil {
		s.Errorf("the field %q: %v", f.Key, err)
	}
	if f.Ref && f.Secret() {
		s.Errorf("the field %q is the platform's reference and a secret", f.Key)
	}
}

// logged is a channel as logs show it.
func logged(c channels.Channel) []string {
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("channel", "channel", c, "secrets", c.Secrets)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("channel", "channel", c, "secrets", c.Secrets)
	return append(strings.Split(b.String(), "\n"), fmt.Sprintf("%v", c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c))
}
