package retailsync_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/retailsync/retailsync/canonical"
)

// A level that a process raised before it died, and that Odoo has sold again by the next run, is lowered at the channel too: it
// would be sold twice. The journal has what was shown.
func TestStockSetBackAfterADeath(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		store := &mortal{Memory: o.store}
		o.sync = o.connector(store)
		o.stocks(4, "mug", "cup")
		o.begin()
		o.count("mug", 9)
		o.count("cup", 7)
		store.dies = true
		if _, err := o.run(o.sync.PublishStock); !errors.Is(err, errDied) {
			o.Fatal(err)
		}
		o.shows(map[string]int{"mug": 9, "cup": 7})
		store.dies = false
		o.count("mug", 4)
		o.cycle("after the death", map[string]string{"mug": "published", "cup": "published"})
		o.shows(map[string]int{"mug": 4, "cup": 7})
		o.sent("mug 9", "cup 7", "mug 4")
		told := slices.ContainsFunc(o.journal.Events(), func(e canonical.Event) bool {
			return e.Type == canonical.EventStockPublished && e.Subject.ID == o.sku("cup")+"@here"
		})
		if !told {
			o.Errorf("the journal does not have the level: %+v", o.journal.Events())
		}
		o.cycle("nothing is left", nil)
	})
}

// A channel that cannot be asked is told once more.
func TestStockOfABlindChannelSetBackAfterADeath(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		store := &mortal{Memory: o.store}
		o.sync, o.target = o.connector(store), blind{o.rack}
		o.stocks(4, "mug")
		o.begin()
		o.count("mug", 9)
		store.dies = true
		if _, err := o.run(o.sync.PublishStock); !errors.Is(err, errDied) {
			o.Fatal(err)
		}
		store.dies = false
		o.count("mug", 4)
		o.cycle("after the death", map[string]string{"mug": "published"})
		o.shows(map[string]int{"mug": 4})
	})
}
