package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/webhook"
)

const (
	// receiverStore makes a run of this program the receiver, which accepts into that store.
	receiverStore = "RETAILSYNC_BENCH_RECEIVER"
	secret        = "whsec"
	// senders is how many deliveries are under way at once.
	senders = 32
)

// webhooks lets a process with one core verify and accept deliveries, for so long on each database.
func webhooks(ctx context.Context, lasting time.Duration) (string, error) {
	var lines strings.Builder
	for _, name := range databases {
		at, drop, err := fresh(ctx, name)
		if err != nil {
			return "", err
		}
		got, err := deliver(ctx, at, lasting)
		drop()
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(&lines, "webhooks.per_second_%s %.0f\nwebhooks.p50_ms_%s %.1f\nwebhooks.p99_ms_%s %.1f\nwebhooks.cpu_us_per_event_%s %d\n",
			name, got.rate, name, got.p50.Seconds()*1000, name, got.p99.Seconds()*1000, name, got.cpu.Microseconds())
	}
	return lines.String(), nil
}

// delivered is how fast a receiver was, and how long its core was busy with each event.
type delivered struct {
	rate          float64
	p50, p99, cpu time.Duration
}

// deliver starts a receiver and sends it deliveries. Each is an event of its own, and all that were answered with 204 are in the store.
func deliver(ctx context.Context, at string, lasting time.Duration) (delivered, error) {
	living, end := context.WithCancel(ctx)
	defer end()
	receiver := exec.CommandContext(living, os.Args[0])
	receiver.Env = append(os.Environ(), receiverStore+"="+at, "GOMAXPROCS=1")
	receiver.Stderr = os.Stderr
	output, err := receiver.StdoutPipe()
	if err == nil {
		err = receiver.Start()
	}
	if err != nil {
		return delivered{}, err
	}
	got, sent, err := measure(ctx, output, lasting)
	end()
	_ = receiver.Wait() // it was killed
	if err != nil {
		return delivered{}, err
	}
	spent := receiver.ProcessState.UserTime() + receiver.ProcessState.SystemTime()
	got.cpu = spent / time.Duration(sent)
	return got, nil
}

// measure sends to the receiver that says where it is, and returns how many deliveries those were.
func measure(ctx context.Context, output io.Reader, lasting time.Duration) (delivered, int, error) {
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return delivered{}, 0, fmt.Errorf("the receiver does not start: %w", err)
	}
	address = strings.TrimSpace(address)
	warm, err := send(ctx, address, "warm", lasting/6)
	if err != nil {
		return delivered{}, 0, err
	}
	began := time.Now()
	took, err := send(ctx, address, "run", lasting)
	if err != nil {
		return delivered{}, 0, err
	}
	rate := float64(len(took)) / time.Since(began).Seconds()
	slices.Sort(took)
	return delivered{rate: rate, p50: took[len(took)/2], p99: took[len(took)*99/100]}, len(warm) + len(took), nil
}

// send delivers from all senders for so long, and returns how long each delivery took.
func send(ctx context.Context, address, tag string, lasting time.Duration) ([]time.Duration, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}, Timeout: 20 * time.Second}
	defer client.CloseIdleConnections()
	var number atomic.Int64
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	var group sync.WaitGroup
	end := time.Now().Add(lasting)
	for range senders {
		group.Go(func() {
			var took []time.Duration
			var err error
			for err == nil && time.Now().Before(end) {
				var one time.Duration
				one, err = sendOne(ctx, client, address, fmt.Sprintf("%s-%d", tag, number.Add(1)))
				took = append(took, one)
			}
			mu.Lock()
			defer mu.Unlock()
			all, failed = append(all, took...), errors.Join(failed, err)
		})
	}
	group.Wait()
	return all, failed
}

func sendOne(ctx context.Context, client *http.Client, address, id string) (time.Duration, error) {
	body := fmt.Appendf(nil, `{"name":"order.placed","data":{"id":"order_%s","order_id":"order_%s","at":"2026-03-01T12:00:00.000Z"},"metadata":null}`, id, id)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header = medusatest.Sign(secret, "order.placed", id, body)
	began := time.Now()
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0, err
	}
	if response.StatusCode != http.StatusNoContent {
		return 0, fmt.Errorf("delivery %s was answered with %d", id, response.StatusCode)
	}
	return time.Since(began), nil
}

// receive is the receiver's process.
func receive(ctx context.Context, at string) error {
	store, end, err := open(ctx, at)
	if err != nil {
		return err
	}
	defer end()
	shop := medusa.New("http://127.0.0.1:1", medusa.SecretKey("sk"), medusa.WithWebhookSecret(secret))
	w, err := worker.New(store.Ledger(), store.Engine(), []worker.Channel{{Name: shop.Channel().String()}})
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/\n", listener.Addr())
	server := &http.Server{Handler: webhook.New(w, shop), ReadHeaderTimeout: 5 * time.Second}
	return server.Serve(listener)
}
