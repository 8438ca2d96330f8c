package nodes

import (
	"regexp"
	"strings"
	"time"

	"recado/flows"
	"recado/internal/chat"
)

// orderStatus tells the contact where their order is. Who is not known by the order's phone
// proves that it is theirs with a code sent to it.
type orderStatus struct {
	Number    Template `json:"number,omitzero"` // where the flow knows it already
	AskNumber Line     `json:"ask_number,omitzero"`
	AskCode   Line     `json:"ask_code,omitzero"`
	Found     Line     `json:"found,omitzero"` // above the details
	NotFound  Line     `json:"not_found,omitzero"`
	Retries   *int     `json:"retries,omitempty"`
	Timeout   int      `json:"timeout_minutes,omitempty"`
}

const notFound = "not_found"

func orderStatusType() flows.Type {
	return flows.Type{
		Name: "order_status", Group: "shop", Icon: "truck",
		Label: words("Estado del pedido", "Order status"),
		About: words("Pide el número, comprueba que el pedido es del cliente y dice cómo va.", "Asks for the number, makes sure that the order is the customer's and says how it stands."),
		Fields: []flows.Field{
			{Key: "number", Kind: flows.FieldTemplate, Label: words("Número", "Number"), Help: words("Vacío lo pregunta.", "Empty asks for it.")},
			{Key: "ask_number", Kind: flows.FieldText, Label: words("Al pedir el número", "When it asks for the number")},
			{Key: "ask_code", Kind: flows.FieldText, Label: words("Al pedir el código", "When it asks for the code"), Help: words("El teléfono se agrega al final.", "The phone is added at the end.")},
			{Key: "found", Kind: flows.FieldText, Label: words("Cuando lo encuentra", "When it is found"), Help: words("Los datos del pedido van debajo.", "The order's details go below.")},
			{Key: "not_found", Kind: flows.FieldText, Label: words("Cuando no", "When it is not")},
			{Key: "retries", Kind: flows.FieldNumber, Label: words("Veces que pregunta de nuevo", "Times it asks again"), Max: 10, Help: words("Vacío son 2.", "Empty is 2.")},
			{Key: "timeout_minutes", Kind: flows.FieldMinutes, Label: words("Espera la respuesta", "Waits for the answer"), Max: yearMinutes},
		},
		Exits: []flows.Exit{
			{Name: found, Label: words("Lo encontró", "Found")},
			{Name: notFound, Label: words("No se comprobó", "Not proved")},
			exitTimeout(), exitFailed(),
		},
		New: func() flows.Node { return &orderStatus{} },
	}
}

// lookup is what the node keeps while it waits: for a number, or with one for its code.
type lookup struct {
	Number string `json:"number,omitempty"`
	SentTo string `json:"sent_to,omitempty"`
	Wrong  int    `json:"wrong,omitempty"`
}

func (n *orderStatus) Compile(c *flows.Compiler) {
	n.Number.Compile(c, "number", false)
	for _, l := range []struct {
		line   *Line
		at     string
		es, en string
	}{
		{&n.AskNumber, "ask_number", "¿Cuál es el número de tu pedido?", "What is your order number?"},
		{&n.AskCode, "ask_code", "Para cuidar tus datos te enviamos un código de 6 números. Escríbelo aquí.", "To protect your details we sent you a code of 6 digits. Write it here."},
		{&n.Found, "found", "Encontré tu pedido.", "I found your order."},
		{&n.NotFound, "not_found", "No pude comprobar ese pedido.", "I could not verify that order."},
	} {
		l.line.or(l.es, l.en)
		l.line.Compile(c, l.at, false, maxText)
	}
	if n.Retries != nil {
		between(c, "retries", *n.Retries, 0, 10)
	}
	between(c, "timeout_minutes", n.Timeout, 0, yearMinutes)
}

func (n *orderStatus) Run(r *flows.Run) string {
	var l lookup
	r.Kept(&l)
	switch in := r.Input(); in.Kind {
	case flows.Timer:
		return timeout
	case flows.Message:
		return n.hear(r, l, in.Message.Words())
	case flows.Answer:
		got, ok := in.Result.Value.(flows.OrderFound)
		if !ok || in.Result.Err != nil {
			return failed
		}
		return n.learn(r, l, got)
	}
	if s := strings.TrimSpace(n.Number.In(r)); s != "" {
		r.Keep(lookup{Number: s})
		return r.Call(flows.FindOrder{Number: s})
	}
	speak(r, chat.Plain(n.AskNumber.In(r)))
	return n.wait(r)
}

