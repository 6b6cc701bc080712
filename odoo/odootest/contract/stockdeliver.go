package contract

// deliveries are cases of pickings that are validated.
func deliveries() []stockCase {
	return []stockCase{
		{name: "delivered in full", script: []string{"count A 5", "order A 3 C 2", "validate 1 now", "ask"},
			want14: `
validate 1 now = stock.backorder.confirmation
A 1: 5 2 0 3 2
C 1: 0 0 0 2 -2
A at 1: 5 (3)
A at elsewhere: -5 (0)
picking 1 assigned 1>out of order 1 dated
  A assigned 3 held 3 done 0
    1>out held 3 done 0
  C assigned 2 held 2 done 0
    1>out held 2 done 0
order 1 sale: A 3 delivered 0, C 2 delivered 0`,
			want19: `
ask = nothing was asked
A 1: 2 2 0 0 2
A at 1: 2 (0)
A at elsewhere: -5 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 3 held 3 picked
    1>out held 3 picked
  C done 2 held 2 picked
    1>out held 2 picked
order 1 sale: A 3 delivered 3, C 2 delivered 2`},
		{name: "delivered in full by the done quantities", script: []string{"count A 5", "order A 3", "done 1.1 3", "validate 1"},
			want14: `
A 1: 2 2 0 0 2
A at 1: 2 (0)
A at elsewhere: -5 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 3 held 0 done 3
    1>out held 0 done 3
order 1 sale: A 3 delivered 3`,
			want19: `
A 1: 2 2 0 0 2
A at 1: 2 (0)
A at elsewhere: -5 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 3 held 3 picked
    1>out held 3 picked
order 1 sale: A 3 delivered 3`},
		{name: "delivered in two parts", script: []string{"count A 5", "order A 5", "done 1.1 2", "validate 1", "ask", "assign 2", "done 2.1 3", "validate 2"},
			want14: `
validate 1 = stock.backorder.confirmation
A at 1: 0 (0)
A at elsewhere: -5 (0)
A at out: 5 (0)
picking 1 done 1>out of order 1 dated
  A done 2 held 0 done 2
    1>out held 0 done 2
picking 2 done 1>out of order 1 rest of 1 dated
  A done 3 held 0 done 3
    1>out held 0 done 3
order 1 sale: A 5 delivered 5`,
			want19: `
validate 1 = stock.backorder.confirmation
A at 1: 0 (0)
A at elsewhere: -5 (0)
A at out: 5 (0)
picking 1 done 1>out of order 1 dated
  A done 2 held 2 picked
    1>out held 2 picked
picking 2 done 1>out of order 1 rest of 1 dated
  A done 3 held 3 picked
    1>out held 3 picked
order 1 sale: A 5 delivered 5`},
		{name: "delivered in part, the rest follows", script: []string{"count A 5", "order A 5 C 1", "done 1.1 2", "validate 1 skip"},
			want14: `
A 1: 3 3 0 3 0
C 1: 0 0 0 1 -1
A at 1: 3 (0)
A at elsewhere: -5 (0)
A at out: 2 (0)
picking 1 done 1>out of order 1 dated
  A done 2 held 0 done 2
    1>out held 0 done 2
picking 2 assigned 1>out of order 1 rest of 1
  C assigned 1 held 1 done 0
    1>out held 1 done 0
  A confirmed 3 held 0 done 0
order 1 sale: A 5 delivered 2, C 1 delivered 0`,
			want19: `
A 1: 3 0 0 3 0
C 1: 0 0 0 1 -1
A at 1: 3 (3)
A at elsewhere: -5 (0)
A at out: 2 (0)
picking 1 done 1>out of order 1 dated
  A done 2 held 2 picked
    1>out held 2 picked
picking 2 assigned 1>out of order 1 rest of 1
  C assigned 1 held 1
    1>out held 1
  A assigned 3 held 3
    1>out held 3
order 1 sale: A 5 delivered 2, C 1 delivered 0`},
		{name: "delivered in part, the rest ends", script: []string{"count A 5", "order A 5 B 1", "done 1.1 2", "validate 1", "refuse"},
			want14: `
validate 1 = stock.backorder.confirmation
A 1: 3 3 0 0 3
A at 1: 3 (0)
A at elsewhere: -5 (0)
A at out: 2 (0)
picking 1 done 1>out of order 1 dated
  A done 2 held 0 done 2
    1>out held 0 done 2
  B cancel 1 held 0 done 0
  A cancel 3 held 0 done 0
order 1 sale: A 5 delivered 2, B 1 delivered 0`,
			want19: `
validate 1 = stock.backorder.confirmation
A 1: 3 3 0 0 3
A at 1: 3 (0)
A at elsewhere: -5 (0)
A at out: 2 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 2 picked
    1>out held 2 picked
  B cancel 1 held 0
order 1 sale: A 5 delivered 2, B 1 delivered 0`},
		{name: "delivered in part, no rest by context", script: []string{"count A 5", "order A 5", "done 1.1 2", "validate 1 final"},
			want14: `
A 1: 3 3 0 0 3
A at 1: 3 (0)
A at elsewhere: -5 (0)
A at out: 2 (0)
picking 1 done 1>out of order 1 dated
  A done 2 held 0 done 2
    1>out held 0 done 2
  A cancel 3 held 0 done 0
order 1 sale: A 5 delivered 2`,
			want19: `
A 1: 3 3 0 0 3
A at 1: 3 (0)
A at elsewhere: -5 (0)
A at out: 2 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 2 picked
    1>out held 2 picked
order 1 sale: A 5 delivered 2`},
		{name: "what there is goes out", script: []string{"count A 2", "order A 5", "validate 1", "ask", "ask"},
			want14: `
validate 1 = stock.immediate.transfer
ask = stock.backorder.confirmation
A 1: 0 0 0 3 -3
A at 1: 0 (0)
A at elsewhere: -2 (0)
A at out: 2 (0)
picking 1 done 1>out of order 1 dated
  A done 2 held 0 done 2
    1>out held 0 done 2
picking 2 confirmed 1>out of order 1 rest of 1
  A confirmed 3 held 0 done 0
order 1 sale: A 5 delivered 2`,
			want19: `
validate 1 = stock.backorder.confirmation
ask = nothing was asked
A 1: 0 0 0 3 -3
A at 1: 0 (0)
A at elsewhere: -2 (0)
A at out: 2 (0)
picking 1 done 1>out of order 1 dated
  A done 2 held 2 picked
    1>out held 2 picked
picking 2 confirmed 1>out of order 1 rest of 1
  A confirmed 3 held 0
order 1 sale: A 5 delivered 2`},
		{name: "a rest of a rest", script: []string{"count A 9", "order A 6", "done 1.1 1", "validate 1 skip", "done 2.1 2", "validate 2 skip"},
			want14: `
A 1: 6 6 0 3 3
A at 1: 6 (0)
A at elsewhere: -9 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 1 held 0 done 1
    1>out held 0 done 1
picking 2 done 1>out of order 1 rest of 1 dated
  A done 2 held 0 done 2
    1>out held 0 done 2
picking 3 confirmed 1>out of order 1 rest of 2
  A confirmed 3 held 0 done 0
order 1 sale: A 6 delivered 3`,
			want19: `
A 1: 6 3 0 3 3
A at 1: 6 (3)
A at elsewhere: -9 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 1 held 1 picked
    1>out held 1 picked
picking 2 done 1>out of order 1 rest of 1 dated
  A done 2 held 2 picked
    1>out held 2 picked
picking 3 assigned 1>out of order 1 rest of 2
  A assigned 3 held 3
    1>out held 3
order 1 sale: A 6 delivered 3`},
		{name: "more than was ordered", script: []string{"count A 9", "order A 2", "done 1.1 3", "validate 1"},
			want14: `
A 1: 6 6 0 0 6
A at 1: 6 (0)
A at elsewhere: -9 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 3 held 0 done 3
    1>out held 0 done 3
order 1 sale: A 2 delivered 3`,
			want19: `
A 1: 6 6 0 0 6
A at 1: 6 (0)
A at elsewhere: -9 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 2 held 3 picked
    1>out held 3 picked
order 1 sale: A 2 delivered 3`},
		{name: "more than there is", script: []string{"count A 2", "order A 5", "done 1.1 5", "validate 1"},
			want14: `
A 1: -3 -3 0 0 -3
A at 1: -3 (0)
A at elsewhere: -2 (0)
A at out: 5 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 0 done 5
    1>out held 0 done 5
order 1 sale: A 5 delivered 5`,
			want19: `
A 1: -3 -3 0 0 -3
A at 1: -3 (0)
A at elsewhere: -2 (0)
A at out: 5 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 5 picked
    1>out held 2 picked
    1>out held 3 picked
order 1 sale: A 5 delivered 5`},
		{name: "taken from another order", script: []string{"count A 5", "order A 3", "order A 4", "done 2.1 4", "validate 2"},
			want14: `
A 1: 1 0 0 3 -2
A at 1: 1 (1)
A at elsewhere: -5 (0)
A at out: 4 (0)
picking 1 assigned 1>out of order 1
  A partially_available 3 held 1 done 0
    1>out held 1 done 0
picking 2 done 1>out of order 2 dated
  A done 4 held 0 done 4
    1>out held 0 done 4
order 1 sale: A 3 delivered 0
order 2 sale: A 4 delivered 4`,
			want19: `
A 1: 1 0 0 3 -2
A at 1: 1 (1)
A at elsewhere: -5 (0)
A at out: 4 (0)
picking 1 assigned 1>out of order 1
  A partially_available 3 held 1
    1>out held 1
picking 2 done 1>out of order 2 dated
  A done 4 held 4 picked
    1>out held 2 picked
    1>out held 2 picked
order 1 sale: A 3 delivered 0
order 2 sale: A 4 delivered 4`},
		{name: "nothing to deliver", script: []string{"order A 5", "validate 1", "done 1.1 0", "validate 1 now skip"},
			want14: `
validate 1 = UserError: You cannot validate a transfer if no quantities are reserved nor done. To force the transfer, switch in edit mode and encode the done quantities.
validate 1 now skip = UserError: You cannot validate a transfer if no quantities are reserved nor done. To force the transfer, switch in edit mode and encode the done quantities.
A 1: 0 0 0 5 -5
picking 1 confirmed 1>out of order 1
  A confirmed 5 held 0 done 0
order 1 sale: A 5 delivered 0`,
			want19: `
validate 1 = UserError: Transfer trouble alert! Validating a zero quantity transfer? You're not moving invisible goods around are you? / Set some quantities and let's get moving!
validate 1 now skip = UserError: Transfer trouble alert! Validating a zero quantity transfer? You're not moving invisible goods around are you? / Set some quantities and let's get moving!
A 1: 0 0 0 5 -5
picking 1 confirmed 1>out of order 1
  A confirmed 5 held 0 picked
order 1 sale: A 5 delivered 0`},
		{name: "validated twice", script: []string{"count A 5", "order A 3", "done 1.1 3", "validate 1", "validate 1"},
			want14: `
validate 1 = UserError: You cannot validate a transfer if no quantities are reserved nor done. To force the transfer, switch in edit mode and encode the done quantities.
A 1: 2 2 0 0 2
A at 1: 2 (0)
A at elsewhere: -5 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 3 held 0 done 3
    1>out held 0 done 3
order 1 sale: A 3 delivered 3`,
			want19: `
A 1: 2 2 0 0 2
A at 1: 2 (0)
A at elsewhere: -5 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 3 held 3 picked
    1>out held 3 picked
order 1 sale: A 3 delivered 3`},
		{name: "a done picking cannot be cancelled", script: []string{"count A 5", "order A 3", "done 1.1 3", "validate 1", "drop 1", "unreserve 1"},
			want14: `
drop 1 = UserError: You cannot cancel a stock move that has been set to 'Done'. Create a return in order to reverse the moves which took place.
unreserve 1 = UserError: You cannot unreserve a stock move that has been set to 'Done'.
A 1: 2 2 0 0 2
A at 1: 2 (0)
A at elsewhere: -5 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 3 held 0 done 3
    1>out held 0 done 3
order 1 sale: A 3 delivered 3`,
			want19: `
drop 1 = UserError: You cannot cancel a stock move that has been set to 'Done'. Create a return in order to reverse the moves which took place.
A 1: 2 2 0 0 2
A at 1: 2 (0)
A at elsewhere: -5 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 3 held 3 picked
    1>out held 3 picked
order 1 sale: A 3 delivered 3`},
	}
}
