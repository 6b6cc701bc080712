package observe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/mail"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/observe"
	"github.com/retailsync/retailsync/odoo"
)

// logged is the line that log writes, without time and level.
func logged(log func(*slog.Logger)) string {
	var out bytes.Buffer
	log(slog.New(observe.Redacting(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(groups []string, attr slog.Attr) slog.Attr {
		if len(groups) == 0 && (attr.Key == slog.TimeKey || attr.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		return attr
	}}))))
	return strings.TrimSpace(out.String())
}

func TestRedacting(t *testing.T) {
	t.Parallel()
	key := canonical.Key{Channel: canonical.Channel{Name: "shop", Account: "main"}, ID: "1"}
	jane := canonical.Address{Name: "Jane Doe", Street: "Main Street 1", Email: "jane.doe@example.com"}
	order := canonical.Order{Key: key, Status: "open", Buyer: canonical.Party{Name: "Jane Doe"}, ShipTo: &jane, Note: "ring twice"}
	for name, test := range map[string]struct {
		log  func(*slog.Logger)
		want string
	}{
		"what is harmless stays": {
			func(l *slog.Logger) {
				l.Info("polled", "channel", "shop/main", "event", 17, "again_in", time.Second, "order", key, "total", decimal.MustParse("12.50"), "state", canonical.Status("open"), "ok", true)
			},
			`msg=polled channel=shop/main event=17 again_in=1s order=shop/main/1 total=12.50 state=open ok=true`,
		},
		"names tell": {func(l *slog.Logger) { l.Info("m", "email", "jane", "apiKey", "k", "phone", 4930123456, "token", 5) }, `msg=m email=[redacted] apiKey=[redacted] phone=[redacted] token=[redacted]`},
		"groups": {func(l *slog.Logger) {
			l.Info("m", slog.Group("customer", "id", 1), slog.Group("order", "id", 1, "email", "x"))
		}, `msg=m customer.id=[redacted] order.id=1 order.email=[redacted]`},
		"loggers of their own": {func(l *slog.Logger) { l.With("password", "x", "channel", "c").WithGroup("buyer").Info("m", "id", 1) }, `msg=m password=[redacted] channel=c buyer.id=[redacted]`},
		"texts":                {func(l *slog.Logger) { l.Info("mail to jane.doe@example.com", "problem", "Bearer abcdefghi refused") }, `msg="mail to [redacted]" problem="[redacted] refused"`},
		"errors": {func(l *slog.Logger) {
			l.Info("m", "error", fmt.Errorf("get: %w", errors.New("https://me:pw@host/ said no")))
		}, `msg=m error="get: https[redacted]host/ said no"`},
		"payloads": {func(l *slog.Logger) {
			l.Info("m", "payload", []byte(`{"id":"1","email":"jane"}`), "raw", json.RawMessage(`{"sku":"A","x":"y"}`))
		}, `msg=m payload="{\"email\":\"[4 characters]\",\"id\":\"1\"}" raw="{\"sku\":\"A\",\"x\":\"[1 characters]\"}"`},
		"structs": {func(l *slog.Logger) {
			l.Info("m", "v", struct{ Email, Status string }{"jane", "open"}, "to", &mail.Address{Name: "Jane", Address: "j@x"})
		}, `msg=m v="{\"Email\":\"[4 characters]\",\"Status\":\"open\"}" to="{\"Address\":\"[3 characters]\",\"Name\":\"[4 characters]\"}"`},
		"what cannot be shown": {func(l *slog.Logger) {
			l.Info("m", "v", func() {}, "c", make(chan int), "none", nil, "nil", (*canonical.Key)(nil))
		}, `msg=m v=[func()] c="[chan int]" none=<nil> nil=null`},
		"what panics when it is asked": {func(l *slog.Logger) {
			var none *fs.PathError
			l.Info("m", "error", error(none), "ok", true)
		}, `msg=m error=[*fs.PathError] ok=true`},
		"orders":               {func(l *slog.Logger) { l.Info("m", "of", order, "to", &order) }, `msg=m of.order=shop/main/1 of.status=open of.updated_at=0001-01-01T00:00:00.000Z of.lines=0 of.total=0 to.order=shop/main/1 to.status=open to.updated_at=0001-01-01T00:00:00.000Z to.lines=0 to.total=0`},
		"returns":              {func(l *slog.Logger) { l.Info("m", "of", canonical.Return{Key: key, Order: key, DeclineReason: "Jane"}) }, `msg=m of.return=shop/main/1 of.order=shop/main/1 of.approval="" of.logistics="" of.lines=0`},
		"buyers and addresses": {func(l *slog.Logger) { l.Info("m", "who", order.Buyer, "where", order.ShipTo) }, `msg=m who="[personal data]" where="[personal data]"`},
		"credentials": {func(l *slog.Logger) {
			l.Info("m", "with", odoo.APIKey("hunter2"), "login", odoo.Password("jane", "hunter2"))
		}, `msg=m with=[redacted] login=[redacted]`},
		"people in collections": {func(l *slog.Logger) { l.Info("m", "all", []canonical.Party{order.Buyer}) }, `msg=m all="[{\"name\":\"[8 characters]\"}]"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := logged(test.log); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestRedactingIsAHandler runs the rules of slog for handlers; the names that slogtest uses are harmless ones.
func TestRedactingIsAHandler(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out.Reset()
		return observe.Redacting(slog.NewJSONHandler(&out, nil))
	}, func(t *testing.T) map[string]any {
		var line map[string]any
		if err := json.Unmarshal(out.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		return line
	})
}

// TestRedactingKeepsTheLevel leaves out what the handler behind leaves out.
func TestRedactingKeepsTheLevel(t *testing.T) {
	t.Parallel()
	handler := observe.Redacting(slog.NewTextHandler(&bytes.Buffer{}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if handler.Enabled(context.Background(), slog.LevelInfo) || !handler.Enabled(context.Background(), slog.LevelWarn) {
		t.Error("the level is another")
	}
}

func FuzzRedacting(f *testing.F) {
	f.Add("email", "text")
	f.Add("", "+49 30 1234 5678")
	f.Fuzz(func(t *testing.T, name, text string) {
		const secret = "zxqv@secret.example"
		line := logged(func(l *slog.Logger) {
			l.Info(text, name, text+" "+secret, "customerEmail", text+"zxqvother", slog.Group(name, "password", "zxqvother"))
		})
		if strings.Contains(line, "zxqv") {
			t.Fatalf("%q", line)
		}
	})
}
