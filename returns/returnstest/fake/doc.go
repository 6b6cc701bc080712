// Package fake is a returns platform in memory, for the tests and examples of flows. It keeps returns, changes them as a buyer or
// the platform's staff would, shows what it was told, and can fail before or after any call.
//
//	platform := fake.New(canonical.Channel{Name: "fake", Account: "main"})
//	platform.Put(canonical.Return{...})
//	platform.Inject(fake.Fault{Op: fake.Approve, After: true}) // done, but the reply is lost
//
// It can do all that package returns knows. A platform that can do less is made by embedding the wanted interfaces:
//
//	type reader interface {
//		returns.Lister
//		returns.Getter
//	}
//	var readOnly returns.Platform = struct{ reader }{platform}
package fake
