package app

import (
	"context"
	"net/netip"
	"strings"

	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/httpx"
	"recado/internal/id"
	"recado/internal/llm"
	"recado/internal/llm/openai"
	"recado/internal/outside"
	simulated "recado/internal/sim/openai"
)

// The demo company's access to the simulated provider of models.
const (
	demoModelKey  = "sk-demo-aurora-0001"
	demoModelPath = "/openai"
)

// demoModels is the simulated provider, to stand below demoPlatforms+demoModelPath.
func demoModels() *simulated.Provider { return simulated.New(demoModelKey) }

// model is how companies' models are asked. Their endpoints must be on the public internet or
// in the operator's own model networks; of the inside, nothing else is reached but, in a demo,
// the one address at which the simulated provider stands.
func (s *server) model() (func(llm.Account) llm.Completer, error) {
	client, err := httpx.New(httpx.Options{Log: s.log, Private: s.cfg.ModelNetworks, Production: len(s.cfg.ModelNetworks) == 0})
	if err != nil {
		return nil, err
	}
	beside, err := httpx.New(httpx.Options{Log: s.log, Private: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}})
	if err != nil {
		return nil, err
	}
	return func(a llm.Account) llm.Completer {
		if s.cfg.Simulators != "" && a.BaseURL == s.demoModelURL() {
			return openai.New(beside, a)
		}
		return openai.New(client, a)
	}, nil
}

func (s *server) demoModelURL() string {
	return strings.TrimRight(s.cfg.Simulators, "/") + demoModelPath + "/v1"
}

// seedModel leads the demo company's models to the simulated provider, unless somebody has
// set a key of their own. The provider's address may change from one start to the next.
func (s *server) seedModel(ctx context.Context, c id.Company) error {
	return s.db.ForCompany(ctx, c, func(tx db.CompanyTx) error {
		have, err := outside.ModelKeyOf(ctx, tx, outside.OpenAI)
		if err != nil && !errs.Is(err, "not_found") {
			return err
		}
		url, key, name := s.demoModelURL(), demoModelKey, simulated.Models[0]
		if err == nil && (have.BaseURL == url || !strings.HasSuffix(have.BaseURL, demoPlatforms+demoModelPath+"/v1")) {
			return nil
		}
		_, err = outside.SetModelKey(ctx, tx, company.System, s.keys, outside.OpenAI, outside.ModelKeyChange{BaseURL: &url, Model: &name, Key: &key})
		return err
	})
}
