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
		if old == nil {
			settings, err := configure(a, settings)
			return stored{settings: settings}, err
		}
		if settings == nil {
			return stored{settings: old.Settings}, nil
		}
		settings, err := configure(a, overlaid(old.Settings, settings))
		return stored{settings: settings}, err
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

// overlaid lays new settings over those stored: each one named replaces the old one whole,
// and null takes it away, so that the default holds again. What is no object is left for the
// adapter to refuse.
func overlaid(old, changes json.RawMessage) json.RawMessage {
	var all, named map[string]json.RawMessage
	if json.Unmarshal(old, &all) != nil || json.Unmarshal(changes, &named) != nil || named == nil {
		return changes
	}
	maps.Copy(all, named)
	maps.DeleteFunc(all, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	out, _ := json.Marshal(all) // raw values that were read just now
	return out
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
