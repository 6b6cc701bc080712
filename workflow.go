package retailsync

import (
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

// rehearses reports whether the rules have a workflow of a channel shown and not written. Rules that cannot be read stop
// the flow elsewhere.
func (c *Connector) rehearses(channel canonical.Channel, workflow mapping.Workflow) bool {
	rules, err := c.ruled.get(channel, func() (mapping.Channel, error) { return c.rules.For(channel) })
	return err == nil && !rules.Runs(workflow)
}
