package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/worker"
)

const (
	// latency is what a call to a healthy shop takes: a handler waits for servers most of its time.
	latency = 20 * time.Millisecond
	// measured is how many events each of the healthy channels handles in a round.
	measured = 300
)

// trouble is what the third of three channels does.
type trouble string

const (
	absent  trouble = "absent"
	failing trouble = "answers 500"
	hanging trouble = "hangs"
)

// isolation compares the throughput of two channels beside a third that fails with that without it, by the best of several rounds: what else
// the machine does in one of them does not count.
func isolation(ctx context.Context, rounds int) (string, error) {
	var lines strings.Builder
	worst := 2.0
	for _, name := range databases {
		best := map[trouble]float64{}
		for range rounds {
			for _, third := range []trouble{absent, failing, hanging} {
				rate, err := beside(ctx, name, third)
				if err != nil {
					return "", fmt.Errorf("%s, a channel %s: %w", name, third, err)
				}
				best[third] = max(best[third], rate)
			}
		}
		for _, third := range []trouble{failing, hanging} {
			worst = min(worst, best[third]/best[absent])
		}
		fmt.Fprintf(&lines, "two channels on %s: %.1f events/s without a third, %.1f where it answers 500, %.1f where it hangs\n", name, best[absent], best[failing], best[hanging])
	}
	return lines.String() + fmt.Sprintf("ratio.isolation %.3f\n", worst), nil
}

// beside handles the events of two channels beside a third, and returns how many a second.
func beside(ctx context.Context, name string, third trouble) (float64, error) {
	at, drop, err := fresh(ctx, name)
	if err != nil {
		return 0, err
	}
	defer drop()
	store, end, err := open(ctx, at)
	if err != nil {
		return 0, err
	}
	defer end()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/sick/main":
			time.Sleep(latency)
		case third == failing:
			w.WriteHeader(http.StatusInternalServerError)
		default:
			<-r.Context().Done()
		}
	}))
	defer server.Close()
	channels := []worker.Channel{{Name: "a/main"}, {Name: "b/main"}, {Name: "sick/main"}}
	w, err := worker.New(store.Ledger(), store.Engine(), channels)
	if err != nil {
		return 0, err
	}
	var done atomic.Int64
	enough := make(chan struct{})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	defer client.CloseIdleConnections()
	if err := w.Handle("order", func(ctx context.Context, d worker.Delivery) error {
		if err := call(ctx, client, server.URL+"/"+d.Event.Channel); err != nil {
			return err
		}
		if done.Add(1) == 2*measured {
			close(enough)
		}
		return nil
	}, worker.Policy{Timeout: 3 * time.Second}); err != nil {
		return 0, err
	}
	for _, channel := range channels[:2] {
		err = fill(ctx, w, channel.Name, measured)
	}
	if third != absent && err == nil {
		err = fill(ctx, w, "sick/main", measured)
	}
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := w.Start(ctx); err != nil {
		return 0, err
	}
	<-enough
	rate := 2 * measured / time.Since(began).Seconds()
	hasty, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	_ = w.Stop(hasty) // what hangs is cut short
	return rate, nil
}

func call(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	if response.StatusCode != http.StatusOK {
		return &marketplace.Error{Code: marketplace.CodeUnavailable, Channel: canonical.Channel{Name: "sick", Account: "main"}, Op: "get order"}
	}
	return nil
}
