package phones

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"sync"

	"recado/internal/sim"
)

// kind is how a kind of account looks on a phone and what its customers can do.
type kind struct {
	Look  string    `json:"look"`  // of the stylesheet
	Acts  []sim.Act `json:"acts"`  // besides, every platform can send something unheard of
	Quote bool      `json:"quote"` // a message can reply to another
	Ticks bool      `json:"ticks"` // the customer sees whether a message was read
	Plain bool      `json:"plain"` // files have no caption

	id func(ref string, n int) string // of the n-th person, as the platform knows them
}

var files = []sim.Act{sim.SayText, sim.SendImage, sim.SendAudio, sim.SendVideo, sim.SendFile}

// own is the company writing by hand in the platform's own app.
const own sim.Act = "own"

// kinds are the accounts that have phones. A test holds Acts to what the simulators can do.
var kinds = map[string]kind{
	"cloudapi": {Look: "whatsapp", Quote: true, Ticks: true, id: number, Acts: with(files,
		sim.SendVoice, sim.SendPlace, sim.SendCard, sim.Press, sim.Pick, sim.React, sim.EditText, sim.Delete, sim.ReadAll, own)},
	"whatsapp_qr": {Look: "whatsapp", Quote: true, Ticks: true, id: number, Acts: with(files,
		sim.SendVoice, sim.SendPlace, sim.SendCard, sim.React, sim.EditText, sim.Delete, sim.ReadAll, own)},
	"twilio_whatsapp": {Look: "whatsapp", Quote: true, Ticks: true, id: number, Acts: with(files,
		sim.SendVoice, sim.SendPlace, sim.Press, sim.Pick, sim.ReadAll)},
	"messenger": {Look: "messenger", Plain: true, Quote: true, Ticks: true, id: scoped, Acts: []sim.Act{sim.SayText, sim.SendImage, sim.SendVideo, sim.SendFile,
		sim.SendVoice, sim.Press, sim.React, sim.EditText, sim.ReadAll, own}},
	"instagram": {Look: "instagram", Plain: true, Quote: true, Ticks: true, id: scoped, Acts: []sim.Act{sim.SayText, sim.SendImage, sim.SendVideo, sim.SendFile,
		sim.SendVoice, sim.Press, sim.React, sim.Delete, sim.ReadAll, own}},
	"telegram": {Look: "telegram", Quote: true, id: func(_ string, n int) string { return strconv.Itoa(5100000001 + n) }, Acts: with(files,
		sim.SendVoice, sim.SendPlace, sim.SendCard, sim.Press, sim.React, sim.EditText)},
	"twilio_sms": {Look: "sms", id: number, Acts: files},
	"sms":        {Look: "sms", id: number, Acts: []sim.Act{sim.SayText}},
}

func with(some []sim.Act, more ...sim.Act) []sim.Act {
	return append(append([]sim.Act(nil), some...), more...)
}

// number is a phone number, the same on every network: one person writes by WhatsApp and SMS.
func number(_ string, n int) string { return fmt.Sprintf("34600000%03d", 101+n) }

// scoped is an id that means something to one account only, as Meta's pages know people.
func scoped(ref string, n int) string {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s/%d", ref, n)
	return strconv.FormatUint(1e15+h.Sum64()%9e15, 10)
}

// names are people who do not exist; an account knows at most as many.
var names = []string{
	"Valeria Ríos", "Bruno Cano", "Carla Montes", "Óscar Prieto", "Luz Marina Vega", "Iván Robledo", "Nerea Solís", "Gonzalo Arias",
	"Celia Barros", "Mateo Lugo", "Abril Santos", "Teo Guzmán", "Jimena Parra", "Rubén Acosta", "Alba Nieto", "Simón Duarte",
	"Olivia Reyes", "Darío Cuesta", "Inés Valdés", "Unai Campos",
}

// firstPeople is how many there are before anybody new comes.
const firstPeople = 2

// people remembers how many customers each account has. The zero value is ready.
type people struct {
	mu    sync.Mutex
	extra map[Account]int
}

// of lists an account's customers; the name of the account does not matter.
func (p *people) of(a Account) []sim.Person {
	a.Name = ""
	p.mu.Lock()
	n := firstPeople + p.extra[a]
	p.mu.Unlock()
	out := make([]sim.Person, n)
	for i := range out {
		out[i] = sim.Person{ID: kinds[a.Kind].id(a.Ref, i), Name: names[i]}
		if kinds[a.Kind].id("", i) == number("", i) {
			out[i].Phone = "+" + out[i].ID
		}
	}
	return out
}

// add makes one more; false when everybody has come already.
func (p *people) add(a Account) bool {
	a.Name = ""
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.extra == nil {
		p.extra = map[Account]int{}
	}
	if firstPeople+p.extra[a] == len(names) {
		return false
	}
	p.extra[a]++
	return true
}
