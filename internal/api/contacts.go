package api

import (
	"context"

	"recado/internal/auth"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/inbox"
)

func (a *API) contacts() {
	see, change := auth.Permission{Module: auth.Contacts, Level: auth.Read}, auth.Permission{Module: auth.Contacts, Level: auth.Write}
	add(a, operation{ID: "listContacts", Method: "GET", Path: "/contacts", Tag: "Contacts", Needs: see,
		Summary: "List contacts", Description: "The newest first."}, a.listContacts)
	add(a, operation{ID: "getContact", Method: "GET", Path: "/contacts/{id}", Tag: "Contacts", Needs: see,
		Summary: "Get a contact", Description: "With all the names platforms know them by."}, a.getContact)
	add(a, operation{ID: "updateContact", Method: "PATCH", Path: "/contacts/{id}", Tag: "Contacts", Needs: change,
		Summary: "Change a contact"}, a.updateContact)
}

type listContactsInput struct {
	Page
	Search string `query:"q" maxLength:"200" doc:"In name, e-mail address and phone"`
}

func (a *API) listContacts(ctx context.Context, in *listContactsInput) (*Out[List[inbox.RowContact]], error) {
	var last id.Contact
	if _, err := in.After(&last); err != nil {
		return nil, err
	}
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (List[inbox.RowContact], error) {
		list, err := inbox.ListContacts(ctx, tx, in.Search, last, in.Limit+1)
		return pageOf(list, in.Limit, func(c inbox.RowContact) any { return c.ID }, err)
	}))
}

// ContactPath names a contact.
type ContactPath struct {
	ID id.Contact `path:"id" format:"uuid"`
}

func (a *API) getContact(ctx context.Context, in *ContactPath) (*Out[inbox.Contact], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (inbox.Contact, error) { return inbox.GetContact(ctx, tx, in.ID) }))
}

type updateContactInput struct {
	ContactPath
	Body inbox.ContactPatch
}

func (a *API) updateContact(ctx context.Context, in *updateContactInput) (*Out[inbox.Contact], error) {
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (inbox.Contact, error) {
		return inbox.UpdateContact(ctx, tx, actor(ctx), in.ID, in.Body)
	}))
}
