// Package tree reads JSON whose form nobody can rely on: a [Value] is a node or nothing, knows its path for errors, and gives text,
// numbers and times exactly as they are written. A [Path] finds values by a small language that people can write in configuration:
//
//	order.external_id        the field of a field
//	shipments[0].label       the first element of a list
//	items[*].sku             all elements
//	shipments[kind=return]   the elements with a field of that value
//	'a.b'.c                  a name with special characters
//	$.currency               from the whole document rather than from the element that is read
//	@                        the element itself
//	=EUR                     always the same text
//	rma_number | id          the first that is not empty
package tree
