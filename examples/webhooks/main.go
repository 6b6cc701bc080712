// Command webhooks is a small service that receives the webhooks of a WooCommerce and a Medusa shop and brings the
// orders that they name into Odoo. Beside it, it polls, since webhooks get lost.
//
//	go run ./examples/webhooks
//
// It is set up by environment variables; a shop without an address is left out:
//
//	ODOO_URL, ODOO_DB, ODOO_API_KEY             or ODOO_LOGIN and ODOO_PASSWORD
//	RULES                                       the rules file, rules.yaml unless set
//	STORE                                       the SQLite file that remembers, retailsync.db unless set
//	LISTEN                                      127.0.0.1:8080 unless set
//	WOO_URL, WOO_KEY, WOO_SECRET, WOO_WEBHOOK_SECRET         answers at /webhooks/woocommerce
//	MEDUSA_URL, MEDUSA_KEY, MEDUSA_WEBHOOK_SECRET            answers at /webhooks/medusa
//
// It speaks plain HTTP: put it behind what ends TLS. See examples/medusa-webhooks for the subscriber that lets
// Medusa send webhooks.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency/sqlite"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/odoo"
)

func main() {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv, log)
	stop()
	if err != nil {
		log.Error("webhooks", "error", err)
		os.Exit(1)
	}
}

// run serves until ctx is done and then lets the imports under way end.
func run(ctx context.Context, env func(string) string, log *slog.Logger) error {
	shops, err := channels(env)
	if err != nil {
		return err
	}
	erp, err := dial(ctx, env)
	if err != nil {
		return err
	}
	defer erp.Close()
	rules, err := mapping.LoadFile(or(env("RULES"), "rules.yaml"))
	if err != nil {
		return err
	}
	store, err := sqlite.Open(ctx, or(env("STORE"), "retailsync.db"))
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }() // what was stored is on disk already
	connector := retailsync.New(erp, rules, retailsync.WithStore(store), retailsync.WithLogger(log))

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", or(env("LISTEN"), "127.0.0.1:8080"))
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	var polls sync.WaitGroup
	defer polls.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, shop := range shops {
		h := &receiver{connector: connector, shop: shop, log: log}
		mux.Handle("POST /webhooks/"+shop.Channel().Name, h)
		polls.Go(func() { h.poll(ctx, pollEvery) })
	}
	log.Info("listening", "address", listener.Addr().String(), "shops", len(shops))
	return serve(ctx, listener, mux)
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: patience + 20*time.Second, IdleTimeout: time.Minute,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience+5*time.Second)
	defer cancel()
	return server.Shutdown(last)
}

func dial(ctx context.Context, env func(string) string) (*odoo.Client, error) {
	var credential odoo.Credential = odoo.APIKey(env("ODOO_API_KEY"))
	if env("ODOO_LOGIN") != "" {
		credential = odoo.Password(env("ODOO_LOGIN"), or(env("ODOO_PASSWORD"), env("ODOO_API_KEY")))
	}
	var options []odoo.Option
	if database := env("ODOO_DB"); database != "" {
		options = append(options, odoo.WithDatabase(database))
	}
	return odoo.Dial(ctx, env("ODOO_URL"), credential, options...)
}

// channels are the shops that the environment names.
func channels(env func(string) string) ([]channel, error) {
	var shops []channel
	for _, shop := range []struct {
		name string
		open func(address, secret string) channel
	}{
		{"WOO", func(address, secret string) channel {
			return woocommerce.New(address, woocommerce.Keys(env("WOO_KEY"), env("WOO_SECRET")), woocommerce.WithWebhookSecret(secret))
		}},
		{"MEDUSA", func(address, secret string) channel {
			return medusa.New(address, medusa.SecretKey(env("MEDUSA_KEY")), medusa.WithWebhookSecret(secret))
		}},
	} {
		address, secret := env(shop.name+"_URL"), env(shop.name+"_WEBHOOK_SECRET")
		if address == "" {
			continue
		}
		if secret == "" {
			return nil, fmt.Errorf("%s_WEBHOOK_SECRET is not set: without it every webhook would be refused", shop.name)
		}
		shops = append(shops, shop.open(address, secret))
	}
	if len(shops) == 0 {
		return nil, errors.New("no shop: set WOO_URL or MEDUSA_URL")
	}
	return shops, nil
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
