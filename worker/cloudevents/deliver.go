package cloudevents

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/retailsync/retailsync/worker"
)

// The bounds of an answer: nothing in it is needed but its status.
const (
	maxReply   = 64 << 10
	maxHeader  = 64 << 10
	maxAskedTo = 24 * time.Hour
)

// newClient returns the client of one subscription, whose connections are its own.
func newClient(transport http.RoundTripper, timeout time.Duration) *http.Client {
	if transport == nil {
		transport = &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
			TLSHandshakeTimeout: 10 * time.Second, ExpectContinueTimeout: time.Second, IdleConnTimeout: 90 * time.Second,
			MaxIdleConnsPerHost: 4, MaxResponseHeaderBytes: maxHeader, ForceAttemptHTTP2: true,
			DisableCompression: true, // nobody unpacks a reply that nobody reads
			TLSClientConfig:    &tls.Config{MinVersion: tls.VersionTLS12},
		}
	}
	return &http.Client{
		Transport: transport, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// AnswerError says that a receiver did not take a message. It holds nothing of the receiver's address and answer but the status.
type AnswerError struct {
	// Subscription is its name.
	Subscription string
	// Status is that of the answer.
	Status int
}

// Error names the subscription and the way out.
func (e *AnswerError) Error() string {
	wayOut := "see in the receiver's log why it refuses, then replay"
	switch {
	case e.Status == http.StatusGone:
		wayOut = "the receiver wants no more: take the subscription out and discard what waits, or correct its address and replay"
	case e.Status >= 300 && e.Status < 400:
		wayOut = "redirects are not followed: give the address that it leads to, if it is the receiver's, then replay"
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden:
		wayOut = "give the receiver the key that the subscription signs with, then replay"
	case e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed:
		wayOut = "correct the subscription's address, then replay"
	case e.Status >= 500 || e.Status == http.StatusTooManyRequests:
		wayOut = "it is tried again"
	}
	return fmt.Sprintf("cloudevents: the receiver of subscription %s answers %d: %s", e.Subscription, e.Status, wayOut)
}

// Deliver is the [worker.Handler] of [Kind]: it sends a message once and says by its error what became of it. Repeating it is safe for
// receivers that know a webhook-id again.
func (p *Publisher) Deliver(ctx context.Context, d worker.Delivery) error {
	s := p.byChannel[d.Event.Channel]
	if s == nil {
		return worker.AskPerson(fmt.Errorf("cloudevents: no subscription for channel %s: add it again, or discard what waits", d.Event.Channel), worker.RunbookNoHandler)
	}
	var message event.Event
	if err := message.UnmarshalJSON(d.Event.Payload); err != nil {
		return worker.GiveUp(errors.New("cloudevents: the ledger holds no message: it was erased, or another wrote the event"))
	}
	request, err := p.request(ctx, s, d.Event)
	if err != nil {
		return err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return unanswered(ctx, s, err)
	}
	defer response.Body.Close()
	_, _ = io.CopyN(io.Discard, response.Body, maxReply) // so that the connection can be used again; the status has said it all
	return judged(s, response, p.now())
}

// request signs a message. The keys' error may name anything, so it is not shown.
func (p *Publisher) request(ctx context.Context, s *subscription, e worker.Event) (*http.Request, error) {
	keys, err := s.Keys(ctx)
	if err != nil || len(keys) == 0 {
		return nil, worker.Judged(fmt.Errorf("cloudevents: there are no keys for subscription %s now: see that they can be read", s.Name),
			worker.Judgement{Verdict: worker.Wait, Runbook: worker.RunbookCredentials})
	}
	timestamp := strconv.FormatInt(p.now().Unix(), 10)
	signatures := make([]string, len(keys))
	for i, key := range keys {
		if len(key.secret) == 0 {
			return nil, worker.AskPerson(fmt.Errorf("cloudevents: a key of subscription %s is empty: make keys with ParseKey, then replay", s.Name), worker.RunbookCredentials)
		}
		signatures[i] = key.sign(e.ID, timestamp, e.Payload)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(e.Payload))
	if err != nil {
		return nil, worker.AskPerson(fmt.Errorf("cloudevents: the address of subscription %s is none", s.Name), worker.RunbookUnclassified)
	}
	request.Header.Set("Content-Type", event.ApplicationCloudEventsJSON)
	request.Header.Set("User-Agent", "retailsync")
	request.Header.Set("Webhook-Id", e.ID)
	request.Header.Set("Webhook-Timestamp", timestamp)
	request.Header.Set("Webhook-Signature", strings.Join(signatures, " "))
	return request, nil
}

// unanswered judges what happened in the place of an answer: the receiver may have taken the message or not, so it is sent again.
func unanswered(ctx context.Context, s *subscription, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("cloudevents: subscription %s: %w", s.Name, ctx.Err())
	}
	reason := "cannot be reached"
	var within *url.Error
	if errors.As(err, &within) && within.Timeout() {
		reason = "does not answer in time"
	}
	return worker.Judged(fmt.Errorf("cloudevents: the receiver of subscription %s %s: %s", s.Name, reason, cause(err)),
		worker.Judgement{Verdict: worker.Wait, Runbook: worker.RunbookChannelDown, Down: true})
}

// cause says what the network said. Other errors may show the address or what the receiver sent, so they are named and not shown.
func cause(err error) string {
	var (
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		network     *net.OpError
	)
	switch {
	case errors.As(err, &name):
		return "its name is not found"
	case errors.As(err, &certificate):
		return "its certificate is not accepted"
	case errors.As(err, &network):
		return network.Op + ": " + network.Err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer yet"
	}
	return "the connection broke, or what came is no HTTP"
}

func judged(s *subscription, response *http.Response, now time.Time) error {
	status := response.StatusCode
	if status >= 200 && status < 300 {
		return nil
	}
	judgement := worker.Judgement{Verdict: worker.Person, Runbook: worker.RunbookUnclassified}
	switch {
	case status >= 500:
		judgement = worker.Judgement{Verdict: worker.Wait, After: askedTo(response, now), Runbook: worker.RunbookChannelDown, Down: true}
	case status == http.StatusTooManyRequests:
		judgement = worker.Judgement{Verdict: worker.Wait, After: askedTo(response, now), Runbook: worker.RunbookRateLimited}
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		judgement = worker.Judgement{Verdict: worker.Retry, Runbook: worker.RunbookChannelDown}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		judgement.Runbook = worker.RunbookCredentials
	case status == http.StatusGone, status == http.StatusNotFound:
		judgement.Runbook = worker.RunbookNotFound
	}
	return worker.Judged(&AnswerError{Subscription: s.Name, Status: status}, judgement)
}

// askedTo is how long the receiver asks to wait, in seconds or until a date, at most a day.
func askedTo(response *http.Response, now time.Time) time.Duration {
	asked := response.Header.Get("Retry-After")
	var wait time.Duration
	if seconds, err := strconv.ParseUint(asked, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(asked); err == nil {
		wait = date.Sub(now)
	}
	return min(max(wait, 0), maxAskedTo)
}
