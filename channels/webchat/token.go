package webchat

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"recado/channels"
	"recado/internal/errs"
	"recado/internal/id"
)

// Visitor is who holds a widget's token.
type Visitor struct {
	Channel  id.Channel
	Identity string // "visitor:<uuid>", or "user:<sub>" when the site vouches
	Verified bool
	Expires  time.Time
}

const (
	anonymousFor = 365 * 24 * time.Hour
	verifiedFor  = 24 * time.Hour // at most; never past the identity's own end
	maxIdentity  = 200
	leeway       = time.Minute // between the site's clock and ours
)

// Tokens issues and reads visitors' tokens. A token is
//
//	base64url( channel id 16 | expiry, unix seconds 8 | identity ) "." base64url( HMAC-SHA256 )
//
// It is all there is to know about an anonymous visitor, so checking one needs no database.
type Tokens struct{ Key []byte }

var b64 = base64.RawURLEncoding

// Issue makes a token for a visitor.
func (t Tokens) Issue(v Visitor) string {
	body := binary.BigEndian.AppendUint64(append([]byte(nil), v.Channel[:]...), uint64(v.Expires.Unix()))
	body = append(body, v.Identity...)
	return b64.EncodeToString(body) + "." + b64.EncodeToString(t.mac(body))
}

var errToken = errs.New(errs.Unauthenticated, "webchat.token")

// Read checks a token. Whatever is wrong with it, the answer is the same.
func (t Tokens) Read(token string, now time.Time) (Visitor, error) {
	body64, mac64, _ := strings.Cut(token, ".")
	body, err1 := b64.DecodeString(body64)
	mac, err2 := b64.DecodeString(mac64)
	if err1 != nil || err2 != nil || len(body) < 25 || !hmac.Equal(mac, t.mac(body)) {
		return Visitor{}, errToken
	}
	v := Visitor{Channel: id.Channel(body[:16]), Identity: string(body[24:]),
		Expires: time.Unix(int64(binary.BigEndian.Uint64(body[16:24])), 0)}
	v.Verified = strings.HasPrefix(v.Identity, "user:")
	if now.After(v.Expires) {
		return Visitor{}, errToken
	}
	return v, nil
}

func (t Tokens) mac(body []byte) []byte {
	m := hmac.New(sha256.New, t.Key)
	m.Write(body)
	return m.Sum(nil)
}

// Anonymous is a new visitor of a channel.
func Anonymous(c id.Channel, now time.Time) Visitor {
	return Visitor{Channel: c, Identity: "visitor:" + id.New[id.Contact]().String(), Expires: now.Add(anonymousFor)}
}

// claims is what a site says about its user (RFC 7519, HS256 with the site's secret).
type claims struct {
	jwt.RegisteredClaims
	Name  string `json:"name"`
	Email string `json:"email"`
	Phone string `json:"phone"`
}

var (
	errIdentity        = errs.New(errs.Unauthenticated, "webchat.identity").At("body.identity")
	errIdentityExpired = errs.New(errs.Unauthenticated, "webchat.identity_expired").At("body.identity")
)

// Vouched reads the token with which a site says who its user is. It must be signed with
// the site's secret, name a sub and end within a day or so.
func Vouched(c id.Channel, secret []byte, token string, now time.Time) (Visitor, channels.Sender, error) {
	var cl claims
	_, err := jwt.ParseWithClaims(token, &cl, func(*jwt.Token) (any, error) { return secret, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(func() time.Time { return now }))
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return Visitor{}, channels.Sender{}, errIdentityExpired
	case err != nil || len(secret) == 0 || cl.Subject == "" || len(cl.Subject) > maxIdentity || strings.ContainsRune(cl.Subject, 0):
		return Visitor{}, channels.Sender{}, errIdentity
	}
	v := Visitor{Channel: c, Identity: "user:" + cl.Subject, Verified: true, Expires: cl.ExpiresAt.Time}
	if most := now.Add(verifiedFor); v.Expires.After(most) {
		v.Expires = most
	}
	s := channels.Sender{Identity: v.Identity, Verified: true, Name: CleanName(cl.Name), Email: CleanEmail(cl.Email), Phone: CleanPhone(cl.Phone)}
	return v, s, nil
}

// CleanName is a name as it may be stored: one line, at most 120 characters.
func CleanName(s string) string {
	r := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")), " "))
	if len(r) > 120 {
		r = r[:120]
	}
	return string(r)
}

// CleanEmail is an address in lower case, or "" when it is none.
func CleanEmail(s string) string {
	a, err := mail.ParseAddress(strings.TrimSpace(s))
	if err != nil || len(a.Address) > 254 || strings.ContainsRune(a.Address, 0) {
		return ""
	}
	return strings.ToLower(a.Address)
}

var phone = regexp.MustCompile(`^\+[0-9]{6,15}$`)

// CleanPhone is an E.164 number, or "" when it is none.
func CleanPhone(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -().\u00a0", r) {
			return -1
		}
		return r
	}, s)
	if strings.HasPrefix(s, "00") {
		s = "+" + s[2:]
	}
	if !phone.MatchString(s) {
		return ""
	}
	return s
}