func (n *orderStatus) wait(r *flows.Run) string {
	w := flows.Wait{For: flows.ForMessage}
	if n.Timeout > 0 {
		w.Until = r.Now().Add(minutes(n.Timeout))
	}
	return r.Wait(w)
}

var (
	numberLike = regexp.MustCompile(`[A-Za-z]{0,12}[-_ ]?[0-9][A-Za-z0-9-]{0,38}`)
	codeLike   = regexp.MustCompile(`(?:^|[^0-9])([0-9]{3})[ .-]?([0-9]{3})(?:[^0-9]|$)`)
)

// hear reads a number, or the code for the one that is known.
func (n *orderStatus) hear(r *flows.Run, l lookup, said string) string {
	if l.Number == "" {
		number := orderNumber(said)
		if number == "" {
			return n.again(r, l, n.AskNumber.In(r))
		}
		l.Number, l.Wrong = number, 0
		r.Keep(l)
		return r.Call(flows.FindOrder{Number: number})
	}
	m := codeLike.FindStringSubmatch(said)
	if m == nil {
		return n.again(r, l, n.codeText(r, l))
	}
	return r.Call(flows.ProveOrder{Number: l.Number, Code: m[1] + m[2]})
}

// orderNumber is what in a sentence looks most like an order's number: the last word with a
// digit, with letters and dash before it.
func orderNumber(said string) string {
	all := numberLike.FindAllString(strings.ReplaceAll(clip(said, maxDetail), "#", " "), -1)
	if len(all) == 0 {
		return ""
	}
	s := strings.TrimSpace(all[len(all)-1])
	if word, digits, ok := strings.Cut(s, " "); ok && !strings.ContainsAny(word, "0123456789") {
		return digits // "pedido 1001": the word is no part of it
	}
	return s
}

// learn acts on what the host found.
func (n *orderStatus) learn(r *flows.Run, l lookup, got flows.OrderFound) string {
	switch {
	case got.Order != nil:
		r.SetOrder(got.Order)
		speak(r, chat.Plain(strings.TrimSpace(n.Found.In(r)+"\n"+orderText(r, got.Order))))
		return found
	case got.Locked:
		speak(r, chat.Plain(n.NotFound.In(r)))
		return notFound
	case got.Wrong:
		return n.again(r, l, in(r, words("Ese código no es. Revísalo y escríbelo de nuevo.", "That is not the code. Check it and write it again.")))
	}
	l.SentTo = got.SentTo
	r.Keep(l)
	speak(r, chat.Plain(n.codeText(r, l)))
	return n.wait(r)
}

func (n *orderStatus) codeText(r *flows.Run, l lookup) string {
	return strings.TrimSpace(n.AskCode.In(r) + " (" + l.SentTo + ")")
}

func (n *orderStatus) again(r *flows.Run, l lookup, text string) string {
	most := defaultRetries
	if n.Retries != nil {
		most = *n.Retries
	}
	if l.Wrong++; l.Wrong > most {
		speak(r, chat.Plain(n.NotFound.In(r)))
		return notFound
	}
	r.Keep(l)
	speak(r, chat.Plain(text))
	return n.wait(r)
}

// statuses are how an order stands, as shoppers say it.
var statuses = map[string]flows.Words{
	"pending":   words("pendiente de pago", "waiting for payment"),
	"paid":      words("pagado, lo estamos preparando", "paid, we are getting it ready"),
	"packed":    words("preparado, sale pronto", "packed, it leaves soon"),
	"shipped":   words("en camino", "on its way"),
	"delivered": words("entregado", "delivered"),
	"cancelled": words("cancelado", "cancelled"),
}

// orderText is an order's details, a line each.
func orderText(r *flows.Run, o *flows.Order) string {
	status, known := statuses[o.Status]
	if !known {
		status = words(o.Status, o.Status)
	}
	lines := []string{in(r, words("Pedido ", "Order ")) + o.Number + ": " + in(r, status) + "."}
	add := func(name flows.Words, value string) {
		if value != "" {
			lines = append(lines, in(r, name)+": "+value)
		}
	}
	add(words("Fecha", "Date"), o.At.In(r.Zone()).Format(in(r, words("02/01/2006", "2006-01-02"))))
	add(words("Transportista", "Carrier"), o.Carrier)
	add(words("Seguimiento", "Tracking"), o.Tracking)
	add(words("Enlace", "Link"), o.URL)
	return strings.Join(lines, "\n")
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// Says implements flows.Speaker.
func (n *orderStatus) Says(language string) []chat.Content {
	return plain(true, language, &n.AskNumber, &n.AskCode, &n.Found, &n.NotFound)
}
