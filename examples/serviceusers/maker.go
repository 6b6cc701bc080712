package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/retailsync/retailsync/odoo"
)

// account is a user as it should be.
type account struct {
	workflow, login, email string
	groups                 []string
}

// name marks the users that this program makes: no other one is changed.
func (a account) name() string { return "retailsync service user: " + a.workflow }

// user is a user as it is.
type user struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Active bool   `json:"active"`
}

// maker makes accounts one by one. Each step may be repeated: the process may end after each call.
type maker struct {
	erp     *odoo.Client
	out     io.Writer
	secrets string
	apply   bool
	refused int
}

func (m *maker) ensure(ctx context.Context, a account) error {
	wanted, err := m.groups(ctx, a.groups)
	if err != nil {
		return err
	}
	found, err := read[user](ctx, m, "res.users", odoo.And(odoo.Eq("login", a.login), odoo.In("active", []bool{true, false})), "name", "active")
	if err != nil {
		return err
	}
	switch {
	case len(found) == 0:
		return m.make(ctx, a, wanted)
	case found[0].Name != a.name():
		m.refused++
		m.say("%s: there is a user %q of this login that this program has not made: left alone", a.login, found[0].Name)
		return nil
	case !found[0].Active:
		m.say("%s: is archived, which somebody has decided: left alone", a.login)
		return nil
	}
	return m.repair(ctx, a, found[0].ID, wanted)
}

// make makes a new user. The password is on the disk before Odoo knows it, so that no user is made whose password nobody has.
func (m *maker) make(ctx context.Context, a account, wanted map[string]int64) error {
	if !m.apply {
		m.say("%s: would be made with %s", a.login, strings.Join(a.groups, ", "))
		return nil
	}
	password, file, err := m.password(a.login)
	if err != nil {
		return err
	}
	ids := make([]int64, 0, len(wanted))
	for _, group := range a.groups {
		ids = append(ids, wanted[group])
	}
	if _, err := odoo.Invoke[[]int64](ctx, m.erp, odoo.Call{Model: "res.users", Method: "create", Args: odoo.Args{"vals_list": []any{map[string]any{
		"name": a.name(), "login": a.login, "email": a.email, "password": password, m.field(): []any{[]any{6, 0, ids}},
	}}}, Context: odoo.Context{"no_reset_password": true}}); err != nil {
		return err
	}
	m.say("%s: made with %s; its password is in %s", a.login, strings.Join(a.groups, ", "), file)
	return nil
}

// repair adds the groups that are missing and takes others away. Groups that the wanted ones bring along stay.
func (m *maker) repair(ctx context.Context, a account, id int64, wanted map[string]int64) error {
	rows, err := odoo.Invoke[[]map[string]any](ctx, m.erp, odoo.Call{Model: "res.users", Method: "read", IDs: []int64{id}, Args: odoo.Args{"fields": []string{m.field()}}})
	if err != nil || len(rows) != 1 {
		return errors.Join(err, fmt.Errorf("%d users were read", len(rows)))
	}
	have := ids(rows[0][m.field()])
	allowed, err := m.closure(ctx, wanted)
	if err != nil {
		return err
	}
	var commands []any
	var words []string
	for _, group := range a.groups {
		if !slices.Contains(have, wanted[group]) {
			commands, words = append(commands, []any{4, wanted[group]}), append(words, "+"+group)
		}
	}
	for _, group := range have {
		if !allowed[group] {
			commands, words = append(commands, []any{3, group}), append(words, fmt.Sprintf("-group %d (%s)", group, m.nameOf(ctx, group)))
		}
	}
	switch {
	case len(commands) == 0:
		m.say("%s: is right", a.login)
		return nil
	case !m.apply:
		m.say("%s: would be changed: %s", a.login, strings.Join(words, ", "))
		return nil
	}
	if _, err := odoo.Invoke[any](ctx, m.erp, odoo.Call{Model: "res.users", Method: "write", IDs: []int64{id}, Args: odoo.Args{"vals": map[string]any{m.field(): commands}}, Effect: odoo.EffectIdempotent}); err != nil {
		return err
	}
	m.say("%s: changed: %s", a.login, strings.Join(words, ", "))
	return nil
}

