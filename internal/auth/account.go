package auth

import (
	"cmp"
	"context"
	"errors"
	"net/mail"
	"strings"

	"github.com/jackc/pgx/v5"

	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// errWrong is the one answer to an unknown e-mail and to a wrong password.
var errWrong = errs.New(errs.Unauthenticated, "auth.wrong")

var errEmailTaken = errs.New(errs.Conflict, "auth.email_taken").At("email")

// Signup is what it takes to found a company.
type Signup struct {
	Company, Name, Email, Password string
	Language, TimeZone             string // empty for the defaults, "es" and "UTC"
}

// SignUp makes the company and its owner, all or nothing, and signs the owner in.
func (s *Service) SignUp(ctx context.Context, in Signup, c Client) (Signed, error) {
	if err := s.take(ctx, []allowance{{"signup@" + network(c.IP), s.limits.Signups}}); err != nil {
		return Signed{}, err
	}
	// Found checks it too, but would point at its own field.
	if _, err := company.CleanName("company", in.Company); err != nil {
		return Signed{}, err
	}
	who, err := s.newUser(ctx, User{Name: in.Name, Email: in.Email, Language: in.Language, Password: in.Password}, in.Company)
	if err != nil {
		return Signed{}, err
	}
	var out Signed
	err = s.db.System(ctx, db.Door, func(tx db.SystemTx) error {
		founded, err := company.Found(ctx, tx, company.New{Name: in.Company, Language: in.Language, TimeZone: in.TimeZone})
		if err != nil {
			return err
		}
		if err := who.insert(ctx, tx); err != nil {
			return err
		}
		p := Principal{User: who.id, Name: who.name, Email: who.email, Company: founded, Role: Owner}
		if err := join(ctx, tx, p.Company, p.User, p.Role); err != nil {
			return err
		}
		if out, err = open(ctx, tx, p, c); err != nil {
			return err
		}
		return company.RecordAt(ctx, tx, founded, out.Actor(c.IP), "company.signup", company.Object{Kind: "company", ID: founded.String(), Name: in.Company}, nil)
	})
	return out, err
}

// Login is an attempt to sign in. Company chooses among several; zero takes the oldest membership.
type Login struct {
	Email, Password string
	Company         id.Company
}

// LogIn checks a password and opens a session. Whatever is wrong, the answer is auth.wrong
// and takes as long; too many wrong answers are auth.locked, and so is the right one then.
func (s *Service) LogIn(ctx context.Context, in Login, c Client) (Signed, error) {
	email, err := cleanEmail(in.Email)
	if err != nil {
		email = clip(strings.ToLower(in.Email), 254) // nobody's, but counted and answered like any other
	}
	if err := s.take(ctx, s.loginAllowances(email, c)); err != nil {
		return Signed{}, err
	}
	p, hash, err := s.find(ctx, email, in.Company)
	if err != nil {
		return Signed{}, err
	}
	ok, err := s.hasher.matches(ctx, in.Password, cmp.Or(hash, nobody))
	if err != nil {
		return Signed{}, err
	}
	if !ok || p.User.IsZero() {
		return Signed{}, errWrong
	}
	var out Signed
	err = s.db.System(ctx, db.Door, func(tx db.SystemTx) (err error) {
		if err := giveBack(ctx, tx, email, c); err != nil {
			return err
		}
		if out, err = open(ctx, tx, p, c); err != nil {
			return err
		}
		return company.RecordAt(ctx, tx, p.Company, out.Actor(c.IP), "session.login", company.Object{Kind: "session", ID: out.Session.String()}, nil)
	})
	return out, err
}

// find returns the member and the password's hash; both are zero for an unknown e-mail, a
// user without a company, and a company that is not theirs.
func (s *Service) find(ctx context.Context, email string, want id.Company) (p Principal, hash string, err error) {
	err = s.db.Direct(db.Door).QueryRow(ctx,
		`select u.id, u.name, u.email, u.password_hash, m.company_id, m.role
		 from app_user u join member m on m.user_id = u.id
		 where u.email = $1 and ($2::uuid is null or m.company_id = $2)
		 order by m.created_at, m.company_id limit 1`, email, want).
		Scan(&p.User, &p.Name, &p.Email, &hash, &p.Company, &p.Role)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return p, hash, err
}

// User is a person to be made. Language is "es" when empty.
type User struct{ Name, Email, Language, Password string }

// AddMember gives a person a role in a company. A person who already has an account, in
// another company, keeps their password: Password must then be empty.
func (s *Service) AddMember(ctx context.Context, to id.Company, u User, role Role) (id.User, error) {
	if !role.Valid() {
		return id.User{}, errs.New(errs.Invalid, "auth.unknown_role", "role", string(role)).At("role")
	}
	email, err := cleanEmail(u.Email)
	if err != nil {
		return id.User{}, err
	}
	var who account
	if u.Password != "" {
		if who, err = s.newUser(ctx, u); err != nil {
			return id.User{}, err
		}
	}
	err = s.db.System(ctx, db.Door, func(tx db.SystemTx) error {
		if u.Password == "" {
			err := tx.QueryRow(ctx, `select id, name from app_user where email = $1`, email).Scan(&who.id, &who.name)
			if errors.Is(err, pgx.ErrNoRows) {
				return errs.Missing("user")
			}
			if err != nil {
				return err
			}
		} else if err := who.insert(ctx, tx); err != nil {
			return err
		}
		if err := join(ctx, tx, to, who.id, role); err != nil {
			return err
		}
		changes := company.Changes{"role": {To: role}}
		return company.RecordAt(ctx, tx, to, company.System, "member.add", company.Object{Kind: "user", ID: who.id.String(), Name: who.name}, changes)
	})
	return who.id, err
}

// SetPassword replaces a person's password without asking for the old one, and ends all
// their sessions. It is for the command line.
func (s *Service) SetPassword(ctx context.Context, email, password string) error {
	email, err := cleanEmail(email)
	if err != nil {
		return err
	}
	if err := checkPassword(password, email, localPart(email)); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.System(ctx, db.Door, func(tx db.SystemTx) error {
		var who id.User
		err := tx.QueryRow(ctx, `update app_user set password_hash = $2 where email = $1 returning id`, email, hash).Scan(&who)
		if errors.Is(err, pgx.ErrNoRows) {
			return errs.Missing("user")
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `delete from session where user_id = $1`, who)
		return err
	})
}

// ChangePassword replaces p's own password and ends their other sessions. A wrong current
// password counts as a failed sign-in.
func (s *Service) ChangePassword(ctx context.Context, p Principal, current, next string, c Client) error {
	if err := checkPassword(next, p.Email, localPart(p.Email)); err != nil {
		return err
	}
	if err := s.take(ctx, s.loginAllowances(p.Email, c)); err != nil {
		return err
	}
	_, hash, err := s.find(ctx, p.Email, p.Company)
	if err != nil {
		return err
	}
	if ok, err := s.hasher.matches(ctx, current, cmp.Or(hash, nobody)); err != nil || !ok {
		return cmp.Or(err, error(errs.New(errs.Invalid, "auth.wrong_current").At("current")))
	}
	fresh, err := s.hasher.hash(ctx, next)
	if err != nil {
		return err
	}
	return s.db.System(ctx, db.Door, func(tx db.SystemTx) error {
		if err := giveBack(ctx, tx, p.Email, c); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update app_user set password_hash = $2 where id = $1`, p.User, fresh); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from session where user_id = $1 and id <> $2`, p.User, p.Session); err != nil {
			return err
		}
		return company.RecordAt(ctx, tx, p.Company, p.Actor(c.IP), "user.password", company.Object{Kind: "user", ID: p.User.String(), Name: p.Name}, nil)
	})
}

