package river_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync/internal/faultline"
)

// The headers by which a worker's process tells the wire for which try it asks.
const (
	soakKey   = "X-Soak-Key"
	soakToken = "X-Soak-Token"
)

// errHangUp makes the wire hang up on the caller.
var errHangUp = errors.New("hang up")

// dice are the draws of a soak. The seed settles what is drawn, and not what happens at the same time.
type dice struct {
	mu     sync.Mutex
	random *rand.Rand
}

func newDice(seed uint64) *dice { return &dice{random: rand.New(rand.NewPCG(seed, 6))} }

func (d *dice) below(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.random.IntN(n)
}

// between draws a time.
func (d *dice) between(least, most time.Duration) time.Duration {
	return least + time.Duration(d.below(int(most-least)))
}

// tally counts what happened, by name.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *tally) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[name]++
}

func (c *tally) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprint(maps.Clone(c.counts))
}

// wire lies between the workers and a server. It loses requests and replies, delays and repeats, as long as it is not calm.
type wire struct {
	tally
	dice   *dice
	proxy  *httputil.ReverseProxy
	line   *faultline.Line
	listen string // its address, host and port

	mu     sync.Mutex
	server *http.Server
	tokens map[string]int64 // the newest of each key that was seen
	stale  []string
}

// newWire begins to pass requests on to a server.
func newWire(t *testing.T, to string, dice *dice) *wire {
	t.Helper()
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	carrier := http.DefaultTransport.(*http.Transport).Clone()
	carrier.MaxIdleConnsPerHost = 16
	w := &wire{dice: dice, line: faultline.New(carrier), tokens: map[string]int64{}, listen: "127.0.0.1:0"}
	w.line.Set(w.disturb)
	w.proxy = &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: w.line, ErrorLog: log.New(io.Discard, "", 0),
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	w.up(t)
	t.Cleanup(func() {
		w.down()
		carrier.CloseIdleConnections()
	})
	return w
}

// url is where the workers find the server.
func (w *wire) url() string { return "http://" + w.listen }

// up listens, after down at the same place.
func (w *wire) up(t *testing.T) {
	t.Helper()
	var listener net.Listener
	var err error
	for range 100 {
		if listener, err = net.Listen("tcp", w.listen); err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listen = listener.Addr().String()
	w.server = &http.Server{Handler: w.proxy, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func(server *http.Server) { _ = server.Serve(listener) }(w.server)
}

// down refuses connections, and cuts those that are open.
func (w *wire) down() {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.server.Close()
}

// calm ends the faults.
func (w *wire) calm() { w.line.Set(w.pass) }

// pass only looks at who asks.
func (w *wire) pass(request *http.Request, next http.RoundTripper) (*http.Response, error) {
	w.add("requests")
	return next.RoundTrip(w.fence(request))
}

// disturb is what the wire does to a request: mostly nothing.
func (w *wire) disturb(request *http.Request, next http.RoundTripper) (*http.Response, error) {
	w.add("requests")
	switch at := w.dice.below(1000); {
	case at < 15:
		w.add("requests lost")
		return nil, errHangUp
	case at < 35:
		response, err := next.RoundTrip(w.fence(request))
		if err == nil {
			w.add("replies lost")
			_, _ = io.Copy(io.Discard, response.Body) // the server has done it
			response.Body.Close()
		}
		return nil, errHangUp
	case at < 45:
		w.add("answered by a gateway")
		return faultline.Answer(request, []int{http.StatusBadGateway, http.StatusServiceUnavailable}[at%2], "text/html", "<html>gateway</html>", nil), nil
	case at < 85:
		w.add("delayed")
		request = w.fence(request) // asked now; who has asked may have lost the key, or be dead, when it arrives
		time.Sleep(w.dice.between(50*time.Millisecond, 1500*time.Millisecond))
		return next.RoundTrip(request.WithContext(context.WithoutCancel(request.Context())))
	case at < 115:
		if read, again := faultline.Reads(request); read && again.Method == http.MethodGet {
			w.add("reads repeated")
			if response, err := next.RoundTrip(w.fence(again)); err == nil {
				response.Body.Close()
			}
			request = again
		}
	}
	return next.RoundTrip(w.fence(request))
}

// fence notes a request for a key that somebody else has taken over meanwhile (I5).
func (w *wire) fence(request *http.Request) *http.Request {
	key, text := request.Header.Get(soakKey), request.Header.Get(soakToken)
	if key == "" {
		return request
	}
	request.Header.Del(soakKey)
	request.Header.Del(soakToken)
	token, _ := strconv.ParseInt(text, 10, 64)
	w.add("requests under a lease")
	w.mu.Lock()
	defer w.mu.Unlock()
	if token < w.tokens[key] {
		w.stale = append(w.stale, fmt.Sprintf("%s %s: %s has token %d, after %d", request.Method, request.URL.Path, key, token, w.tokens[key]))
	}
	w.tokens[key] = max(w.tokens[key], token)
	return request
}