// field is where a user's groups are written.
func (m *maker) field() string {
	name, _ := m.erp.FieldName("res.users", "group_ids")
	return name
}

// groups finds groups by their External IDs. One that the database lacks, since its app is not installed, is an error.
func (m *maker) groups(ctx context.Context, names []string) (map[string]int64, error) {
	var either []odoo.Domain
	for _, name := range names {
		module, short, _ := strings.Cut(name, ".")
		either = append(either, odoo.And(odoo.Eq("module", module), odoo.Eq("name", short)))
	}
	rows, err := read[struct {
		Module string `json:"module"`
		Name   string `json:"name"`
		ID     int64  `json:"res_id"`
	}](ctx, m, "ir.model.data", odoo.And(odoo.Eq("model", "res.groups"), odoo.Or(either...)), "module", "name", "res_id")
	if err != nil {
		return nil, err
	}
	found := make(map[string]int64, len(names))
	for _, row := range rows {
		found[row.Module+"."+row.Name] = row.ID
	}
	for _, name := range names {
		if found[name] == 0 {
			app, _, _ := strings.Cut(name, ".")
			return nil, fmt.Errorf("the database has no group %s: install the app %s, or leave the workflow out", name, app)
		}
	}
	return found, nil
}

// closure are the groups with all that they bring along.
func (m *maker) closure(ctx context.Context, wanted map[string]int64) (map[int64]bool, error) {
	all := map[int64]bool{}
	next := make([]int64, 0, len(wanted))
	for _, id := range wanted {
		next = append(next, id)
	}
	for len(next) > 0 {
		for _, id := range next {
			all[id] = true
		}
		rows, err := odoo.Invoke[[]map[string]any](ctx, m.erp, odoo.Call{Model: "res.groups", Method: "read", IDs: next, Args: odoo.Args{"fields": []string{"implied_ids"}}})
		if err != nil {
			return nil, err
		}
		next = nil
		for _, row := range rows {
			for _, id := range ids(row["implied_ids"]) {
				if !all[id] && !slices.Contains(next, id) {
					next = append(next, id)
				}
			}
		}
	}
	return all, nil
}

func (m *maker) nameOf(ctx context.Context, group int64) string {
	rows, err := odoo.Invoke[[]struct {
		Name string `json:"name"`
	}](ctx, m.erp, odoo.Call{Model: "res.groups", Method: "read", IDs: []int64{group}, Args: odoo.Args{"fields": []string{"name"}}})
	if err != nil || len(rows) == 0 {
		return "?"
	}
	return rows[0].Name
}

// password returns the password of a new user: the one that an earlier run has written down, or a new one.
func (m *maker) password(login string) (password, file string, err error) {
	if strings.ContainsAny(login, `/\`) || login == "" {
		return "", "", errors.New("the login cannot be the name of a file")
	}
	if err := os.MkdirAll(m.secrets, 0o700); err != nil {
		return "", "", err
	}
	file = filepath.Join(m.secrets, login+".password")
	to, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		text, err := os.ReadFile(file)
		if password = strings.TrimSpace(string(text)); err == nil && len(password) < 20 {
			err = fmt.Errorf("%s holds no password of this program: remove it", file)
		}
		return password, file, err
	}
	if err != nil {
		return "", "", err
	}
	password = rand.Text()
	_, err = io.WriteString(to, password+"\n")
	return password, file, errors.Join(err, to.Sync(), to.Close())
}

func (m *maker) say(format string, args ...any) { fmt.Fprintf(m.out, format+"\n", args...) }

func read[T any](ctx context.Context, m *maker, model string, domain odoo.Domain, fields ...string) ([]T, error) {
	return odoo.Invoke[[]T](ctx, m.erp, odoo.Call{
		Model: model, Method: "search_read", Effect: odoo.EffectRead, Args: odoo.Args{"domain": domain, "fields": fields, "order": "id"},
	})
}

// ids are the ids of a field to many records.
func ids(value any) []int64 {
	list, _ := value.([]any)
	all := make([]int64, 0, len(list))
	for _, each := range list {
		if id, ok := each.(interface{ Int64() (int64, error) }); ok {
			if n, err := id.Int64(); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}
