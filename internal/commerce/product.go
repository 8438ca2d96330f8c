package commerce

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

const productColumns = `p.id, p.sku, p.title, p.description, p.collection, p.keywords, p.price, p.currency, p.stock, p.image, p.url, p.companions, p.enabled, p.updated_at`

func scanProduct(r pgx.CollectableRow) (p Product, err error) {
	err = r.Scan(&p.ID, &p.SKU, &p.Title, &p.Description, &p.Collection, &p.Keywords, &p.Price, &p.Currency, &p.Stock, &p.Image, &p.URL, &p.Companions, &p.Enabled, &p.UpdatedAt)
	return p, err
}

func products(ctx context.Context, tx db.CompanyTx, rest string, args ...any) ([]Product, error) {
	rows, err := tx.Query(ctx, `select `+productColumns+` from `+rest, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanProduct)
}

func oneProduct(ctx context.Context, tx db.CompanyTx, where string, arg any) (Product, error) {
	list, err := products(ctx, tx, `product p where `+where, arg)
	if err == nil && len(list) == 0 {
		err = errs.Missing("product")
	}
	if err != nil {
		return Product{}, err
	}
	return list[0], nil
}

// Get returns one product.
func Get(ctx context.Context, tx db.CompanyTx, p id.Product) (Product, error) {
	return oneProduct(ctx, tx, `p.id = $1`, p)
}

// BySKU returns one product that is on sale.
func BySKU(ctx context.Context, tx db.CompanyTx, sku string) (Product, error) {
	return oneProduct(ctx, tx, `p.sku = $1 and p.enabled`, strings.TrimSpace(sku))
}

// List returns up to limit products, on sale or not, in the order of their ids, behind after.
func List(ctx context.Context, tx db.CompanyTx, after id.Product, limit int) ([]Product, error) {
	return products(ctx, tx, `product p where ($1::uuid is null or p.id > $1) order by p.id limit $2`, after, limit)
}

// Create adds a product.
func Create(ctx context.Context, tx db.CompanyTx, by company.Actor, p Product) (Product, error) {
	if err := p.check(); err != nil {
		return p, err
	}
	var n int
	if err := tx.QueryRow(ctx, `select count(*) from product`).Scan(&n); err != nil {
		return p, err
	}
	if n >= maxProducts {
		return p, errs.New(errs.Conflict, "product.too_many", "max", maxProducts)
	}
	p.ID = id.New[id.Product]()
	b := &pgx.Batch{}
	p.insert(b, tx.Company())
	if err := taken(tx.SendBatch(ctx, b).Close()); err != nil {
		return p, err
	}
	return p.recorded(ctx, tx, by, "product.create", nil)
}

// Fill adds a whole catalogue in one go, without a record of each product.
func Fill(ctx context.Context, tx db.CompanyTx, list []Product) error {
	b := &pgx.Batch{}
	for _, p := range list {
		if err := p.check(); err != nil {
			return errs.Under(p.SKU, err)
		}
		p.ID = id.New[id.Product]()
		p.insert(b, tx.Company())
	}
	return taken(tx.SendBatch(ctx, b).Close())
}

func (p Product) insert(b *pgx.Batch, c id.Company) {
	b.Queue(`insert into product (id, company_id, sku, title, description, collection, keywords, price, currency, stock, image, url, companions, enabled)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		p.ID, c, p.SKU, p.Title, p.Description, p.Collection, p.Keywords, p.Price, p.Currency, p.Stock, p.Image, p.URL, p.Companions, p.Enabled)
}

// Update changes what change does to a product, in a transaction that has locked it.
func Update(ctx context.Context, tx db.CompanyTx, by company.Actor, which id.Product, change func(*Product)) (Product, error) {
	old, err := oneProduct(ctx, tx, `p.id = $1 for update`, which)
	if err != nil {
		return old, err
	}
	p := old
	p.Companions = slices.Clone(old.Companions)
	change(&p)
	p.ID = old.ID
	if err := p.check(); err != nil {
		return old, err
	}
	_, err = tx.Exec(ctx, `update product set sku = $2, title = $3, description = $4, collection = $5, keywords = $6, price = $7, currency = $8, stock = $9,
		image = $10, url = $11, companions = $12, enabled = $13, updated_at = now() where id = $1`,
		p.ID, p.SKU, p.Title, p.Description, p.Collection, p.Keywords, p.Price, p.Currency, p.Stock, p.Image, p.URL, p.Companions, p.Enabled)
	if err := taken(err); err != nil {
		return old, err
	}
	return p.recorded(ctx, tx, by, "product.update", company.Diff(old, p))
}

// Delete takes a product away, out of carts too. Orders keep what they hold.
func Delete(ctx context.Context, tx db.CompanyTx, by company.Actor, which id.Product) error {
	p, err := Get(ctx, tx, which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from product where id = $1`, which); err != nil {
		return err
	}
	return company.Record(ctx, tx, by, "product.delete", p.object(), nil)
}

func taken(err error) error {
	if db.Violates(err, "product_company_id_sku_key") {
		return errs.New(errs.Conflict, "product.sku_taken").At("sku")
	}
	return err
}

