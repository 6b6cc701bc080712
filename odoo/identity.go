package odoo

import (
	"context"
	"fmt"
)

// Identity tells a database from others, whatever its name and address are.
type Identity struct {
	// UUID is Odoo's own id of the database. Copies made by Odoo's database manager get another; those that are restored from a
	// dump by other means keep it.
	UUID string
	// Neutralized: marked as a copy for tests, so that it sends no mail and charges no card. Odoo before 16 marks none.
	Neutralized bool
}

// parameter is a system parameter.
type parameter struct {
	ID    int64  `odoo:"id"`
	Key   string `odoo:"key"`
	Value string `odoo:"value"`
}

func (parameter) OdooModel() string { return "ir.config_parameter" }

// The system parameters that make an identity.
const (
	uuidParameter        = "database.uuid"
	neutralizedParameter = "database.is_neutralized"
)

// Identity reads which database this is. Only the group base.group_system may; see [WithIdentity]. It only reads.
func (c *Client) Identity(ctx context.Context) (Identity, error) {
	found, err := Find[parameter](ctx, c, In("key", []string{uuidParameter, neutralizedParameter}))
	if err != nil {
		return Identity{}, err
	}
	var id Identity
	for _, p := range found {
		switch p.Key {
		case uuidParameter:
			id.UUID = p.Value
		case neutralizedParameter:
			id.Neutralized = p.Value == "true" || p.Value == "True"
		}
	}
	return id, nil
}

// WithIdentity has [Dial] refuse every other database with [CodeOtherDatabase]: production's connector a copy of it, and a copy's
// connector production. The UUID may be left out, so that only the mark is looked at.
//
// System parameters are for administrators alone, and the connector should be none: witness is the credential of one, used for this
// look and no more. Nil: the connector's own.
func WithIdentity(want Identity, witness Credential) Option {
	return func(s *settings) { s.identity, s.witness = &want, witness }
}

// recognise compares the database with the one that was asked for.
func (c *Client) recognise(ctx context.Context, s settings) error {
	if s.identity == nil {
		return nil
	}
	looker := c
	if s.witness != nil {
		var err error
		own := s
		own.identity = nil
		if looker, err = dial(ctx, c.address, s.witness, own); err != nil {
			return fmt.Errorf("the witness of WithIdentity: %w", err)
		}
		defer looker.Close()
	}
	found, err := looker.Identity(ctx)
	if err != nil {
		return fmt.Errorf("read the database's identity (WithIdentity needs a witness who may): %w", err)
	}
	refuse := func(message, hint string) error {
		return &Error{Code: CodeOtherDatabase, Message: message, Hint: hint}
	}
	want := *s.identity
	switch {
	case want.UUID != "" && want.UUID != found.UUID:
		return refuse(fmt.Sprintf("this is the database %s and not %s", found.UUID, want.UUID), "check the address and the database's name, or correct WithIdentity")
	case want.Neutralized && !found.Neutralized:
		return refuse("the database is not neutralized: it may be production", "connect to a neutralized copy")
	case !want.Neutralized && found.Neutralized:
		return refuse("the database is neutralized: it is a copy for tests", "connect to production, or say in WithIdentity that a copy is wanted")
	}
	return nil
}
