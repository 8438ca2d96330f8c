package expr

import "slices"

// Function is one function of the language, as completion and the documentation show it.
type Function struct {
	Name    string `json:"name"`
	Args    []Arg  `json:"args"`
	Result  Type   `json:"result"`
	About   Words  `json:"about"`
	Example string `json:"example"` // an expression that compiles with Standard()
	Gives   string `json:"gives"`   // what the example gives, as text, in Spanish

	run  func(f *frame, a []any) any
	loop func(f *frame, list []any, body func(*frame) any) any // of those with a condition
	rate cost                                                  // for each byte of the texts given
	once cost                                                  // for each call
	size int                                                   // most bytes of a text result; 0: as many as given
}

// Arg is what a function takes. Condition is looked at for each item of the list before it,
// which it calls #; "#.price" may be written ".price".
type Arg struct {
	Name      string   `json:"name"`
	Type      Type     `json:"type"`
	Optional  bool     `json:"optional,omitempty"`
	Repeats   bool     `json:"repeats,omitempty"`
	Condition bool     `json:"condition,omitempty"`
	OneOf     []string `json:"one_of,omitempty"`
}

// Functions is the documented table of every function.
func Functions() []Function { return slices.Clone(table) }

// functions is the table by name.
var functions = func() map[string]*Function {
	out := map[string]*Function{}
	for i := range table {
		out[table[i].Name] = &table[i]
	}
	return out
}()

func arg(name string, t Type) Arg { return Arg{Name: name, Type: t} }
func opt(name string, t Type, oneOf ...string) Arg {
	return Arg{Name: name, Type: t, Optional: true, OneOf: oneOf}
}
func condition(name string, t Type) Arg { return Arg{Name: name, Type: t, Condition: true} }

var (
	list    = arg("list", List)
	heavy   = cost{ns: 120, bytes: 8} // folding a byte
	letters = cost{ns: 20, bytes: 3}  // changing a byte's case
	stamp   = cost{ns: 3000, bytes: 512}
)

