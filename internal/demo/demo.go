// Package demo is the content of the demonstration company, Tienda Aurora, an
// online clothes shop in Spanish: its products, questions and answers, rules,
// team and past conversations. It is plain data and pure functions; nothing
// here touches a database.
package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io"

	"recado/internal/hours"
)

//go:embed content
var files embed.FS

// Content is everything the demo company starts with.
type Content struct {
	Shop     Shop
	Products []Product
	FAQs     []FAQ
	Rules    []Rule
	Labels   []Label
	Team     []Member
	Canned   []Canned

	people  people
	scripts []script
}

// Shop describes the company. Hours are read in TimeZone, an IANA name.
type Shop struct {
	Name       string      `json:"name"`
	Tagline    string      `json:"tagline"`
	Email      string      `json:"email"`
	TimeZone   string      `json:"time_zone"`
	Currency   string      `json:"currency"`
	Language   string      `json:"language"`
	Stores     []Store     `json:"stores"`
	StoreHours hours.Hours `json:"store_hours"`
	TeamHours  hours.Hours `json:"team_hours"` // when people answer chats
	Bot        Bot         `json:"bot"`
}

// Store is a shop one can walk into.
type Store struct {
	City    string `json:"city"`
	Address string `json:"address"`
}

// Bot holds the sentences the demo bot says of its own.
type Bot struct {
	Name     string `json:"name"`
	Fallback string `json:"fallback"` // when it has no answer
	Handoff  string `json:"handoff"`  // when it hands over to people
	Away     string `json:"away"`     // the same, outside team hours
}

// Product is one garment. Price is in cents of Currency; Picture is a key for
// pictures.Picture.
type Product struct {
	SKU         string   `json:"sku"`
	Name        string   `json:"name"`
	Category    string   `json:"category"`
	Price       int      `json:"price"`
	Currency    string   `json:"currency"`
	Sizes       []string `json:"sizes"`
	Colors      []Color  `json:"colors"`
	Description string   `json:"description"`
	Picture     string   `json:"picture"`
}

// Color is a name in Spanish and its sRGB value, "#rrggbb".
type Color struct {
	Name string `json:"name"`
	Hex  string `json:"hex"`
}

// FAQ is a question with its exact answer, and the ways shoppers put it.
type FAQ struct {
	ID       string   `json:"id"`
	Question string   `json:"question"`
	Answer   string   `json:"answer"`
	Variants []string `json:"variants"`
}

// Rule answers by keywords. Match and Patterns mean what they do in
// rules.Definition; the higher Priority wins; Hours is "always", "open" or
// "closed", by Shop.TeamHours.
type Rule struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Match    string   `json:"match"`
	Patterns []string `json:"patterns"`
	Answer   Answer   `json:"answer"`
	Hours    string   `json:"hours"`
	Priority int      `json:"priority"`
}

// Answer is what a rule says; Attachment may be nil.
type Answer struct {
	Text       string      `json:"text"`
	Attachment *Attachment `json:"attachment"`
}

// Attachment is a file of Files; Kind is "image" or "document".
type Attachment struct {
	File string `json:"file"`
	Kind string `json:"kind"`
}

// Label is a coloured word for conversations; Color is "#rrggbb".
type Label struct {
	Name  string `json:"name"`
	Color string `json:"color"`
}

// Member is a person of the team; Role is owner, admin, agent, marketing or
// read_only.
type Member struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	Role  string `json:"role"`
}

// Canned is a reply that agents insert by its shortcut; {nombre} stands for
// the contact's first name and {agente} for the agent's.
type Canned struct {
	Shortcut string `json:"shortcut"`
	Text     string `json:"text"`
}

type people struct {
	First  []string `json:"first"`
	Last   []string `json:"last"`
	Cities []string `json:"cities"`
}

// Load reads the embedded content.
func Load() (*Content, error) {
	c := &Content{}
	for name, into := range map[string]any{
		"shop.json": &c.Shop, "products.json": &c.Products, "rules.json": &c.Rules,
		"labels.json": &c.Labels, "team.json": &c.Team, "canned.json": &c.Canned,
		"people.json": &c.people, "scripts.json": &c.scripts,
	} {
		if err := read(name, into); err != nil {
			return nil, err
		}
	}
	b, err := files.ReadFile("content/faqs.jsonl")
	if err != nil {
		return nil, fmt.Errorf("demo content: %w", err)
	}
	for dec := strict(b); ; {
		var q FAQ
		if err := dec.Decode(&q); err == io.EOF {
			return c, nil
		} else if err != nil {
			return nil, fmt.Errorf("demo content faqs.jsonl: %w", err)
		}
		c.FAQs = append(c.FAQs, q)
	}
}

func read(name string, into any) error {
	b, err := files.ReadFile("content/" + name)
	if err == nil {
		err = strict(b).Decode(into)
	}
	if err != nil {
		return fmt.Errorf("demo content %s: %w", name, err)
	}
	return nil
}

// strict refuses unknown fields, so a misspelt one cannot go unnoticed.
func strict(b []byte) *json.Decoder {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	return dec
}

// Product finds a product by its SKU.
func (c *Content) Product(sku string) (Product, bool) { return find(c.Products, sku, Product.key) }

// FAQ finds a question by its ID.
func (c *Content) FAQ(id string) (FAQ, bool) { return find(c.FAQs, id, FAQ.key) }

// Rule finds a rule by its ID.
func (c *Content) Rule(id string) (Rule, bool) { return find(c.Rules, id, Rule.key) }

func (p Product) key() string { return p.SKU }
func (q FAQ) key() string     { return q.ID }
func (r Rule) key() string    { return r.ID }

func find[T any](all []T, key string, of func(T) string) (T, bool) {
	for _, v := range all {
		if of(v) == key {
			return v, true
		}
	}
	var none T
	return none, false
}
