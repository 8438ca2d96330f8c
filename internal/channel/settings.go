package channel

import (
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"recado/channels"
	"recado/internal/errs"
	"recado/internal/id"
)

// stored is how a channel's settings lie in the database.
type stored struct {
	settings json.RawMessage
	sealed   []byte
	secrets  []string // names of the secret fields that have a value
	ref      string   // "" when no field is the platform's reference
}

// prepare checks what an owner typed. values hold the description's fields, secret ones
// among them: those not named keep what they had. settings is for channels that configure
// themselves. Problems' Fields are relative to the body.
func prepare(a channels.Adapter, o Opener, c id.Channel, old *Channel, values map[string]string, settings json.RawMessage) (stored, error) {
	d, ok := a.(channels.Describer)
	if !ok || len(d.Describe().Fields) == 0 {
		if len(values) > 0 {
			return stored{}, errs.New(errs.Invalid, "settings.unknown_field", "field", slices.Sorted(maps.Keys(values))[0]).At("values")
		}
		out := stored{settings: settings}
		var err error
		if old == nil || settings != nil {
			out.settings, err = configure(a, settings)
		}
		return out, err
	}
	fields := d.Describe().Fields
	all, secrets, err := merged(o, c, old, fields, values)
	if err != nil {
		return stored{}, err
	}
	if err := d.Describe().Check(all, nil); err != nil {
		return stored{}, errs.Under("values", err)
	}
	out := stored{}
	plain := map[string]string{}
	for _, f := range fields {
		v := all[f.Key]
		if v == "" && f.Generate {
			v = strings.ToLower(rand.Text())
		}
		switch {
		case v == "":
			continue
		case f.Secret():
			secrets[f.Key] = v
			out.secrets = append(out.secrets, f.Key)
		default:
			plain[f.Key] = v
		}
		if f.Ref {
			out.ref = v
		}
	}
	out.settings, _ = json.Marshal(plain) // strings always marshal
	out.sealed = o.seal(c, secrets)
	return out, nil
}

// merged lays new values over those stored. An empty new value takes the old one away,
// unless it is a secret's, which the panel never shows and so cannot send back.
func merged(o Opener, c id.Channel, old *Channel, fields []channels.Field, values map[string]string) (all, secrets map[string]string, err error) {
	all, secrets = map[string]string{}, map[string]string{}
	if old != nil {
		was := channels.Channel{ID: c}
		if err := o.Open(&was, old.sealed); err != nil {
			return nil, nil, err
		}
		maps.Copy(all, old.values())
		maps.Copy(all, was.Secrets)
	}
	for k, v := range values {
		secret := slices.ContainsFunc(fields, func(f channels.Field) bool { return f.Key == k && f.Secret() })
		if v = strings.TrimSpace(v); v != "" || !secret {
			all[k] = v
		}
	}
	return all, secrets, nil
}

// values are the plain fields of a channel's settings.
func (v Channel) values() map[string]string {
	m := map[string]string{}
	_ = json.Unmarshal(v.Settings, &m) // a channel that configures itself has other settings
	return m
}
