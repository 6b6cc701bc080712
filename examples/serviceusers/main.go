// Command serviceusers makes the users that the workflows work as in Odoo, each with the groups that docs/odoo-rights.md gives it and no
// others. What exists is put right; a second run changes nothing.
//
//	go run ./examples/serviceusers -workflows orders,stock                            # says what it would do
//	go run ./examples/serviceusers -workflows orders,stock -secrets ./secrets -apply  # does it
//
// ODOO_URL, ODOO_DB and ODOO_LOGIN with ODOO_PASSWORD (or ODOO_API_KEY) are those of an administrator of Odoo 14 to 19. Passwords of new users are
// written to files of the folder -secrets that only their owner may read, and never printed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/retailsync/retailsync/docs"
	"github.com/retailsync/retailsync/odoo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, os.Getenv, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "serviceusers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, env func(string) string, args []string) error {
	flags := flag.NewFlagSet("serviceusers", flag.ContinueOnError)
	flags.SetOutput(out)
	workflows := flags.String("workflows", strings.Join(docs.Workflows(), ","), "the workflows, with commas between; one user each")
	prefix := flags.String("prefix", "retailsync-", "what the users' logins begin with")
	domain := flags.String("domain", "example.com", "the domain of the users' e-mail addresses, which Odoo wants")
	secrets := flags.String("secrets", "", "the folder for the passwords of new users")
	apply := flags.Bool("apply", false, "do it; without it only says what would be done")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *apply && *secrets == "" {
		return fmt.Errorf("-apply needs a folder for the passwords: give -secrets")
	}
	erp, err := dial(ctx, env)
	if err != nil {
		return err
	}
	defer erp.Close()
	m := maker{erp: erp, out: out, secrets: *secrets, apply: *apply}
	for _, workflow := range strings.Split(*workflows, ",") {
		workflow = strings.TrimSpace(workflow)
		groups, err := docs.Groups(erp.Version().Major, workflow)
		if err != nil {
			return err
		}
		if err := m.ensure(ctx, account{workflow: workflow, login: *prefix + workflow, email: *prefix + workflow + "@" + *domain, groups: groups}); err != nil {
			return fmt.Errorf("user %s: %w", *prefix+workflow, err)
		}
	}
	if m.refused > 0 {
		return fmt.Errorf("%d users are not this program's and were left alone: choose another -prefix, or rename them", m.refused)
	}
	return nil
}

func dial(ctx context.Context, env func(string) string) (*odoo.Client, error) {
	if env("ODOO_URL") == "" {
		return nil, fmt.Errorf("ODOO_URL is not set: name the Odoo that gets the users")
	}
	var credential odoo.Credential
	switch {
	case env("ODOO_LOGIN") != "" && env("ODOO_PASSWORD") != "":
		credential = odoo.Password(env("ODOO_LOGIN"), env("ODOO_PASSWORD"))
	case env("ODOO_API_KEY") != "":
		credential = odoo.APIKey(env("ODOO_API_KEY"))
	default:
		return nil, fmt.Errorf("no credential of an administrator: set ODOO_LOGIN and ODOO_PASSWORD, or ODOO_API_KEY")
	}
	return odoo.Dial(ctx, env("ODOO_URL"), credential, odoo.WithDatabase(env("ODOO_DB")))
}
