package company

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

// Team is a group of members to whom conversations can be handed.
type Team struct {
	ID      id.Team   `json:"id" format:"uuid"`
	Name    string    `json:"name"`
	Members []id.User `json:"member_ids"`
}

const (
	maxTeams    = 100
	maxTeamName = 80 // characters
)

const teamSQL = `select t.id, t.name, coalesce((select array_agg(m.user_id order by m.user_id) from team_member m where m.team_id = t.id), '{}') from team t `

// Teams lists all teams by name.
func Teams(ctx context.Context, tx db.CompanyTx) ([]Team, error) {
	rows, err := tx.Query(ctx, teamSQL+`order by lower(t.name), t.id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Team])
}

func oneTeam(ctx context.Context, tx db.CompanyTx, which id.Team) (Team, error) {
	rows, err := tx.Query(ctx, teamSQL+`where t.id = $1`, which)
	if err != nil {
		return Team{}, err
	}
	t, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Team])
	if errors.Is(err, pgx.ErrNoRows) {
		err = errs.Missing("team")
	}
	return t, err
}

// TeamChange names what to change; nil leaves it as it is.
type TeamChange struct {
	Name    *string    `json:"name,omitempty" minLength:"1" maxLength:"80"`
	Members *[]id.User `json:"member_ids,omitempty" maxItems:"500"`
}

// CreateTeam adds a team. Problems: company.name, team.member; Conflict team.taken,
// team.too_many.
func CreateTeam(ctx context.Context, tx db.CompanyTx, by Actor, ch TeamChange) (Team, error) {
	var n int
	if err := tx.QueryRow(ctx, `select count(*) from team`).Scan(&n); err != nil {
		return Team{}, err
	}
	if n >= maxTeams {
		return Team{}, errs.New(errs.Conflict, "team.too_many", "max", maxTeams)
	}
	t := Team{ID: id.New[id.Team]()}
	if ch.Name == nil {
		ch.Name = &t.Name
	}
	name, err := teamName(*ch.Name)
	if err != nil {
		return t, err
	}
	if _, err := tx.Exec(ctx, `insert into team (id, company_id, name) values ($1, $2, $3)`, t.ID, tx.Company(), name); err != nil {
		return t, teamTaken(err, name)
	}
	if t, err = changeTeam(ctx, tx, t.ID, TeamChange{Members: ch.Members}); err != nil {
		return t, err
	}
	return t, Record(ctx, tx, by, "team.create", t.object(), nil)
}

// UpdateTeam changes a team and returns it as it is now. Problems as of CreateTeam.
func UpdateTeam(ctx context.Context, tx db.CompanyTx, by Actor, which id.Team, ch TeamChange) (Team, error) {
	if _, err := tx.Exec(ctx, `select 1 from team where id = $1 for update`, which); err != nil {
		return Team{}, err
	}
	before, err := oneTeam(ctx, tx, which)
	if err != nil {
		return before, err
	}
	after, err := changeTeam(ctx, tx, which, ch)
	if err != nil {
		return before, err
	}
	return after, Record(ctx, tx, by, "team.update", after.object(), Diff(before, after))
}

func changeTeam(ctx context.Context, tx db.CompanyTx, which id.Team, ch TeamChange) (Team, error) {
	if ch.Name != nil {
		name, err := teamName(*ch.Name)
		if err != nil {
			return Team{}, err
		}
		if _, err := tx.Exec(ctx, `update team set name = $2 where id = $1`, which, name); err != nil {
			return Team{}, teamTaken(err, name)
		}
	}
	if ch.Members != nil {
		users := db.UUIDs(*ch.Members)
		if _, err := tx.Exec(ctx, `delete from team_member where team_id = $1 and user_id <> all($2)`, which, users); err != nil {
			return Team{}, err
		}
		_, err := tx.Exec(ctx, `insert into team_member (team_id, company_id, user_id) select $1, $2, u from unnest($3::uuid[]) as u on conflict do nothing`, which, tx.Company(), users)
		if db.Violates(err, "team_member_company_id_user_id_fkey") {
			return Team{}, errs.New(errs.Invalid, "team.member").At("member_ids")
		}
		if err != nil {
			return Team{}, err
		}
	}
	return oneTeam(ctx, tx, which)
}

// DeleteTeam removes a team; conversations that were its are nobody's.
func DeleteTeam(ctx context.Context, tx db.CompanyTx, by Actor, which id.Team) error {
	t, err := oneTeam(ctx, tx, which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from team where id = $1`, which); err != nil {
		return err
	}
	return Record(ctx, tx, by, "team.delete", t.object(), nil)
}

func (t Team) object() Object { return Object{"team", t.ID.String(), t.Name} }

func teamName(s string) (string, error) {
	name, err := CleanName("name", s)
	if err != nil || len([]rune(name)) > maxTeamName {
		return "", errs.New(errs.Invalid, "company.name", "max", maxTeamName).At("name")
	}
	return name, nil
}

func teamTaken(err error, name string) error {
	if db.Violates(err, "team_name") {
		return errs.New(errs.Conflict, "team.taken", "name", name).At("name")
	}
	return err
}
