package api

import (
	"context"

	"recado/channels"
	"recado/internal/auth"
	"recado/internal/channel"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

func (a *API) templates() {
	see, change := auth.Permission{Module: auth.Channels, Level: auth.Read}, auth.Permission{Module: auth.Channels, Level: auth.Manage}
	add(a, operation{ID: "listTemplates", Method: "GET", Path: "/templates", Tag: "Templates", Needs: see,
		Summary: "List message templates", Description: "As they were when last synced."}, a.listTemplates)
	add(a, operation{ID: "syncTemplates", Method: "POST", Path: "/channels/{id}/templates/sync", Tag: "Templates", Needs: change, Refusals: []int{409, 503},
		Summary: "Fetch a channel's templates from the platform"}, a.syncTemplates)
	add(a, operation{ID: "createTemplate", Method: "POST", Path: "/channels/{id}/templates", Tag: "Templates", Needs: change, Status: 201, Refusals: []int{409, 503},
		Summary: "Submit a template for approval", Description: "Each place {{1}}, {{2}} in the body needs a sample. The platform decides within minutes or days."}, a.createTemplate)
	add(a, operation{ID: "deleteTemplate", Method: "DELETE", Path: "/templates/{id}", Tag: "Templates", Needs: change, Status: 204, Refusals: []int{409, 503},
		Summary: "Delete a template", Description: "In all its languages, at the platform too."}, a.deleteTemplate)
}

type listTemplatesInput struct {
	Channel id.Channel `query:"channel" format:"uuid"`
}

func (a *API) listTemplates(ctx context.Context, in *listTemplatesInput) (*Out[List[channel.KnownTemplate]], error) {
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]channel.KnownTemplate, error) {
		return channel.Templates(ctx, tx, in.Channel)
	})))
}

// templater is a channel whose platform knows templates.
func (a *API) templater(ctx context.Context, c id.Channel) (channels.Channel, channels.Templater, error) {
	v, ad, err := a.opened(ctx, c)
	if err != nil {
		return v, nil, err
	}
	t, ok := ad.(channels.Templater)
	if !ok {
		return v, nil, errs.New(errs.Conflict, "template.not_here")
	}
	return v, t, nil
}

// refused turns a platform's refusal into a problem that quotes it.
func refused(err error) error {
	if err == nil {
		return nil
	}
	return errs.New(errs.Unavailable, "platform.refused", "reason", plainError(err))
}

func (a *API) syncTemplates(ctx context.Context, in *ChannelPath) (*Out[List[channel.KnownTemplate]], error) {
	c, t, err := a.templater(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	pctx, cancel := context.WithTimeout(ctx, platformTime)
	defer cancel()
	list, err := t.Templates(pctx, c)
	if err != nil {
		return nil, refused(err)
	}
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]channel.KnownTemplate, error) {
		if err := channel.SetTemplates(ctx, tx, in.ID, list); err != nil {
			return nil, err
		}
		return channel.Templates(ctx, tx, in.ID)
	})))
}

type createTemplateInput struct {
	ChannelPath
	Body struct{ channels.Template }
}

func (a *API) createTemplate(ctx context.Context, in *createTemplateInput) (*Out[channel.KnownTemplate], error) {
	c, t, err := a.templater(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	draft := in.Body.Template
	if err := channel.CheckTemplate(draft); err != nil {
		return nil, err
	}
	pctx, cancel := context.WithTimeout(ctx, platformTime)
	defer cancel()
	made, err := t.SubmitTemplate(pctx, c, draft)
	if err != nil {
		return nil, refused(err)
	}
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (channel.KnownTemplate, error) {
		v, err := channel.PutTemplate(ctx, tx, in.ID, made)
		if err != nil {
			return v, err
		}
		return v, company.Record(ctx, tx, actor(ctx), "template.create", company.Object{Kind: "template", ID: v.ID.String(), Name: v.Name}, nil)
	}))
}

type templatePath struct {
	ID id.Template `path:"id" format:"uuid"`
}

func (a *API) deleteTemplate(ctx context.Context, in *templatePath) (*struct{}, error) {
	known, err := inCompany(ctx, a, func(tx db.CompanyTx) (channel.KnownTemplate, error) { return channel.GetTemplate(ctx, tx, in.ID) })
	if err != nil {
		return nil, err
	}
	c, t, err := a.templater(ctx, known.Channel)
	if err != nil {
		return nil, err
	}
	pctx, cancel := context.WithTimeout(ctx, platformTime)
	defer cancel()
	if err := t.DeleteTemplate(pctx, c, known.Name); err != nil {
		return nil, refused(err)
	}
	return nil, a.DB.ForCompany(ctx, c.Company, func(tx db.CompanyTx) error {
		if err := channel.DropTemplate(ctx, tx, c.ID, known.Name); err != nil {
			return err
		}
		return company.Record(ctx, tx, actor(ctx), "template.delete", company.Object{Kind: "template", ID: in.ID.String(), Name: known.Name}, nil)
	})
}
