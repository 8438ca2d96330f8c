package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"recado/internal/auth"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/id"
)

func (a *API) sessions() {
	add(a, operation{ID: "signUp", Method: "POST", Path: "/auth/signup", Tag: "Session", Needs: auth.Public, Status: 201, Refusals: []int{409},
		Summary:     "Found a company",
		Description: "Makes a company and its owner, and signs the owner in."}, a.signUp)
	add(a, operation{ID: "logIn", Method: "POST", Path: "/auth/login", Tag: "Session", Needs: auth.Public, Refusals: []int{401},
		Summary: "Sign in",
		Description: "A wrong password and an unknown e-mail are the same refusal, `auth.wrong`. After ten wrong ones the e-mail is " +
			"locked for a quarter of an hour, `auth.locked`, also for the right password."}, a.logIn)
	add(a, operation{ID: "logOut", Method: "POST", Path: "/auth/logout", Tag: "Session", Needs: auth.SignedIn, Status: 204,
		Summary: "Sign out", Description: "Ends the session that asks."}, a.logOut)
	add(a, operation{ID: "getMe", Method: "GET", Path: "/me", Tag: "Session", Needs: auth.SignedIn,
		Summary: "Who am I", Description: "The signed-in person, their company, and what they may do in it."}, a.getMe)
	add(a, operation{ID: "updateMe", Method: "PATCH", Path: "/me", Tag: "Session", Needs: auth.SignedIn,
		Summary: "Change my profile"}, a.updateMe)
	add(a, operation{ID: "changePassword", Method: "POST", Path: "/me/password", Tag: "Session", Needs: auth.SignedIn, Status: 204,
		Summary: "Change my password", Description: "Ends all other sessions of this person. A wrong current password counts as a wrong sign-in."}, a.changePassword)
	add(a, operation{ID: "listSessions", Method: "GET", Path: "/me/sessions", Tag: "Session", Needs: auth.SignedIn,
		Summary: "List my sessions", Description: "Where this person is signed in to this company, last used first."}, a.listSessions)
	add(a, operation{ID: "endSession", Method: "DELETE", Path: "/me/sessions/{id}", Tag: "Session", Needs: auth.SignedIn, Status: 204,
		Summary: "End one of my sessions", Description: "It stops working within five seconds, everywhere."}, a.endSession)
}

// Me is the signed-in person.
type Me struct {
	User        auth.Profile      `json:"user"`
	Company     MyCompany         `json:"company"`
	Role        auth.Role         `json:"role" enum:"owner,admin,agent,marketing,read_only"`
	Permissions Permissions       `json:"permissions"`
	Companies   []auth.Membership `json:"companies" doc:"All companies of this person"`
	Token       string            `json:"token,omitempty" doc:"Only in the answer to a login with token: true"`
}

// MyCompany is the part of a company that everybody in it may know.
type MyCompany struct {
	ID       id.Company `json:"id" format:"uuid"`
	Name     string     `json:"name"`
	TimeZone string     `json:"time_zone"`
	Language string     `json:"language" enum:"es,en"`
	Currency string     `json:"currency"`
	Demo     bool       `json:"demo"`
}

// Permissions is how far a role may go, by module.
type Permissions map[auth.Module]Level

// Level is auth.Level by its name.
type Level string

// Schema names the levels once, so that generated clients have a type for them.
func (Level) Schema(r huma.Registry) *huma.Schema {
	r.Map()["Level"] = &huma.Schema{Type: huma.TypeString, Enum: []any{"none", "read", "write", "manage"}}
	return &huma.Schema{Ref: "#/components/schemas/Level"}
}

func (a *API) me(ctx context.Context, p auth.Principal) (me Me, err error) {
	err = a.DB.ForCompany(ctx, p.Company, func(tx db.CompanyTx) error {
		c, err := company.Get(ctx, tx)
		if err != nil {
			return err
		}
		me.Company = MyCompany{c.ID, c.Name, c.TimeZone, c.Language, c.Currency, c.Demo}
		me.User, err = auth.ProfileOf(ctx, tx, p)
		return err
	})
	if err != nil {
		return me, err
	}
	me.Role, me.Permissions = p.Role, Permissions{}
	for _, m := range auth.Modules {
		me.Permissions[m] = Level(p.Role.May(m).String())
	}
	me.Companies, err = a.Auth.Memberships(ctx, p)
	return me, err
}

// Client is what sign-in notes about the caller; huma fills it before the handler runs.
type Client struct {
	Agent  string `header:"User-Agent" hidden:"true"`
	secure bool
}

// Resolve notes whether the browser spoke https to us.
func (c *Client) Resolve(h huma.Context) []error {
	c.secure = h.TLS() != nil
	return nil
}

