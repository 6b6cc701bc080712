package river_test

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/river"
)

// The variables of a soak.
const (
	soakFor      = "RETAILSYNC_SOAK"          // how long, such as 10m; a few seconds unless told
	soakSeed     = "RETAILSYNC_SOAK_SEED"     // of the draws; by chance unless told
	soakDatabase = "RETAILSYNC_SOAK_DATABASE" // postgres, which it is unless told, or sqlite
	soakVerbose  = "RETAILSYNC_SOAK_VERBOSE"  // let the processes tell of every failure
	soakHub      = "RETAILSYNC_SOAK_HUB"      // makes a run of this test binary one of the processes
)

// soakReady is what a process prints, with its address, when it runs.
const soakReady = "soak ready "

// TestSoak sells in a real Medusa while two processes bring all of it to a real Odoo 19 and back: orders that are edited and cancelled, by
// webhooks and polls, refunds and stock. The processes are killed with SIGKILL again and again, both servers are reached over wires that
// lose requests and replies, delay and repeat, webhooks are lost, doubled and delayed, and each server is out of reach for
// a while. In the end the invariants I1 to I7 hold. A kill does not test the disk: what the system has taken survives it.
func TestSoak(t *testing.T) {
	t.Parallel()
	if text := os.Getenv(soakHub); text != "" {
		soakProcess(t, text)
		return
	}
	server, shop := peer.OdooServer(t, 19), peer.MedusaServer(t)
	lasting, err := time.ParseDuration(envOr(soakFor, "8s"))
	if err != nil {
		t.Fatal(err)
	}
	seed, err := strconv.ParseUint(envOr(soakSeed, fmt.Sprint(mathrand.Uint32())), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s=%d", soakSeed, seed)
	h := hub{
		Odoo: server.URL, OdooDatabase: server.Database, OdooLogin: server.Login, OdooPassword: server.Password,
		Shop: shop.URL, ShopKey: shop.SecretKey, ShopSecret: shop.WebhookSecret,
		Account: "soak" + strings.ToLower(rand.Text()[:8]), Since: time.Now().Add(-5 * time.Second).UTC(),
		Patience: 9 * time.Second,
	}
	if lasting > time.Minute {
		h.Patience = 30 * time.Second // as in earnest; a short soak must end soon after its last kill
	}
	var store *river.Store
	switch name := envOr(soakDatabase, "postgres"); name {
	case "postgres":
		pool := newPool(t, 3)
		h.Schema = newSchema(t, pool)
		store = openPostgres(t, pool, h.Schema)
		h.claims(t.Context(), t, pool)
		dropSchema(t, pool, h.Schema+"_claims")
	case "sqlite":
		h.Folder = t.TempDir()
		store, _ = h.stores(t.Context(), t)
	default:
		t.Fatalf("%s is %q, neither postgres nor sqlite", soakDatabase, name)
	}
	s := newSoak(t, h, store, seed, lasting)
	s.chaos()
	s.calm()
	s.check()
}

func envOr(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// soak is a run.
type soak struct {
	tally
	t         *testing.T
	hub       hub // as the processes have it: over the wires
	store     *river.Store
	dice      *dice
	books     *books
	shoppers  *shoppers
	relay     *relay
	odoo      *wire
	medusa    *wire
	processes []*process
	inStock   int
	lasting   time.Duration
}

// newSoak makes what is sold, and the wires.
func newSoak(t *testing.T, h hub, store *river.Store, seed uint64, lasting time.Duration) *soak {
	t.Helper()
	s := &soak{t: t, store: store, dice: newDice(seed), lasting: lasting}
	shop := peer.MedusaServer(t)
	var found struct {
		Locations []struct{ ID string } `json:"stock_locations"`
	}
	shop.Admin(t, "GET", "/admin/stock-locations?limit=1&order=created_at", nil, &found)
	h.Place = found.Locations[0].ID
	s.books = openBooks(t, &h)
	variants := shop.NewPricedArticles(t, h.Account, []string{h.sku("A"), h.sku("B"), h.sku("COUNTED")}, []string{"19.99", "20", "10"})
	s.recount()
	s.shoppers = &shoppers{
		t: t, dice: s.dice, hub: h, medusa: shop, direct: h.adapter(), desk: h.accepting(t, store),
		variants: []string{variants[h.sku("A")], variants[h.sku("B")]},
	}
	s.odoo, s.medusa = newWire(t, h.Odoo, s.dice), newWire(t, h.Shop, s.dice)
	s.hub = h
	s.hub.Odoo, s.hub.Shop = s.odoo.url(), s.medusa.url()
	s.processes = []*process{{t: t, hub: s.hub}, {t: t, hub: s.hub}}
	s.relay = &relay{dice: s.dice, shop: h.adapter(), receivers: s.receivers, client: &http.Client{Timeout: 10 * time.Second}, accepted: map[string]bool{}}
	peer.ReceiveMedusa(t, 2*time.Minute, s.relay)
	return s
}

// chaos sells, kills and disturbs for so long, or until all that began to be sold is sold.
func (s *soak) chaos() {
	over := make(chan struct{})
	living := func() bool {
		select {
		case <-over:
			return false
		default:
			return true
		}
	}
	var group sync.WaitGroup
	for _, p := range s.processes {
		group.Go(func() {
			for living() {
				p.begin()
				time.Sleep(s.dice.between(2*time.Second, 6*time.Second+s.lasting/20))
				p.kill()
				s.add("kills")
			}
		})
	}
	group.Go(func() {
		for living() {
			time.Sleep(s.dice.between(time.Second, 4*time.Second))
			s.recount()
		}
	})
	group.Go(func() {
		time.Sleep(s.lasting / 3)
		s.outage("odoo", s.odoo, s.lasting/5)
		time.Sleep(s.lasting / 5)
		s.outage("shop", s.medusa, s.lasting/20)
	})
	s.shoppers.shop(time.Now().Add(s.lasting), s.lasting/150)
	close(over)
	group.Wait()
}

// outage takes a server away for so long.
func (s *soak) outage(name string, w *wire, lasting time.Duration) {
	before := s.relay.count()
	w.down()
	time.Sleep(lasting)
	s.t.Logf("%s was out of reach for %s; %d webhooks were accepted meanwhile", name, lasting.Round(100*time.Millisecond), s.relay.count()-before)
	w.up(s.t)
}

// recount changes how much there is in Odoo of the article that it counts.
func (s *soak) recount() {
	s.inStock = 1 + s.dice.below(500)
	s.books.count(s.inStock)
	s.add("counts of stock")
}

// calm ends the faults and lets two processes finish.
func (s *soak) calm() {
	s.odoo.calm()
	s.medusa.calm()
	s.relay.calm()
	for _, p := range s.processes {
		p.begin()
	}
	began := time.Now()
	s.settled(began, 2)
	s.t.Logf("settled after %s", time.Since(began).Round(100*time.Millisecond))
}

// settled waits until no event but a schedule's waits, and so many polls and publications were begun and ended since.
func (s *soak) settled(since time.Time, rounds int) {
	s.t.Helper()
	s.t.Logf("waiting for %d events", len(s.find(worker.Filter{States: []worker.State{worker.StatePending}})))
	for deadline := time.Now().Add(4*time.Minute + s.lasting/2); ; time.Sleep(200 * time.Millisecond) {
		pending := append(s.find(worker.Filter{Kind: "order", States: []worker.State{worker.StatePending}}), s.find(worker.Filter{Kind: "refund", States: []worker.State{worker.StatePending}})...)
		polls := len(s.find(worker.Filter{Kind: "poll-orders", States: []worker.State{worker.StateDone}, ReceivedFrom: since}))
		stocks := len(s.find(worker.Filter{Kind: "publish-stock", States: []worker.State{worker.StateDone}, ReceivedFrom: since}))
		if len(pending) == 0 && min(polls, stocks) >= rounds {
			return
		}
		if time.Now().After(deadline) {
			for _, record := range pending {
				s.t.Errorf("waits: %+v", record)
			}
			s.t.Fatalf("%d events wait, %d polls and %d publications were done", len(pending), polls, stocks)
		}
	}
}

// find returns all events that fit.
func (s *soak) find(filter worker.Filter) []worker.Record {
	s.t.Helper()
	var all []worker.Record
	for {
		page, err := s.store.Ledger().Find(s.t.Context(), filter)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, page...)
		if len(page) < worker.MaxPage {
			return all
		}
		filter.AfterSeq = page[len(page)-1].Seq
	}
}

// receivers are the addresses of the processes that live.
func (s *soak) receivers() []string {
	var addresses []string
	for _, p := range s.processes {
		if address := p.address(); address != "" {
			addresses = append(addresses, address)
		}
	}
	return addresses
}

// process is a worker's, which is begun again after each kill.
type process struct {
	t   *testing.T
	hub hub

	mu      sync.Mutex
	command *exec.Cmd
	at      string // where it receives
}

// begin starts it, and returns when it runs.
func (p *process) begin() {
	text, err := json.Marshal(p.hub)
	if err != nil {
		p.t.Error(err)
		return
	}
	command := exec.CommandContext(p.t.Context(), os.Args[0], "-test.run=^TestSoak$")
	command.Env = append(os.Environ(), soakHub+"="+string(text))
	command.Stderr = os.Stderr
	_, err = command.StdinPipe() // it ends with this process
	var output io.ReadCloser
	if err == nil {
		output, err = command.StdoutPipe()
	}
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		p.t.Error(err)
		return
	}
	p.set(command, "")
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if address, ready := strings.CutPrefix(lines.Text(), soakReady); ready {
			p.set(command, address)
			go func() { _, _ = io.Copy(io.Discard, output) }()
			return
		}
		p.t.Log(lines.Text())
	}
	p.t.Error("a process ended before it was ready")
}

func (p *process) set(command *exec.Cmd, at string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.command, p.at = command, at
}

func (p *process) address() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at
}

// kill ends it with SIGKILL.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
	p.at = ""
}