func (p Product) object() company.Object {
	return company.Object{Kind: "product", ID: p.ID.String(), Name: p.Title}
}

func (p Product) recorded(ctx context.Context, tx db.CompanyTx, by company.Actor, action string, changes company.Changes) (Product, error) {
	if err := company.Record(ctx, tx, by, action, p.object(), changes); err != nil {
		return p, err
	}
	return Get(ctx, tx, p.ID)
}

// Search is what somebody looks for. With neither words, collection nor product it is the
// newest.
type Search struct {
	Words      string
	Collection string // a collection's name, however it is written
	RelatedTo  string // SKU: its companions, else others of its collection
	InStock    bool
	Limit      int // 1..50; 0: 10
}

// Find returns products on sale, the best first.
func Find(ctx context.Context, tx db.CompanyTx, s Search) ([]Product, error) {
	if s.Limit <= 0 {
		s.Limit = 10
	}
	s.Limit = min(s.Limit, 50)
	const shown = `p.enabled and (not $2 or p.stock is null or p.stock > 0) and ($3 = '' or unaccent(lower(p.collection)) = unaccent(lower($3)))`
	words := searchWords(s.Words)
	switch {
	case s.RelatedTo != "":
		return products(ctx, tx, `product p join product o on o.sku = $4 where `+shown+` and p.id <> o.id and (p.sku = any (o.companions)
			or cardinality(o.companions) = 0 and o.collection <> '' and p.collection = o.collection)
			order by array_position(o.companions, p.sku), p.id limit $1`, s.Limit, s.InStock, strings.TrimSpace(s.Collection), s.RelatedTo)
	case len(words) > 0:
		return products(ctx, tx, searchSQL, s.Limit, s.InStock, strings.TrimSpace(s.Collection), words)
	case strings.TrimSpace(s.Words) != "":
		return nil, nil // nothing but words that say nothing of a product
	}
	return products(ctx, tx, `product p where `+shown+` order by p.created_at desc, p.sku limit $1`, s.Limit, s.InStock, strings.TrimSpace(s.Collection))
}

// searchSQL adds up, for each product, what each word weighs there: more in the title than in
// the description, and more the fewer products have it. A word that no product has is taken
// for a typing mistake and compared by its trigrams. What has less than a third of the best
// one's weight was not meant.
const searchSQL = `(
	with word as materialized (
		select w, plainto_tsquery('product_es', w) as es, plainto_tsquery('product_en', w) as en from unnest($4::text[]) as w
	), spread as materialized (
		select w, es, en, n, (select count(*) from product p where p.enabled and (p.search @@ es or p.search @@ en)) as others
		from word cross join (select greatest(count(*), 1) as n from product where enabled) as all_of
		where numnode(es) + numnode(en) > 0
	), weighed as (
		select p.id, sum(ln(1 + n::float8 / greatest(others, 1, n * 0.05)) * case
			when others > 0 then greatest(ts_rank('{0.2,0.5,0.7,1}', p.search, es), ts_rank('{0.2,0.5,0.7,1}', p.search, en))
			when w ~ '^[^0-9]{4,}$' then (select case when like_it > 0.5 then 0.5 * like_it else 0 end
				from word_similarity(unaccent(w), unaccent(lower(p.title || ' ' || p.collection || ' ' || p.keywords))) as like_it)
			else 0 end) as weight
		from product p cross join spread
		where p.enabled and (not $2 or p.stock is null or p.stock > 0) and ($3 = '' or unaccent(lower(p.collection)) = unaccent(lower($3)))
		group by p.id
	)
	select id, weight from weighed where weight > 0 and weight >= 0.35 * (select max(weight) from weighed)
	order by weight desc, id limit $1
) found join product p using (id) order by found.weight desc, p.title, p.id`

const maxWords = 12

var notWord = regexp.MustCompile(`[^\p{L}\p{N}]+`)

// filler are words of asking that say nothing of what is asked for and that the stemmers'
// own lists of stop words do not have.
var filler = map[string]bool{
	"busco": true, "buscar": true, "quiero": true, "quisiera": true, "quería": true, "queria": true, "necesito": true, "tienen": true, "tienes": true, "tenéis": true, "teneis": true,
	"hay": true, "venden": true, "vendes": true, "vendéis": true, "ver": true, "muéstrame": true, "muestrame": true, "enséñame": true, "enseñame": true, "dame": true, "comprar": true,
	"algún": true, "algun": true, "alguna": true, "algunos": true, "algunas": true, "hola": true, "favor": true, "porfa": true, "gracias": true, "precio": true,
	"want": true, "need": true, "looking": true, "show": true, "buy": true, "please": true, "hello": true, "hi": true, "any": true, "price": true,
}

// searchWords are the words of a question that may be a product's.
func searchWords(s string) []string {
	var out []string
	for _, w := range notWord.Split(strings.ToLower(s), -1) {
		if w != "" && len(w) <= 60 && !filler[w] && !slices.Contains(out, w) && len(out) < maxWords {
			out = append(out, w)
		}
	}
	return out
}