func (c *Client) of(ctx context.Context) auth.Client {
	return auth.Client{IP: scopeOf(ctx).ip, Agent: c.Agent}
}

// cookie holds a token for as long as the session may last; age -1 deletes it.
func (a *API) cookie(c Client, token string, age int) http.Cookie {
	return http.Cookie{Name: cookieName, Value: token, Path: "/", MaxAge: age,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: c.secure || a.secure}
}

type signedIn struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      Me
}

// signed answers with a fresh session.
func (a *API) signed(ctx context.Context, c Client, s auth.Signed, showToken bool) (*signedIn, error) {
	me, err := a.me(ctx, s.Principal)
	if err != nil {
		return nil, err
	}
	if showToken {
		me.Token = s.Token
	}
	return &signedIn{a.cookie(c, s.Token, int(s.Lifetime().Seconds())), me}, nil
}

type signUpInput struct {
	Client
	Body struct {
		Company  string `json:"company" minLength:"1" maxLength:"120"`
		Name     string `json:"name" minLength:"1" maxLength:"120" doc:"Of the person"`
		Email    string `json:"email" format:"email" maxLength:"254"`
		Password string `json:"password" minLength:"10" maxLength:"200"`
		Language string `json:"language,omitempty" enum:"es,en" default:"es"`
		TimeZone string `json:"time_zone,omitempty" maxLength:"64" default:"UTC" doc:"IANA name" example:"America/Bogota"`
	} `nameHint:"SignUp"`
}

func (a *API) signUp(ctx context.Context, in *signUpInput) (*signedIn, error) {
	b := in.Body
	s, err := a.Auth.SignUp(ctx, auth.Signup{Company: b.Company, Name: b.Name, Email: b.Email, Password: b.Password,
		Language: b.Language, TimeZone: b.TimeZone}, in.of(ctx))
	if err != nil {
		return nil, err
	}
	return a.signed(ctx, in.Client, s, false)
}

type logInInput struct {
	Client
	Body struct {
		Email    string     `json:"email" minLength:"1" maxLength:"254"`
		Password string     `json:"password" minLength:"1" maxLength:"200"`
		Token    bool       `json:"token,omitempty" doc:"Return the session's token, for a program that sends it as a bearer"`
		Company  id.Company `json:"company,omitzero" format:"uuid" doc:"Which of the person's companies; the oldest membership when absent"`
	} `nameHint:"LogIn"`
}

func (a *API) logIn(ctx context.Context, in *logInInput) (*signedIn, error) {
	b := in.Body
	s, err := a.Auth.LogIn(ctx, auth.Login{Email: b.Email, Password: b.Password, Company: b.Company}, in.of(ctx))
	if err != nil {
		return nil, err
	}
	return a.signed(ctx, in.Client, s, b.Token)
}

type signedOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (a *API) logOut(ctx context.Context, in *Client) (*signedOut, error) {
	return &signedOut{a.cookie(*in, "", -1)}, a.Auth.Logout(ctx, auth.From(ctx))
}

func (a *API) getMe(ctx context.Context, _ *struct{}) (*Out[Me], error) {
	return answer(a.me(ctx, auth.From(ctx)))
}

func (a *API) updateMe(ctx context.Context, in *struct{ Body auth.ProfileChange }) (*Out[Me], error) {
	p := auth.From(ctx)
	err := a.DB.ForCompany(ctx, p.Company, func(tx db.CompanyTx) error { return auth.ChangeProfile(ctx, tx, p, in.Body) })
	if err != nil {
		return nil, err
	}
	return answer(a.me(ctx, p))
}

type changePasswordInput struct {
	Client
	Body struct {
		Current  string `json:"current" minLength:"1" maxLength:"200"`
		Password string `json:"password" minLength:"10" maxLength:"200"`
	} `nameHint:"PasswordChange"`
}

func (a *API) changePassword(ctx context.Context, in *changePasswordInput) (*struct{}, error) {
	return nil, a.Auth.ChangePassword(ctx, auth.From(ctx), in.Body.Current, in.Body.Password, in.of(ctx))
}

func (a *API) listSessions(ctx context.Context, _ *struct{}) (*Out[List[auth.Session]], error) {
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]auth.Session, error) {
		return auth.Sessions(ctx, tx, auth.From(ctx))
	})))
}

func (a *API) endSession(ctx context.Context, in *struct {
	ID id.Session `path:"id" format:"uuid"`
}) (*struct{}, error) {
	p := auth.From(ctx)
	err := a.DB.ForCompany(ctx, p.Company, func(tx db.CompanyTx) error { return auth.EndSession(ctx, tx, p, actor(ctx), in.ID) })
	a.Auth.Forget(in.ID)
	return nil, err
}
