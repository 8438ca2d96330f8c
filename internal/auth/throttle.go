package auth

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"recado/internal/db"
	"recado/internal/errs"
)

// Limits bound guessing. An attempt counts when it begins, so that a thousand at once are
// counted as well as a thousand in a row; one that succeeds is given back.
type Limits struct {
	PerEmail   int           // wrong passwords for one e-mail before it is locked; default 10
	PerAddress int           // wrong passwords from one address, whoever they are for; default 50: an office shares one
	Signups    int           // companies founded from one address; default 60
	Lock       time.Duration // how long a lock holds; default 15 minutes
}

// window is how long attempts are remembered that did not lead to a lock.
const window = 15 * time.Minute

func (l Limits) orDefault() Limits {
	if l.PerEmail <= 0 {
		l.PerEmail = 10
	}
	if l.PerAddress <= 0 {
		l.PerAddress = 50
	}
	if l.Signups <= 0 {
		l.Signups = 60
	}
	if l.Lock <= 0 {
		l.Lock = 15 * time.Minute
	}
	return l
}

// allowance is one counter and how high it may go.
type allowance struct {
	key   string
	limit int
}

func (s *Service) loginAllowances(email string, c Client) []allowance {
	return []allowance{{emailKey(email), s.limits.PerEmail}, {addressKey(c), s.limits.PerAddress}}
}

func emailKey(email string) string { return "login:" + email }
func addressKey(c Client) string   { return "login@" + network(c.IP) }

// network is what one guesser owns: an IPv4 address, or an IPv6 /64.
func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return clip(ip, 64)
	}
	a = a.Unmap()
	if a.Is4() {
		return a.String()
	}
	p, _ := a.WithZone("").Prefix(64)
	return p.String()
}

// take counts an attempt against every allowance, or refuses with auth.locked when one of
// them is used up. All of it is by the database's clock.
func (s *Service) take(ctx context.Context, as []allowance) error {
	// One order for all, so that two attempts cannot wait for each other.
	as = slices.SortedFunc(slices.Values(as), func(a, b allowance) int { return strings.Compare(a.key, b.key) })
	return s.db.System(ctx, db.Door, func(tx db.SystemTx) error {
		for _, a := range as {
			wait, err := s.takeOne(ctx, tx, a)
			if err != nil {
				return err
			}
			if wait > 0 {
				p := errs.New(errs.TooMany, "auth.locked", "minutes", int((wait+time.Minute-1)/time.Minute))
				p.RetryAfter = wait
				return p // rolls back what the earlier allowances counted
			}
		}
		return nil
	})
}

// takeOne returns how long to wait; zero means the attempt was counted. The attempt that
// reaches the limit still goes ahead and leaves the lock behind it.
func (s *Service) takeOne(ctx context.Context, tx db.SystemTx, a allowance) (wait time.Duration, err error) {
	err = tx.QueryRow(ctx,
		`insert into login_throttle as t (key, failures, window_start) values ($1, 1, now())
		 on conflict (key) do update set (failures, window_start, locked_until) = (
		   select case when over then 1 else t.failures + 1 end,
		          case when over then now() else t.window_start end,
		          case when over then null
		               when t.locked_until is null and t.failures + 1 >= $2 then now() + $3::interval
		               else t.locked_until end
		   from (select coalesce(t.locked_until <= now(), t.window_start <= now() - $4::interval) as over) as o)
		 returning case when failures > $2 then coalesce(locked_until - now(), '0') else '0' end`,
		a.key, a.limit, s.limits.Lock, window).Scan(&wait)
	return wait, err
}

// giveBack undoes a take after a success: the e-mail starts afresh, the address gets this
// one attempt back.
func giveBack(ctx context.Context, tx db.SystemTx, email string, c Client) error {
	if _, err := tx.Exec(ctx, `delete from login_throttle where key = $1`, emailKey(email)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx,
		`update login_throttle set failures = failures - 1, locked_until = null where key = $1 and failures > 0`, addressKey(c))
	return err
}
