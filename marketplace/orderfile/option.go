package orderfile

// Option changes how a file is read.
type Option func(*options)

type options struct{ skipBroken bool }

// SkipBroken takes the orders of a file that can be read although others cannot: those are listed with their errors. Without it nothing is taken
// of a file of which a row cannot be read.
func SkipBroken() Option { return func(o *options) { o.skipBroken = true } }

func newOptions(all []Option) options {
	var o options
	for _, option := range all {
		option(&o)
	}
	return o
}