var table = []Function{
	{Name: "money", Args: []Arg{arg("amount", Number), opt("currency", Text)}, Result: Text, run: runMoney, once: stamp, size: 80,
		About:   Words{"Una cantidad de dinero, como se escribe en su país. Sin moneda, la de tu empresa.", "An amount of money, as its country writes it. Without a currency, your company's."},
		Example: `money(45900, "COP")`, Gives: "$ 45.900"},
	{Name: "number", Args: []Arg{arg("value", Number), opt("decimals", Number)}, Result: Text, run: runNumber, once: stamp, size: 64,
		About:   Words{"Un número con separador de miles; tantos decimales como digas, o hasta dos.", "A number with thousands separators; as many decimals as you say, or up to two."},
		Example: `number(1234567)`, Gives: "1.234.567"},
	{Name: "date", Args: []Arg{arg("date", Date), opt("style", Text, dateStyles...)}, Result: Text, run: runDate, once: stamp, size: 80,
		About:   Words{"Una fecha en la zona de tu empresa: short (21/11/2026), long, time, datetime, weekday, month o iso.", "A date in your company's zone: short (11/21/2026), long, time, datetime, weekday, month or iso."},
		Example: `date("2026-11-21", "long")`, Gives: "21 de noviembre de 2026"},
	{Name: "ago", Args: []Arg{arg("date", Date)}, Result: Text, run: runAgo, once: stamp, size: 40,
		About:   Words{"Cuánto hace de una fecha, o cuánto falta.", "How long ago a date was, or how long until it."},
		Example: `ago(addDays(now, -3))`, Gives: "hace 3 días"},
	{Name: "daysBetween", Args: []Arg{arg("from", Date), arg("to", Date)}, Result: Number, run: runDaysBetween, once: stamp,
		About:   Words{"Cuántos días del calendario hay de una fecha a otra.", "How many calendar days lie from one date to another."},
		Example: `daysBetween("2026-11-21", "2026-12-24")`, Gives: "33"},
	{Name: "inDays", Args: []Arg{arg("days", Number)}, Result: Date, run: runInDays, once: stamp,
		About:   Words{"La fecha dentro de tantos días, a esta hora.", "The date in so many days, at this hour."},
		Example: `inDays(2) > now`, Gives: "sí"},
	{Name: "addDays", Args: []Arg{arg("date", Date), arg("days", Number)}, Result: Date, run: runAddDays, once: stamp,
		About:   Words{"Una fecha con días de más, o de menos.", "A date with days added, or taken."},
		Example: `date(addDays("2026-11-21", 3))`, Gives: "24/11/2026"},
	{Name: "addHours", Args: []Arg{arg("date", Date), arg("hours", Number)}, Result: Date, run: runAddHours, once: stamp,
		About:   Words{"Una fecha con horas de más, o de menos.", "A date with hours added, or taken."},
		Example: `date(addHours("2026-11-21 15:00", 2), "time")`, Gives: "17:00"},
	{Name: "weekday", Args: []Arg{arg("date", Date)}, Result: Number, run: runWeekday, once: stamp,
		About:   Words{"El día de la semana en número: 1 es lunes, 7 es domingo.", "The day of the week as a number: 1 is Monday, 7 is Sunday."},
		Example: `weekday("2026-11-21")`, Gives: "6"},
	{Name: "hour", Args: []Arg{arg("date", Date)}, Result: Number, run: runHour, once: stamp,
		About:   Words{"La hora, de 0 a 23.", "The hour, 0 to 23."},
		Example: `hour("2026-11-21 15:30")`, Gives: "15"},
	{Name: "plural", Args: []Arg{arg("count", Number), arg("one", Text), arg("many", Text)}, Result: Text, run: runPlural,
		About:   Words{"Una palabra para 1 y otra para los demás.", "One word for 1 and another for the rest."},
		Example: `plural(3, "producto", "productos")`, Gives: "productos"},

	{Name: "upper", Args: []Arg{arg("text", Text)}, Result: Text, run: runUpper, rate: letters,
		About: Words{"El texto en mayúsculas.", "The text in capitals."}, Example: `upper("hola")`, Gives: "HOLA"},
	{Name: "lower", Args: []Arg{arg("text", Text)}, Result: Text, run: runLower, rate: letters,
		About: Words{"El texto en minúsculas.", "The text in lower case."}, Example: `lower("HOLA")`, Gives: "hola"},
	{Name: "title", Args: []Arg{arg("text", Text)}, Result: Text, run: runTitle, rate: letters,
		About: Words{"Cada palabra con mayúscula al principio.", "Each word with a capital first."}, Example: `title("ana maría")`, Gives: "Ana María"},
	{Name: "trim", Args: []Arg{arg("text", Text)}, Result: Text, run: runTrim, rate: searched,
		About: Words{"El texto sin espacios al principio ni al final.", "The text without spaces at its ends."}, Example: `trim("  hola ")`, Gives: "hola"},
	{Name: "replace", Args: []Arg{arg("text", Text), arg("old", Text), arg("new", Text)}, Result: Text, run: runReplace, rate: letters, once: cost{ns: 20000, bytes: 2 * maxText}, size: maxText,
		About: Words{"El texto con una parte cambiada por otra.", "The text with one part changed for another."}, Example: `replace("rojo y azul", "rojo", "verde")`, Gives: "verde y azul"},
	{Name: "first", Args: []Arg{arg("list", Any)}, Result: Any, run: runFirst,
		About: Words{"Lo primero de una lista, o la primera letra de un texto.", "A list's first item, or a text's first letter."}, Example: `first(["S", "M"])`, Gives: "S"},
	{Name: "last", Args: []Arg{arg("list", Any)}, Result: Any, run: runLast,
		About: Words{"Lo último de una lista, o la última letra de un texto.", "A list's last item, or a text's last letter."}, Example: `last(["S", "M"])`, Gives: "M"},
	{Name: "len", Args: []Arg{arg("value", Any)}, Result: Number, run: runLen, rate: searched,
		About: Words{"Cuántas letras tiene un texto, o cuántas cosas una lista.", "How many letters a text has, or items a list."}, Example: `len("hola")`, Gives: "4"},
	{Name: "join", Args: []Arg{list, opt("between", Text)}, Result: Text, run: runJoin, once: cost{ns: 500_000, bytes: 6 * maxText}, size: maxText,
		About: Words{"Los elementos de una lista en un texto, separados por comas o por lo que digas.", "A list's items as one text, with commas between or what you say."}, Example: `join(["S", "M", "L"], " / ")`, Gives: "S / M / L"},
	{Name: "split", Args: []Arg{arg("text", Text), arg("between", Text)}, Result: List, run: runSplit, rate: letters, once: cost{ns: 20000, bytes: 40 * maxItems},
		About: Words{"Las partes de un texto, como lista.", "A text's parts, as a list."}, Example: `first(split("S, M, L", ","))`, Gives: "S"},
	{Name: "words", Args: []Arg{arg("text", Text), arg("from", Number), opt("count", Number)}, Result: Text, run: runWords, rate: letters,
		About: Words{"Palabras de un texto desde la que digas (1 es la primera).", "Words of a text from the one you say (1 is the first)."}, Example: `words("Ana María Ruiz", 1, 2)`, Gives: "Ana María"},
	{Name: "matchesWords", Args: []Arg{arg("text", Text), arg("words", Text)}, Result: Bool, run: runMatchesWords, rate: heavy, once: cost{ns: 10000, bytes: 4096},
		About: Words{"Si el texto tiene alguna de estas palabras, separadas por comas, sin fijarse en tildes ni mayúsculas.", "Whether the text has one of these words, separated by commas, whatever their accents and capitals."}, Example: `matchesWords("¿Qué PRECIO tiene?", "precio, costo")`, Gives: "sí"},
	{Name: "digits", Args: []Arg{arg("text", Text)}, Result: Text, run: runDigits, rate: letters,
		About: Words{"Solo las cifras de un texto.", "Only a text's digits."}, Example: `digits("300 123-4567")`, Gives: "3001234567"},
	{Name: "isEmail", Args: []Arg{arg("text", Text)}, Result: Bool, run: runIsEmail, rate: searched,
		About: Words{"Si el texto parece un correo.", "Whether the text looks like an email address."}, Example: `isEmail("ana@tienda.co")`, Gives: "sí"},
	{Name: "isPhone", Args: []Arg{arg("text", Text)}, Result: Bool, run: runIsPhone, rate: letters,
		About: Words{"Si el texto parece un teléfono: de 7 a 15 cifras.", "Whether the text looks like a phone number: 7 to 15 digits."}, Example: `isPhone("+57 300 123 4567")`, Gives: "sí"},
	{Name: "toNumber", Args: []Arg{arg("text", Text)}, Result: Number, run: runToNumber, once: stamp,
		About: Words{"El número que dice un texto, como lo escriben las personas: 12.500, 3,5 o $ 45.900.", "The number a text says, as people write it: 12.500, 3,5 or $ 45.900."}, Example: `toNumber("$ 45.900")`, Gives: "45900"},
	{Name: "json", Args: []Arg{arg("value", Any)}, Result: Text, run: runJSON, rate: cost{ns: 20, bytes: 12}, once: cost{ns: 1_000_000, bytes: 8 * maxText}, size: maxText,
		About: Words{"El valor como JSON, para enviar datos a otro sistema.", "The value as JSON, to send data to another system."}, Example: `json("Ana \"la jefa\"")`, Gives: `"Ana \"la jefa\""`},
	{Name: "url", Args: []Arg{arg("text", Text)}, Result: Text, run: runURL, rate: cost{ns: 20, bytes: 4}, size: maxText,
		About: Words{"El texto listo para ir dentro de un enlace.", "The text ready to go inside a link."}, Example: `url("camisa roja")`, Gives: "camisa%20roja"},

	{Name: "round", Args: []Arg{arg("number", Number), opt("decimals", Number)}, Result: Number, run: runRound, once: cost{ns: 500, bytes: 64},
		About: Words{"El número redondeado.", "The number, rounded."}, Example: `round(2.567, 1)`, Gives: "2.6"},
	{Name: "floor", Args: []Arg{arg("number", Number)}, Result: Number, run: runFloor,
		About: Words{"El número sin decimales, hacia abajo.", "The number without decimals, downwards."}, Example: `floor(2.9)`, Gives: "2"},
	{Name: "ceil", Args: []Arg{arg("number", Number)}, Result: Number, run: runCeil,
		About: Words{"El número sin decimales, hacia arriba.", "The number without decimals, upwards."}, Example: `ceil(2.1)`, Gives: "3"},
	{Name: "abs", Args: []Arg{arg("number", Number)}, Result: Number, run: runAbs,
		About: Words{"El número sin signo.", "The number without its sign."}, Example: `abs(-5)`, Gives: "5"},
	{Name: "min", Args: []Arg{arg("number", Number), {Name: "number", Type: Number, Repeats: true}}, Result: Number, run: runMin,
		About: Words{"El menor de varios números.", "The least of several numbers."}, Example: `min(3, 7)`, Gives: "3"},
	{Name: "max", Args: []Arg{arg("number", Number), {Name: "number", Type: Number, Repeats: true}}, Result: Number, run: runMax,
		About: Words{"El mayor de varios números.", "The greatest of several numbers."}, Example: `max(3, 7)`, Gives: "7"},
	{Name: "default", Args: []Arg{arg("value", Any), arg("otherwise", Any)}, Result: Any, run: runDefault,
		About: Words{"El valor, u otro cuando falta o está vacío.", "The value, or another when it is missing or empty."}, Example: `default("", "amigo")`, Gives: "amigo"},

	{Name: "hasTag", Args: []Arg{arg("tag", Text)}, Result: Bool, run: runHasTag, rate: heavy, once: heavy.times(maxItems * maxTag),
		About: Words{"Si el cliente tiene esta etiqueta, sin fijarse en tildes ni mayúsculas.", "Whether the customer has this tag, whatever its accents and capitals."}, Example: `hasTag("vip")`, Gives: "no"},
	{Name: "any", Args: []Arg{list, condition("condition", Bool)}, Result: Bool, loop: loopAny,
		About: Words{"Si algún elemento cumple la condición.", "Whether some item meets the condition."}, Example: `any(cart.items, .price > 50000)`, Gives: "no"},
	{Name: "all", Args: []Arg{list, condition("condition", Bool)}, Result: Bool, loop: loopAll,
		About: Words{"Si todos los elementos cumplen la condición.", "Whether every item meets the condition."}, Example: `all([1, 2], # > 0)`, Gives: "sí"},
	{Name: "none", Args: []Arg{list, condition("condition", Bool)}, Result: Bool, loop: loopNone,
		About: Words{"Si ningún elemento cumple la condición.", "Whether no item meets the condition."}, Example: `none(contact.tags, # == "moroso")`, Gives: "sí"},
	{Name: "count", Args: []Arg{list, condition("condition", Bool)}, Result: Number, loop: loopCount,
		About: Words{"Cuántos elementos cumplen la condición.", "How many items meet the condition."}, Example: `count([1, 5, 9], # > 3)`, Gives: "2"},
	{Name: "filter", Args: []Arg{list, condition("condition", Bool)}, Result: List, loop: loopFilter,
		About: Words{"Los elementos que cumplen la condición.", "The items that meet the condition."}, Example: `join(filter(["S", "M"], # != "S"))`, Gives: "M"},
	{Name: "map", Args: []Arg{list, condition("value", Any)}, Result: List, loop: loopMap,
		About: Words{"Lo que digas de cada elemento.", "What you say of each item."}, Example: `join(map(["ana", "luz"], title(#)))`, Gives: "Ana, Luz"},
	{Name: "sum", Args: []Arg{list, condition("value", Number)}, Result: Number, loop: loopSum,
		About: Words{"La suma de lo que digas de cada elemento.", "The sum of what you say of each item."}, Example: `sum([1, 2, 3], # * 10)`, Gives: "60"},
}
