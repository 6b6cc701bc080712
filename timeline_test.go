package retailsync_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/odoo"
)

// TestTimeline tells the story of one order: its own events and those of what belongs to it, in time, each once.
func TestTimeline(t *testing.T) {
	t.Parallel()
	shop := canonical.Channel{Name: "shop", Account: "main"}
	order, other := canonical.Key{Channel: shop, ID: "1"}, canonical.Key{Channel: shop, ID: "2"}
	at := func(hour int) time.Time { return time.Date(2026, 11, 1, hour, 0, 0, 0, time.UTC) }
	created := canonical.Event{ID: "a", Type: canonical.EventOrderCreated, At: at(1), Subject: order}
	shipped := canonical.Event{ID: "b", Type: canonical.EventShipmentPublished, At: at(2), Subject: order}
	asked := canonical.Event{ID: "c", Type: canonical.EventReturnRequested, At: at(3), Subject: canonical.Key{Channel: shop, ID: "r1"}, Order: order}
	foreign := canonical.Event{ID: "d", Type: canonical.EventReturnRequested, At: at(3), Subject: canonical.Key{Channel: shop, ID: "r2"}, Order: other}
	written := []canonical.Event{asked, created, foreign, shipped, created}

	memory := &retailsync.MemoryJournal{}
	if err := memory.Append(t.Context(), written...); err != nil {
		t.Fatal(err)
	}
	connector := retailsync.New((*odoo.Client)(nil), nil, retailsync.WithJournal(memory))
	got, err := connector.Timeline(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	want := []canonical.Event{created, shipped, asked}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}

	var file bytes.Buffer
	if err := retailsync.NewJSONJournal(&file).Append(t.Context(), written...); err != nil {
		t.Fatal(err)
	}
	file.WriteString(`{"id":"e","type":"order.cre`) // the writer died
	read, err := retailsync.ReadJSONJournal(&file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, retailsync.Timeline(order, read)); diff != "" {
		t.Errorf("timeline of a file (-want +got):\n%s", diff)
	}
	if _, err := retailsync.ReadJSONJournal(strings.NewReader("{}\nnonsense\n{}\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a broken line: error %v, want one that names line 2", err)
	}
	mute := retailsync.New((*odoo.Client)(nil), nil)
	if _, err := mute.Timeline(t.Context(), order); err == nil {
		t.Error("a journal that cannot be read: no error")
	}
}

// TestActorsAreNamed tells in the journal who acted.
func TestActorsAreNamed(t *testing.T) {
	t.Parallel()
	db := inProcess(t, 19)
	l := newLife(t, db, db.rules, retailsync.WithActor("service"))
	l.put(canonicaltest.Item("SKU-1", 1, 1999))
	l.want(retailsync.Created)
	l.edit(func(o *canonical.Order) { o.Status = canonical.StatusCancelled })
	if _, err := l.connector.ImportOrder(retailsync.ActingFor(t.Context(), "person:17"), l.source, []string{l.id}); err != nil {
		t.Fatal(err)
	}
	actors := map[canonical.EventType]string{}
	for _, event := range l.journal.Events() {
		actors[event.Type] = event.Actor
	}
	if actors[canonical.EventOrderCreated] != "service" || actors[canonical.EventOrderCancelled] != "person:17" {
		t.Errorf("actors %v", actors)
	}
}
