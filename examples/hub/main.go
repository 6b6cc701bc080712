// Command hub is a complete service on retailsync in one binary: two shops, a returns platform, a payment provider and Odoo, the worker that runs the
// flows between them, webhook receivers, metrics, health, and pages for the people who operate it.
//
//	go run .        # in examples/hub: everything inside this process, with people who buy, send back and make mistakes
//
// Then it prints where to look. See README.md for real peers; they are named by environment variables.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/retailsync/retailsync/observe"
)

func main() {
	log := slog.New(observe.Redacting(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, os.Getenv, log)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "hub:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done.
func run(ctx context.Context, out io.Writer, env func(string) string, log *slog.Logger) error {
	e, err := newEnvironment(env)
	if err != nil {
		return err
	}
	s, err := openService(ctx, e, log)
	if err != nil {
		return err
	}
	s.welcome(out, e)
	return errors.Join(s.serve(ctx, out), s.close())
}

// service is the hub with the address that it listens on.
type service struct {
	*hub
	listener net.Listener
	handler  http.Handler
	paths    []string
}

// openService opens all parts and listens; nothing runs yet.
func openService(ctx context.Context, e environment, log *slog.Logger) (s *service, err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", e.listen)
	if err != nil {
		return nil, err
	}
	told, err := newMetrics()
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	p, err := openPeers(ctx, e, told)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	kept, err := openStorage(ctx, e, log)
	if err != nil {
		p.closeAll()
		return nil, errors.Join(err, listener.Close())
	}
	s = &service{listener: listener}
	if s.hub, err = newHub(e, p, kept, log); err == nil {
		s.deliver = deliverer{client: &http.Client{Timeout: 15 * time.Second}, base: s.address()}
		err = s.route(ctx, e.token)
	}
	if err != nil {
		p.closeAll()
		return nil, errors.Join(err, kept.close(), listener.Close())
	}
	return s, nil
}

// close closes what openService opened, after the worker has stopped.
func (s *service) close() error {
	s.deliver.client.CloseIdleConnections()
	err := s.storage.close()
	s.closeAll()
	return err
}

// address is where the hub is found, from this machine.
func (s *service) address() string { return "http://" + s.listener.Addr().String() }

// welcome says where to look.
func (s *service) welcome(out io.Writer, e environment) {
	fmt.Fprintf(out, "The Odoo is %s.\nKept in %s.\n\n", s.peers.where, s.storage.where)
	fmt.Fprintf(out, "  pages      %s/\n", s.address())
	if e.generated {
		fmt.Fprintf(out, "  log in     with your name and the password %s (set HUB_TOKEN for one that stays)\n", e.token)
	} else {
		fmt.Fprintln(out, "  log in     with your name and HUB_TOKEN as the password")
	}
	fmt.Fprintf(out, "  health     %[1]s/healthz, %[1]s/readyz\n", s.address())
	fmt.Fprintf(out, "  metrics    %s/metrics\n", s.address())
	for _, path := range s.paths {
		fmt.Fprintf(out, "  webhooks   %s%s\n", s.address(), path)
	}
	fmt.Fprintln(out)
}

// serve runs the worker and the server until ctx is done, then lets what is under way end.
func (s *service) serve(ctx context.Context, out io.Writer) error {
	if err := s.catchUp(ctx); err != nil {
		return errors.Join(err, s.listener.Close())
	}
	if err := s.worker.Start(ctx); err != nil {
		return errors.Join(err, s.listener.Close())
	}
	server := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(s.listener) }()
	played := make(chan error, 1)
	playing, stop := context.WithCancel(ctx)
	defer stop()
	go func() { played <- s.play(playing, out) }()
	handed := make(chan struct{})
	go func() { defer close(handed); s.handOver(playing, owing) }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
	}
	stop()
	<-handed
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	err = errors.Join(err, server.Shutdown(last))
	switch stopped := s.worker.Stop(last); {
	case errors.Is(stopped, context.DeadlineExceeded):
		s.log.WarnContext(ctx, "flows were cut off; they are run again at the next start", "error", stopped)
	default:
		err = errors.Join(err, stopped)
	}
	if played := <-played; played != nil && ctx.Err() == nil {
		err = errors.Join(err, played)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// play has people buy, send back and make mistakes, in a demonstration.
func (s *service) play(ctx context.Context, out io.Writer) error {
	if s.world == nil {
		return nil
	}
	fmt.Fprintln(out, "People buy, send back and make mistakes now.")
	if err := s.world.Play(ctx, s.hub); err != nil {
		if ctx.Err() == nil {
			fmt.Fprintln(out, "The demonstration did not come to its end:", err)
		}
		return err
	}
	fmt.Fprintln(out, "There is an order with a return, a dead letter, a drift of stock and an exception of a settlement to look at. End with Ctrl-C.")
	return nil
}
