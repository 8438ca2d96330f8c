package commerce

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/id"
)

// Codes are how somebody who is not known by the phone of an order proves that it is theirs:
// six digits, sent to that phone. A number that is no order is treated the same in all that
// can be seen, so that numbers cannot be tried out.
type Codes struct {
	Key []byte // of its own purpose; codes are kept only as its HMAC
}

// Bounds of codes. Five tries at each of five codes an hour meet one code of a million after
// four and a half years on average, and the owner of the phone sees every code.
const (
	codeFor     = 10 * time.Minute
	codeTries   = 5
	codeAgain   = time.Minute // within it a repeat of the request sends nothing new
	codesHourly = 5           // for a person, and for a number
)

// Asked is what became of the request for a code.
type Asked struct {
	Order   *Order // to whose phone Code must be sent; nil: to nobody
	Code    string // "" when the last one still counts
	SentTo  string // the phone, masked; made up when there is none
	Limited bool   // too many codes were asked for; nothing was sent
}

// Ask makes a code for a person and an order's number. What it returns with Order nil must
// be told to the person as if it were there.
func (c Codes) Ask(ctx context.Context, tx db.CompanyTx, contact id.Contact, written string) (Asked, error) {
	n := folded(written)
	// Requests of one person, and for one order, are counted one after the other.
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('order_code ' || $1, 0))`, contact.String())
	if err == nil {
		_, err = tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('order_code ' || $1, 1))`, tx.Company().String()+n)
	}
	if err != nil {
		return Asked{}, err
	}
	order, found, err := OrderByNumber(ctx, tx, n)
	if err != nil {
		return Asked{}, err
	}
	found = found && order.Phone != ""
	out := Asked{SentTo: c.masked(tx.Company(), n)}
	if found {
		out.SentTo = Masked(order.Phone)
	}
	var mine, its int
	var fresh bool
	err = tx.QueryRow(ctx, `select count(*) filter (where contact_id = $1), count(*) filter (where number = $2),
			coalesce(bool_or(contact_id = $1 and number = $2 and not used and tries < $3 and created_at > now() - $4::interval), false)
		from order_code where company_id = $5 and (contact_id = $1 or number = $2) and created_at > now() - interval '1 hour'`,
		contact, n, codeTries, codeAgain, tx.Company()).Scan(&mine, &its, &fresh)
	if err != nil || fresh {
		return out, err
	}
	if mine >= codesHourly || its >= codesHourly {
		return Asked{Limited: true}, nil
	}
	code, err := sixDigits()
	if err != nil {
		return out, err
	}
	if _, err := tx.Exec(ctx, `update order_code set used = true where contact_id = $1 and number = $2`, contact, n); err != nil {
		return out, err
	}
	_, err = tx.Exec(ctx, `insert into order_code (company_id, contact_id, number, hash, expires_at) values ($1, $2, $3, $4, now() + $5::interval)`,
		tx.Company(), contact, n, c.hash(tx.Company(), contact, n, code), codeFor)
	if found && err == nil {
		out.Order, out.Code = &order, code
	}
	return out, err
}

// Proof is what a code proved.
type Proof struct {
	Order  *Order // nil: nothing
	Wrong  bool   // not the code, or too old
	Locked bool   // too many tries: a new code is needed
}

// Prove checks a code. It counts the try, so the transaction must be committed whatever the
// outcome. A code that has proved an order does so again for a minute, to the same person:
// a turn that was cut off is done twice.
func (c Codes) Prove(ctx context.Context, tx db.CompanyTx, contact id.Contact, written, code string) (Proof, error) {
	n := folded(written)
	var key [16]byte
	var hash []byte
	var tries int
	var late bool
	err := tx.QueryRow(ctx, `select id, hash, tries, expires_at <= now() from order_code
		where contact_id = $1 and number = $2 and (not used or proved_at > now() - interval '1 minute')
		order by created_at desc limit 1 for update`, contact, n).Scan(&key, &hash, &tries, &late)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Proof{Wrong: true}, nil
	case err != nil:
		return Proof{}, err
	case tries >= codeTries:
		return Proof{Locked: true}, nil
	}
	order, found, err := OrderByNumber(ctx, tx, n)
	if err != nil {
		return Proof{}, err
	}
	right := hmac.Equal(hash, c.hash(tx.Company(), contact, n, digits(code)))
	if right && found && !late {
		_, err = tx.Exec(ctx, `update order_code set used = true, proved_at = coalesce(proved_at, now()) where id = $1`, key)
		return Proof{Order: &order}, err
	}
	_, err = tx.Exec(ctx, `update order_code set tries = tries + 1 where id = $1`, key)
	return Proof{Wrong: true, Locked: tries+1 >= codeTries}, err
}

// folded is the number under which codes are kept: the order's, or what was written where it
// can be none.
func folded(written string) string {
	n, _ := Number(written)
	if r := []rune(strings.ToValidUTF8(strings.ReplaceAll(n, "\x00", ""), "")); len(r) > 60 {
		return string(r[:60])
	} else {
		return string(r)
	}
}

func (c Codes) hash(company id.Company, contact id.Contact, number, code string) []byte {
	m := hmac.New(sha256.New, c.Key)
	m.Write(company[:])
	m.Write(contact[:])
	fmt.Fprintf(m, "%d %s %s", len(number), number, code)
	return m.Sum(nil)
}

// masked is where a code for no order goes: always to the same two digits.
func (c Codes) masked(company id.Company, number string) string {
	return fmt.Sprintf("••• %02d", binary.BigEndian.Uint32(c.hash(company, id.Contact{}, number, "masked"))%100)
}

// Masked shows of a phone what its owner knows it by.
func Masked(phone string) string { return "••• " + phone[max(0, len(phone)-2):] }

func sixDigits() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%06d", n.Int64()), nil
}

// digits are those of what somebody wrote: "es el 123 456".
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// CodeMessage is what the owner of an order's phone reads.
func CodeMessage(language, shop, number, code string) string {
	if strings.HasPrefix(language, "en") {
		return fmt.Sprintf("%s: your code to see order %s is %s. It is good for 10 minutes. Write it in our chat and give it to nobody.", shop, number, code)
	}
	return fmt.Sprintf("%s: tu código para ver el pedido %s es %s. Vale 10 minutos. Escríbelo en nuestro chat y no se lo des a nadie.", shop, number, code)
}