// Actor is p as the audit record names them.
func (p Principal) Actor(ip string) company.Actor {
	return company.Actor{ID: p.User, Name: p.Name, IP: ip}
}

// account is a checked User with the password already hashed: hashing takes long, and is
// done before a transaction begins.
type account struct {
	id                          id.User
	name, email, hash, language string
}

func (s *Service) newUser(ctx context.Context, u User, guessable ...string) (a account, err error) {
	a.id, a.language = id.New[id.User](), cmp.Or(u.Language, "es")
	if a.name, err = company.CleanName("name", u.Name); err != nil {
		return a, err
	}
	if a.email, err = cleanEmail(u.Email); err != nil {
		return a, err
	}
	if err = company.CheckLanguage(a.language); err != nil {
		return a, err
	}
	if err = checkPassword(u.Password, append(guessable, a.email, localPart(a.email))...); err != nil {
		return a, err
	}
	a.hash, err = s.hasher.hash(ctx, u.Password)
	return a, err
}

func (a account) insert(ctx context.Context, tx db.SystemTx) error {
	_, err := tx.Exec(ctx, `insert into app_user (id, email, name, password_hash, language) values ($1, $2, $3, $4, $5)`,
		a.id, a.email, a.name, a.hash, a.language)
	if db.Violates(err, "app_user_email") {
		return errEmailTaken
	}
	return err
}

func join(ctx context.Context, tx db.SystemTx, c id.Company, u id.User, r Role) error {
	_, err := tx.Exec(ctx, `insert into member (company_id, user_id, role) values ($1, $2, $3)`, c, u, r)
	switch {
	case db.Violates(err, "member_pkey"):
		return errs.New(errs.Conflict, "auth.already_member")
	case db.Violates(err, "member_company_id_fkey"):
		return errs.Missing("company")
	}
	return err
}

// cleanEmail returns the bare, lower-case address; RFC 5321 allows 254 characters.
func cleanEmail(s string) (string, error) {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return "", errs.New(errs.Invalid, "auth.email").At("email")
	}
	return strings.ToLower(s), nil
}

func localPart(email string) string {
	local, _, _ := strings.Cut(email, "@")
	return local
}
