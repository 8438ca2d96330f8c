package api

import (
	"context"

	"recado/internal/auth"
	"recado/internal/commerce"
	"recado/internal/db"
	"recado/internal/id"
)

func (a *API) commerce() {
	see, change := auth.Permission{Module: auth.Inbox, Level: auth.Read}, auth.Permission{Module: auth.Bots, Level: auth.Write}
	add(a, operation{ID: "listProducts", Method: "GET", Path: "/products", Tag: "Shop", Needs: see,
		Summary: "List or search products", Description: "With `search` or `collection` the best 50 of those on sale, as shoppers find them; else all of them, page by page."}, a.listProducts)
	add(a, operation{ID: "getProduct", Method: "GET", Path: "/products/{id}", Tag: "Shop", Needs: see,
		Summary: "Read a product"}, a.getProduct)
	add(a, operation{ID: "createProduct", Method: "POST", Path: "/products", Tag: "Shop", Needs: change, Status: 201, Refusals: []int{409},
		Summary: "Add a product"}, a.createProduct)
	add(a, operation{ID: "updateProduct", Method: "PATCH", Path: "/products/{id}", Tag: "Shop", Needs: change, Refusals: []int{409},
		Summary: "Change a product"}, a.updateProduct)
	add(a, operation{ID: "deleteProduct", Method: "DELETE", Path: "/products/{id}", Tag: "Shop", Needs: change, Status: 204,
		Summary: "Delete a product", Description: "Carts lose it; orders keep what they hold."}, a.deleteProduct)
	add(a, operation{ID: "listOrders", Method: "GET", Path: "/orders", Tag: "Shop", Needs: auth.Permission{Module: auth.Contacts, Level: auth.Read},
		Summary: "List orders", Description: "The newest first; with `number` that one alone."}, a.listOrders)
}

type listProductsInput struct {
	Page
	Search     string `query:"search" maxLength:"300" doc:"What somebody looks for, in their words"`
	Collection string `query:"collection" maxLength:"120"`
}

const mostFound = 50 // products that a search shows

func (a *API) listProducts(ctx context.Context, in *listProductsInput) (*Out[List[commerce.Product]], error) {
	var after id.Product
	if _, err := in.After(&after); err != nil {
		return nil, err
	}
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (List[commerce.Product], error) {
		if in.Search != "" || in.Collection != "" {
			return listOf(commerce.Find(ctx, tx, commerce.Search{Words: in.Search, Collection: in.Collection, Limit: mostFound}))
		}
		list, err := commerce.List(ctx, tx, after, in.Limit+1)
		return pageOf(list, in.Limit, func(p commerce.Product) any { return p.ID }, err)
	}))
}

// ProductPath names a product.
type ProductPath struct {
	ID id.Product `path:"id" format:"uuid"`
}

func (a *API) getProduct(ctx context.Context, in *ProductPath) (*Out[commerce.Product], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (commerce.Product, error) { return commerce.Get(ctx, tx, in.ID) }))
}

// productChange is what to set of a product; what is not named stays.
type productChange struct {
	SKU         *string   `json:"sku,omitempty" maxLength:"64"`
	Title       *string   `json:"title,omitempty" maxLength:"200"`
	Description *string   `json:"description,omitempty" maxLength:"4000"`
	Collection  *string   `json:"collection,omitempty" maxLength:"120"`
	Keywords    *string   `json:"keywords,omitempty" maxLength:"1000"`
	Price       *int64    `json:"price,omitempty" minimum:"0" doc:"In the currency's minor unit"`
	Currency    *string   `json:"currency,omitempty" maxLength:"3" doc:"ISO 4217"`
	Stock       *int      `json:"stock,omitempty" minimum:"-1" doc:"-1: not counted"`
	Image       *string   `json:"image,omitempty" maxLength:"2000"`
	URL         *string   `json:"url,omitempty" maxLength:"2000"`
	Companions  *[]string `json:"companions,omitempty" maxItems:"20"`
	Enabled     *bool     `json:"enabled,omitempty"`
}

func (c productChange) to(p *commerce.Product) {
	put(&p.SKU, c.SKU)
	put(&p.Title, c.Title)
	put(&p.Description, c.Description)
	put(&p.Collection, c.Collection)
	put(&p.Keywords, c.Keywords)
	put(&p.Price, c.Price)
	put(&p.Currency, c.Currency)
	put(&p.Image, c.Image)
	put(&p.URL, c.URL)
	put(&p.Companions, c.Companions)
	put(&p.Enabled, c.Enabled)
	if c.Stock != nil {
		if p.Stock = c.Stock; *c.Stock < 0 {
			p.Stock = nil
		}
	}
}

// put sets what a change names.
func put[T any](to *T, v *T) {
	if v != nil {
		*to = *v
	}
}

type createProductInput struct {
	Body productChange `nameHint:"NewProduct"`
}

func (a *API) createProduct(ctx context.Context, in *createProductInput) (*Out[commerce.Product], error) {
	p := commerce.Product{Enabled: true}
	in.Body.to(&p)
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (commerce.Product, error) {
		if p.Currency == "" {
			if err := tx.QueryRow(ctx, `select currency from company`).Scan(&p.Currency); err != nil {
				return p, err
			}
		}
		return commerce.Create(ctx, tx, actor(ctx), p)
	}))
}

type updateProductInput struct {
	ProductPath
	Body productChange `nameHint:"ProductChange"`
}

func (a *API) updateProduct(ctx context.Context, in *updateProductInput) (*Out[commerce.Product], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (commerce.Product, error) {
		return commerce.Update(ctx, tx, actor(ctx), in.ID, in.Body.to)
	}))
}

func (a *API) deleteProduct(ctx context.Context, in *ProductPath) (*struct{}, error) {
	return nil, a.DB.ForCompany(ctx, auth.From(ctx).Company, func(tx db.CompanyTx) error {
		return commerce.Delete(ctx, tx, actor(ctx), in.ID)
	})
}

type listOrdersInput struct {
	Page
	Number string `query:"number" maxLength:"60" doc:"As a person writes it"`
}

func (a *API) listOrders(ctx context.Context, in *listOrdersInput) (*Out[List[commerce.Order]], error) {
	var after id.Order
	if _, err := in.After(&after); err != nil {
		return nil, err
	}
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (List[commerce.Order], error) {
		list, err := commerce.Orders(ctx, tx, in.Number, after, in.Limit+1)
		return pageOf(list, in.Limit, func(o commerce.Order) any { return o.ID }, err)
	}))
}
