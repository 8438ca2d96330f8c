package api

import (
	"context"

	"recado/internal/auth"
	"recado/internal/company"
	"recado/internal/db"
)

func (a *API) audit() {
	add(a, operation{ID: "listAudit", Method: "GET", Path: "/audit", Tag: "Audit",
		Needs: auth.Permission{Module: auth.Audit, Level: auth.Read}, Summary: "List who changed what",
		Description: "Newest first. Lines are never changed or deleted."}, a.listAudit)
}

func (a *API) listAudit(ctx context.Context, in *struct{ Page }) (*Out[List[company.AuditEntry]], error) {
	var before company.AuditID
	if _, err := in.After(&before); err != nil {
		return nil, err
	}
	items, err := inCompany(ctx, a, func(tx db.CompanyTx) ([]company.AuditEntry, error) {
		return company.ListAudit(ctx, tx, before, in.Limit+1)
	})
	return answer(pageOf(items, in.Limit, func(e company.AuditEntry) any { return e.ID }, err))
}
