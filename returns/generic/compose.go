package generic

// What a configuration adds to listing and getting, as bits.
const (
	receives = 1 << iota
	decides
	labels
	gets
	inspects
	closes
)

// compose returns a platform that implements the interfaces for which it is configured, and no others: what a platform can do is
// found by type assertion, so each combination needs a type of its own.
func compose(p *platform) Platform {
	able := 0
	for bit, has := range map[int]bool{
		receives: p.webhook != nil, decides: p.actions["approve"] != nil, labels: p.actions["label"] != nil,
		gets: p.actions["receive"] != nil, inspects: p.actions["inspect"] != nil, closes: p.actions["close"] != nil,
	} {
		if has {
			able |= bit
		}
	}
	b := base{p}
	switch able {
	case receives:
		return struct {
			base
			receiver
		}{b, receiver{p}}
	case decides:
		return struct {
			base
			decider
		}{b, decider{p}}
	case receives | decides:
		return struct {
			base
			receiver
			decider
		}{b, receiver{p}, decider{p}}
	case labels:
		return struct {
			base
			labeller
		}{b, labeller{p}}
	case receives | labels:
		return struct {
			base
			receiver
			labeller
		}{b, receiver{p}, labeller{p}}
	case decides | labels:
		return struct {
			base
			decider
			labeller
		}{b, decider{p}, labeller{p}}
	case receives | decides | labels:
		return struct {
			base
			receiver
			decider
			labeller
		}{b, receiver{p}, decider{p}, labeller{p}}
	case gets:
		return struct {
			base
			receipts
		}{b, receipts{p}}
	case receives | gets:
		return struct {
			base
			receiver
			receipts
		}{b, receiver{p}, receipts{p}}
	case decides | gets:
		return struct {
			base
			decider
			receipts
		}{b, decider{p}, receipts{p}}
	case receives | decides | gets:
		return struct {
			base
			receiver
			decider
			receipts
		}{b, receiver{p}, decider{p}, receipts{p}}
	case labels | gets:
		return struct {
			base
			labeller
			receipts
		}{b, labeller{p}, receipts{p}}
	case receives | labels | gets:
		return struct {
			base
			receiver
			labeller
			receipts
		}{b, receiver{p}, labeller{p}, receipts{p}}
	case decides | labels | gets:
		return struct {
			base
			decider
			labeller
			receipts
		}{b, decider{p}, labeller{p}, receipts{p}}
	case receives | decides | labels | gets:
		return struct {
			base
			receiver
			decider
			labeller
			receipts
		}{b, receiver{p}, decider{p}, labeller{p}, receipts{p}}
	case inspects:
		return struct {
			base
			inspections
		}{b, inspections{p}}
	case receives | inspects:
		return struct {
			base
			receiver
			inspections
		}{b, receiver{p}, inspections{p}}
	case decides | inspects:
		return struct {
			base
			decider
			inspections
		}{b, decider{p}, inspections{p}}
	case receives | decides | inspects:
		return struct {
			base
			receiver
			decider
			inspections
		}{b, receiver{p}, decider{p}, inspections{p}}
	case labels | inspects:
		return struct {
			base
			labeller
			inspections
		}{b, labeller{p}, inspections{p}}
	case receives | labels | inspects:
		return struct {
			base
			receiver
			labeller
			inspections
		}{b, receiver{p}, labeller{p}, inspections{p}}
	case decides | labels | inspects:
		return struct {
			base
			decider
			labeller
			inspections
		}{b, decider{p}, labeller{p}, inspections{p}}
	case receives | decides | labels | inspects:
		return struct {
			base
			receiver
			decider
			labeller
			inspections
		}{b, receiver{p}, decider{p}, labeller{p}, inspections{p}}
	case gets | inspects:
		return struct {
			base
			receipts
			inspections
		}{b, receipts{p}, inspections{p}}
	case receives | gets | inspects:
		return struct {
			base
			receiver
			receipts
			inspections
		}{b, receiver{p}, receipts{p}, inspections{p}}
	case decides | gets | inspects:
		return struct {
			base
			decider
			receipts
			inspections
		}{b, decider{p}, receipts{p}, inspections{p}}
	case receives | decides | gets | inspects:
		return struct {
			base
			receiver
			decider
			receipts
			inspections
		}{b, receiver{p}, decider{p}, receipts{p}, inspections{p}}
	case labels | gets | inspects:
		return struct {
			base
			labeller
			receipts
			inspections
		}{b, labeller{p}, receipts{p}, inspections{p}}
	case receives | labels | gets | inspects:
		return struct {
			base
			receiver
			labeller
			receipts
			inspections
		}{b, receiver{p}, labeller{p}, receipts{p}, inspections{p}}
	case decides | labels | gets | inspects:
		return struct {
			base
			decider
			labeller
			receipts
			inspections
		}{b, decider{p}, labeller{p}, receipts{p}, inspections{p}}
	case receives | decides | labels | gets | inspects:
		return struct {
			base
			receiver
			decider
			labeller
			receipts
			inspections
		}{b, receiver{p}, decider{p}, labeller{p}, receipts{p}, inspections{p}}
	case closes:
		return struct {
			base
			closer
		}{b, closer{p}}
	case receives | closes:
		return struct {
			base
			receiver
			closer
		}{b, receiver{p}, closer{p}}
	case decides | closes:
		return struct {
			base
			decider
			closer
		}{b, decider{p}, closer{p}}
	case receives | decides | closes:
		return struct {
			base
			receiver
			decider
			closer
		}{b, receiver{p}, decider{p}, closer{p}}
	case labels | closes:
		return struct {
			base
			labeller
			closer
		}{b, labeller{p}, closer{p}}
	case receives | labels | closes:
		return struct {
			base
			receiver
			labeller
			closer
		}{b, receiver{p}, labeller{p}, closer{p}}
	case decides | labels | closes:
		return struct {
			base
			decider
			labeller
			closer
		}{b, decider{p}, labeller{p}, closer{p}}
	case receives | decides | labels | closes:
		return struct {
			base
			receiver
			decider
			labeller
			closer
		}{b, receiver{p}, decider{p}, labeller{p}, closer{p}}
	case gets | closes:
		return struct {
			base
			receipts
			closer
		}{b, receipts{p}, closer{p}}
	case receives | gets | closes:
		return struct {
			base
			receiver
			receipts
			closer
		}{b, receiver{p}, receipts{p}, closer{p}}
	case decides | gets | closes:
		return struct {
			base
			decider
			receipts
			closer
		}{b, decider{p}, receipts{p}, closer{p}}
	case receives | decides | gets | closes:
		return struct {
			base
			receiver
			decider
			receipts
			closer
		}{b, receiver{p}, decider{p}, receipts{p}, closer{p}}
	case labels | gets | closes:
		return struct {
			base
			labeller
			receipts
			closer
		}{b, labeller{p}, receipts{p}, closer{p}}
	case receives | labels | gets | closes:
		return struct {
			base
			receiver
			labeller
			receipts
			closer
		}{b, receiver{p}, labeller{p}, receipts{p}, closer{p}}
	case decides | labels | gets | closes:
		return struct {
			base
			decider
			labeller
			receipts
			closer
		}{b, decider{p}, labeller{p}, receipts{p}, closer{p}}
	case receives | decides | labels | gets | closes:
		return struct {
			base
			receiver
			decider
			labeller
			receipts
			closer
		}{b, receiver{p}, decider{p}, labeller{p}, receipts{p}, closer{p}}
	case inspects | closes:
		return struct {
			base
			inspections
			closer
		}{b, inspections{p}, closer{p}}
	case receives | inspects | closes:
		return struct {
			base
			receiver
			inspections
			closer
		}{b, receiver{p}, inspections{p}, closer{p}}
	case decides | inspects | closes:
		return struct {
			base
			decider
			inspections
			closer
		}{b, decider{p}, inspections{p}, closer{p}}
	case receives | decides | inspects | closes:
		return struct {
			base
			receiver
			decider
			inspections
			closer
		}{b, receiver{p}, decider{p}, inspections{p}, closer{p}}
	case labels | inspects | closes:
		return struct {
			base
			labeller
			inspections
			closer
		}{b, labeller{p}, inspections{p}, closer{p}}
	case receives | labels | inspects | closes:
		return struct {
			base
			receiver
			labeller
			inspections
			closer
		}{b, receiver{p}, labeller{p}, inspections{p}, closer{p}}
	case decides | labels | inspects | closes:
		return struct {
			base
			decider
			labeller
			inspections
			closer
		}{b, decider{p}, labeller{p}, inspections{p}, closer{p}}
	case receives | decides | labels | inspects | closes:
		return struct {
			base
			receiver
			decider
			labeller
			inspections
			closer
		}{b, receiver{p}, decider{p}, labeller{p}, inspections{p}, closer{p}}
	case gets | inspects | closes:
		return struct {
			base
			receipts
			inspections
			closer
		}{b, receipts{p}, inspections{p}, closer{p}}
	case receives | gets | inspects | closes:
		return struct {
			base
			receiver
			receipts
			inspections
			closer
		}{b, receiver{p}, receipts{p}, inspections{p}, closer{p}}
	case decides | gets | inspects | closes:
		return struct {
			base
			decider
			receipts
			inspections
			closer
		}{b, decider{p}, receipts{p}, inspections{p}, closer{p}}
	case receives | decides | gets | inspects | closes:
		return struct {
			base
			receiver
			decider
			receipts
			inspections
			closer
		}{b, receiver{p}, decider{p}, receipts{p}, inspections{p}, closer{p}}
	case labels | gets | inspects | closes:
		return struct {
			base
			labeller
			receipts
			inspections
			closer
		}{b, labeller{p}, receipts{p}, inspections{p}, closer{p}}
	case receives | labels | gets | inspects | closes:
		return struct {
			base
			receiver
			labeller
			receipts
			inspections
			closer
		}{b, receiver{p}, labeller{p}, receipts{p}, inspections{p}, closer{p}}
	case decides | labels | gets | inspects | closes:
		return struct {
			base
			decider
			labeller
			receipts
			inspections
			closer
		}{b, decider{p}, labeller{p}, receipts{p}, inspections{p}, closer{p}}
	case receives | decides | labels | gets | inspects | closes:
		return struct {
			base
			receiver
			decider
			labeller
			receipts
			inspections
			closer
		}{b, receiver{p}, decider{p}, labeller{p}, receipts{p}, inspections{p}, closer{p}}
	default:
		return b
	}
}
