package odootest

import (
	"slices"
	"strings"
)

// user is a login with its groups.
type user struct {
	id            int64
	login, secret string
	key           string // of JSON-2; also accepted as a password
	groups        map[string]bool
	all           bool // an administrator of everything
}

const (
	adminLogin  = "admin"
	adminSecret = "admin"
	adminKey    = "odootest-api-key"
)

// Login is the administrator's login.
func (s *Server) Login() string { return adminLogin }

// Password is the administrator's password.
func (s *Server) Password() string { return adminSecret }

// APIKey is the administrator's API key.
func (s *Server) APIKey() string { return adminKey }

// AddUser adds a user who may do what the groups allow, by their External IDs such as
// sales_team.group_sale_salesman_all_leads; the groups that they imply come with them. The secret is
// both password and API key. It returns the user's id.
func (s *Server) AddUser(login, secret string, groups ...string) int64 {
	set := map[string]bool{}
	for _, g := range groups {
		addGroup(set, g)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addUser(&user{login: login, secret: secret, key: secret, groups: set})
}

func (s *Server) addUser(u *user) int64 {
	name := u.login
	if u.all {
		name = "Administrator"
	}
	partner := s.insert("res.partner", map[string]any{"name": name})
	u.id = s.insert("res.users", map[string]any{"name": name, "login": u.login, "partner_id": partner, "company_id": 1})
	s.users[u.id] = u
	if len(s.store.tables["res.partner"].ids) == s.own+1 {
		s.own++ // a user's partner that precedes all others stays
	}
	return u.id
}

// implied are the groups that a group brings along.
func implied(group string) []string {
	switch group {
	case "sales_team.group_sale_manager":
		return []string{"sales_team.group_sale_salesman_all_leads"}
	case "sales_team.group_sale_salesman_all_leads":
		return []string{"sales_team.group_sale_salesman"}
	case "base.group_system":
		return []string{"base.group_erp_manager"}
	case "stock.group_stock_manager":
		return []string{"stock.group_stock_user"}
	case "account.group_account_manager":
		return []string{"account.group_account_invoice"}
	case "sales_team.group_sale_salesman", "base.group_erp_manager", "stock.group_stock_user", "account.group_account_invoice", "base.group_partner_manager", "product.group_product_manager":
		return []string{"base.group_user"}
	}
	return nil
}

func addGroup(set map[string]bool, group string) {
	set[group] = true
	for _, g := range implied(group) {
		addGroup(set, g)
	}
}

// allow refuses what none of the user's groups may do with the model.
func (e *env) allow(t *table, right rune) error {
	m := t.model
	if m.Name == "stock.quant" {
		if allowed, decided := e.allowQuant(right); allowed {
			return nil
		} else if decided {
			return refused(m, right, nil)
		}
	}
	if e.user.all || e.su || len(m.Access) == 0 {
		return nil
	}
	var may []string
	for group, rights := range m.Access {
		if strings.ContainsRune(rights, right) {
			if e.user.groups[group] || group == "*" {
				return nil
			}
			may = append(may, groupName(group, e.series))
		}
	}
	return refused(m, right, may)
}

// refused is the error for a right that only the groups have, by how they are shown.
func refused(m *Model, right rune, may []string) error {
	slices.Sort(may)
	verb := map[rune]string{'r': "access", 'w': "modify", 'c': "create", 'u': "delete"}[right]
	hint := "No group currently allows this operation."
	if len(may) > 0 {
		hint = "This operation is allowed for the following groups:\n\t- " + strings.Join(may, "\n\t- ")
	}
	return raise(classAccess, "You are not allowed to %s '%s' (%s) records.\n\n%s\n\nContact your administrator to request access if necessary.", verb, m.Description, m.Name, hint)
}

// authenticate finds the user of a password or key; nil if none.
func (s *Server) authenticate(uid int64, secret string) *user {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.users[uid]; u != nil && secret != "" && (u.secret == secret || u.key == secret) {
		return u
	}
	return nil
}

// byKey finds the user of an API key.
func (s *Server) byKey(key string) *user {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.users {
		if key != "" && u.key == key {
			return u
		}
	}
	return nil
}

// login checks a login and password and returns the user's id, 0 if they do not fit.
func (s *Server) login(name, secret string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, u := range s.users {
		if u.login == name && secret != "" && (u.secret == secret || u.key == secret) {
			return id
		}
	}
	return 0
}

// ReplaceKey gives a user a new secret; the old one is refused from then on.
func (s *Server) ReplaceKey(login, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.users {
		if u.login == login {
			u.secret, u.key = secret, secret
		}
	}
}
