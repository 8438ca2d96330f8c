package api

import (
	"cmp"
	"context"

	"recado/bots/rules"
	"recado/internal/assistant"
	"recado/internal/auth"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/id"
)

func (a *API) rules() {
	add(a, operation{ID: "listRules", Method: "GET", Path: "/bots/{id}/rules", Tag: "Rules", Needs: seeBots,
		Summary: "List a bot's rules", Description: "All of them, by priority; a bot has at most 1000."}, a.listRules)
	add(a, operation{ID: "createRule", Method: "POST", Path: "/bots/{id}/rules", Tag: "Rules", Needs: writeBots, Status: 201,
		Summary: "Create a rule", Description: "Of the rules that match a message, the highest priority wins, then the most specific match."}, a.createRule)
	add(a, operation{ID: "updateRule", Method: "PATCH", Path: "/bots/{id}/rules/{rule}", Tag: "Rules", Needs: writeBots,
		Summary: "Change a rule", Description: "What is not named stays."}, a.updateRule)
	add(a, operation{ID: "deleteRule", Method: "DELETE", Path: "/bots/{id}/rules/{rule}", Tag: "Rules", Needs: writeBots, Status: 204,
		Summary: "Delete a rule"}, a.deleteRule)
	add(a, operation{ID: "orderRules", Method: "PUT", Path: "/bots/{id}/rules/order", Tag: "Rules", Needs: writeBots, Refusals: []int{409},
		Summary: "Put the rules in order", Description: "Gives them new priorities, the first the highest. Every rule must be named once."}, a.orderRules)
}

// linkAnswers gives the files of rules' answers an address.
func (a *API) linkAnswers(company id.Company, list ...assistant.Rule) {
	for _, r := range list {
		for i := range r.Answers {
			a.linkContent(company, &r.Answers[i])
		}
	}
}

func (a *API) linkContent(company id.Company, c *chat.Content) {
	if c.Media != nil {
		media := *c.Media
		media.URL = a.Files.Link(company, media, linkFor)
		c.Media = &media
	}
}

// ruleOf runs fn and links the files of the rule it returns.
func (a *API) ruleOf(ctx context.Context, fn func(db.CompanyTx) (assistant.Rule, error)) (*Out[assistant.Rule], error) {
	r, err := inCompany(ctx, a, fn)
	a.linkAnswers(auth.From(ctx).Company, r)
	return answer(r, err)
}

func (a *API) rulesOf(ctx context.Context, fn func(db.CompanyTx) ([]assistant.Rule, error)) (*Out[List[assistant.Rule]], error) {
	list, err := inCompany(ctx, a, fn)
	a.linkAnswers(auth.From(ctx).Company, list...)
	return answer(listOf(list, err))
}

func (a *API) listRules(ctx context.Context, in *BotPath) (*Out[List[assistant.Rule]], error) {
	return a.rulesOf(ctx, func(tx db.CompanyTx) ([]assistant.Rule, error) { return a.Bots.Rules(ctx, tx, in.ID) })
}

// RuleDraft is a new rule.
type RuleDraft struct {
	Name     string         `json:"name" minLength:"1" maxLength:"120"`
	Enabled  *bool          `json:"enabled,omitempty" default:"true"`
	Priority int            `json:"priority,omitempty" minimum:"-1000000" maximum:"1000000" doc:"The higher number wins"`
	Match    rules.Match    `json:"match" enum:"exact,contains,starts,any_of,regex"`
	Patterns []string       `json:"patterns" minItems:"1" maxItems:"100" doc:"Alternatives: one that matches is enough"`
	Answers  []chat.Content `json:"answers,omitempty" maxItems:"10" doc:"Said in this order; may be empty unless then is stay"`
	Active   *rules.Active  `json:"active,omitempty" doc:"When it may win; always, unless said otherwise"`
	Then     rules.Then     `json:"then,omitempty" enum:"stay,handoff,close" default:"stay"`
	Labels   []id.Label     `json:"label_ids,omitempty" maxItems:"20" doc:"Put on the conversation"`
}

type createRuleInput struct {
	BotPath
	Body RuleDraft
}

func (a *API) createRule(ctx context.Context, in *createRuleInput) (*Out[assistant.Rule], error) {
	b := in.Body
	d := rules.Definition{Name: b.Name, Enabled: *b.Enabled, Priority: b.Priority, Match: b.Match, Patterns: b.Patterns,
		Answers: b.Answers, Active: *cmp.Or(b.Active, &rules.Active{When: rules.Always}), Then: b.Then, Labels: b.Labels}
	return a.ruleOf(ctx, func(tx db.CompanyTx) (assistant.Rule, error) {
		return a.Bots.CreateRule(ctx, tx, actor(ctx), in.ID, d)
	})
}

// RulePath names a rule of a bot.
type RulePath struct {
	BotPath
	Rule id.Rule `path:"rule" format:"uuid"`
}

type updateRuleInput struct {
	RulePath
	Body assistant.RuleChange
}

func (a *API) updateRule(ctx context.Context, in *updateRuleInput) (*Out[assistant.Rule], error) {
	return a.ruleOf(ctx, func(tx db.CompanyTx) (assistant.Rule, error) {
		return a.Bots.UpdateRule(ctx, tx, actor(ctx), in.ID, in.Rule, in.Body)
	})
}

func (a *API) deleteRule(ctx context.Context, in *RulePath) (*struct{}, error) {
	return nil, a.DB.ForCompany(ctx, auth.From(ctx).Company, func(tx db.CompanyTx) error {
		return a.Bots.DeleteRule(ctx, tx, actor(ctx), in.ID, in.Rule)
	})
}

type orderRulesInput struct {
	BotPath
	Body struct {
		IDs []id.Rule `json:"ids" maxItems:"1000"`
	}
}

func (a *API) orderRules(ctx context.Context, in *orderRulesInput) (*Out[List[assistant.Rule]], error) {
	return a.rulesOf(ctx, func(tx db.CompanyTx) ([]assistant.Rule, error) {
		return a.Bots.OrderRules(ctx, tx, actor(ctx), in.ID, in.Body.IDs)
	})
}
