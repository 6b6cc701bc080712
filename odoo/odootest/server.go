package odootest

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// Server is an Odoo with one database. It is safe for concurrent use: its calls run one after the
// other. The zero value is not usable; call New or Retail.
type Server struct {
	series   int
	database string
	clock    func() time.Time
	keep     int // records of each streamed model that are kept; 0: all

	mu       sync.Mutex // guards everything below
	store    *store
	methods  map[string]method
	users    map[int64]*user
	messages int64
	own      int // partners that a stub server never drops
	log      callLog
	faults   []*Fault
	http     *httptest.Server
}

// Option sets up a server in New.
type Option func(*Server)

// Version sets the Odoo series, 14 or 19; 19 is the default. Others take the fields of that series and
// the behaviour of the nearer of the two.
func Version(series int) Option { return func(s *Server) { s.series = series } }

// Database names the database; the default is "odootest".
func Database(name string) Option { return func(s *Server) { s.database = name } }

// Clock sets the server's clock; the default is time.Now. It may be called from several goroutines.
func Clock(now func() time.Time) Option { return func(s *Server) { s.clock = now } }

// Discard makes the server a stub for long streams: of sale orders and partners it keeps only the
// newest keep, with their lines and External IDs. What is read back later than that is gone, and
// loading it again creates it again. keep must be larger than what is under way at once.
func Discard(keep int) Option { return func(s *Server) { s.keep = keep } }

// New returns a server with a company in USD, the user admin, currencies, countries, units, a
// pricelist, a warehouse and a sales team, and no products, taxes or partners of its own.
func New(options ...Option) *Server {
	s := &Server{series: 19, database: "odootest", clock: defaultClock, users: map[int64]*user{}}
	for _, o := range options {
		o(s)
	}
	s.store = newStore()
	s.methods = standardMethods(s.series)
	maps.Copy(s.methods, priceMethods(s.series))
	access := standardAccess(s.series)
	for _, m := range withPrices(standardModels()) {
		if !m.in(s.series) {
			continue
		}
		m.Access = access[m.Name]
		m.prepare(s.series)
		s.store.tables[m.Name] = newTable(&m)
	}
	m := dataModel(s.series)
	s.store.tables[m.Name] = newTable(m)
	for name, method := range dataMethods(s.methods) {
		s.methods[name] = method
	}
	s.foundation()
	s.own = len(s.store.tables["res.partner"].ids)
	return s
}

// Define adds a model, or to a model that is there the fields that it lacks. Call it before the
// first call to the server.
func (s *Server) Define(m Model) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.store.tables[m.Name]
	if t == nil {
		m.prepare(s.series)
		s.store.tables[m.Name] = newTable(&m)
		return
	}
	for _, f := range m.Fields {
		if t.model.field(f.Name) == nil {
			t.model.Fields = append(t.model.Fields, f)
		}
	}
	t.model.prepare(s.series)
	for _, r := range t.rows {
		for len(r.v) < len(t.model.Fields) {
			r.v = append(r.v, nil)
		}
	}
	t.reindex()
}

// Start serves on a free port of the loopback interface and returns the address, such as
// http://127.0.0.1:41234. Starting twice returns the same address.
func (s *Server) Start() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http == nil {
		s.http = httptest.NewServer(s)
	}
	return s.http.URL
}

// Close stops serving and waits for the calls under way.
func (s *Server) Close() {
	s.mu.Lock()
	h := s.http
	s.http = nil
	s.mu.Unlock()
	if h != nil {
		h.CloseClientConnections()
		h.Close()
	}
}

// Series is the Odoo series that the server speaks.
func (s *Server) Series() int { return s.series }

// DB is the database's name.
func (s *Server) DB() string { return s.database }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.route(w, r) }
