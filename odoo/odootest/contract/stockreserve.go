package contract

// reservations are cases of goods that are reserved, and what gives them up.
func reservations() []stockCase {
	return []stockCase{
		{name: "an order reserves", script: []string{"count A 5", "order A 3"},
			want14: `
A 1: 5 2 0 3 2
A at 1: 5 (3)
A at elsewhere: -5 (0)
picking 1 assigned 1>out of order 1
  A assigned 3 held 3 done 0
    1>out held 3 done 0
order 1 sale: A 3 delivered 0`,
			want19: `
A 1: 5 2 0 3 2
A at 1: 5 (3)
A at elsewhere: -5 (0)
picking 1 assigned 1>out of order 1
  A assigned 3 held 3
    1>out held 3
order 1 sale: A 3 delivered 0`},
		{name: "an order reserves what there is", script: []string{"count A 2", "order A 5 B 1"},
			want14: `
A 1: 2 0 0 5 -3
B 1: 0 0 0 1 -1
A at 1: 2 (2)
A at elsewhere: -2 (0)
picking 1 assigned 1>out of order 1
  A partially_available 5 held 2 done 0
    1>out held 2 done 0
  B confirmed 1 held 0 done 0
order 1 sale: A 5 delivered 0, B 1 delivered 0`,
			want19: `
A 1: 2 0 0 5 -3
B 1: 0 0 0 1 -1
A at 1: 2 (2)
A at elsewhere: -2 (0)
picking 1 assigned 1>out of order 1
  A partially_available 5 held 2
    1>out held 2
  B confirmed 1 held 0
order 1 sale: A 5 delivered 0, B 1 delivered 0`},
		{name: "nothing to reserve", script: []string{"order A 5"},
			want14: `
A 1: 0 0 0 5 -5
picking 1 confirmed 1>out of order 1
  A confirmed 5 held 0 done 0
order 1 sale: A 5 delivered 0`,
			want19: `
A 1: 0 0 0 5 -5
picking 1 confirmed 1>out of order 1
  A confirmed 5 held 0
order 1 sale: A 5 delivered 0`},
		{name: "goods without stock are always there", script: []string{"order C 5 A 1"},
			want14: `
A 1: 0 0 0 1 -1
C 1: 0 0 0 5 -5
picking 1 assigned 1>out of order 1
  C assigned 5 held 5 done 0
    1>out held 5 done 0
  A confirmed 1 held 0 done 0
order 1 sale: C 5 delivered 0, A 1 delivered 0`,
			want19: `
A 1: 0 0 0 1 -1
C 1: 0 0 0 5 -5
picking 1 assigned 1>out of order 1
  C assigned 5 held 5
    1>out held 5
  A confirmed 1 held 0
order 1 sale: C 5 delivered 0, A 1 delivered 0`},
		{name: "goods come later", script: []string{"order A 5", "count A 3", "assign 1"},
			want14: `
A 1: 3 0 0 5 -2
A at 1: 3 (3)
A at elsewhere: -3 (0)
picking 1 assigned 1>out of order 1
  A partially_available 5 held 3 done 0
    1>out held 3 done 0
order 1 sale: A 5 delivered 0`,
			want19: `
A 1: 3 0 0 5 -2
A at 1: 3 (3)
A at elsewhere: -3 (0)
picking 1 assigned 1>out of order 1
  A partially_available 5 held 3
    1>out held 3
order 1 sale: A 5 delivered 0`},
		{name: "each warehouse on its own", script: []string{"count A 5", "count A 2 at 2", "order A 3 from 2", "order A 1"},
			want14: `
A 1: 5 4 0 1 4
A 2: 2 0 0 3 -1
A at 1: 5 (1)
A at 2: 2 (2)
A at elsewhere: -7 (0)
picking 1 assigned 2>out of order 1
  A partially_available 3 held 2 done 0
    2>out held 2 done 0
picking 2 assigned 1>out of order 2
  A assigned 1 held 1 done 0
    1>out held 1 done 0
order 1 sale: A 3 delivered 0
order 2 sale: A 1 delivered 0`,
			want19: `
A 1: 5 4 0 1 4
A 2: 2 0 0 3 -1
A at 1: 5 (1)
A at 2: 2 (2)
A at elsewhere: -7 (0)
picking 1 assigned 2>out of order 1
  A partially_available 3 held 2
    2>out held 2
picking 2 assigned 1>out of order 2
  A assigned 1 held 1
    1>out held 1
order 1 sale: A 3 delivered 0
order 2 sale: A 1 delivered 0`},
		{name: "goods lie in several places", script: []string{"count A 2", "count A 4 at shelf", "order A 5"},
			want14: `
A 1: 6 1 0 5 1
A at 1: 2 (2)
A at elsewhere: -6 (0)
A at shelf: 4 (3)
picking 1 assigned 1>out of order 1
  A assigned 5 held 5 done 0
    1>out held 2 done 0
    shelf>out held 3 done 0
order 1 sale: A 5 delivered 0`,
			want19: `
A 1: 6 1 0 5 1
A at 1: 2 (2)
A at elsewhere: -6 (0)
A at shelf: 4 (3)
picking 1 assigned 1>out of order 1
  A assigned 5 held 5
    1>out held 2
    shelf>out held 3
order 1 sale: A 5 delivered 0`},
		{name: "first come", script: []string{"count A 5", "order A 3", "order A 4"},
			want14: `
A 1: 5 0 0 7 -2
A at 1: 5 (5)
A at elsewhere: -5 (0)
picking 1 assigned 1>out of order 1
  A assigned 3 held 3 done 0
    1>out held 3 done 0
picking 2 assigned 1>out of order 2
  A partially_available 4 held 2 done 0
    1>out held 2 done 0
order 1 sale: A 3 delivered 0
order 2 sale: A 4 delivered 0`,
			want19: `
A 1: 5 0 0 7 -2
A at 1: 5 (5)
A at elsewhere: -5 (0)
picking 1 assigned 1>out of order 1
  A assigned 3 held 3
    1>out held 3
picking 2 assigned 1>out of order 2
  A partially_available 4 held 2
    1>out held 2
order 1 sale: A 3 delivered 0
order 2 sale: A 4 delivered 0`},
		{name: "unreserved and reserved again", script: []string{"count A 5", "order A 3", "unreserve 1", "assign 1", "unreserve 1"},
			want14: `
A 1: 5 5 0 3 2
A at 1: 5 (0)
A at elsewhere: -5 (0)
picking 1 confirmed 1>out of order 1
  A confirmed 3 held 0 done 0
order 1 sale: A 3 delivered 0`,
			want19: `
A 1: 5 5 0 3 2
A at 1: 5 (0)
A at elsewhere: -5 (0)
picking 1 confirmed 1>out of order 1
  A confirmed 3 held 0
order 1 sale: A 3 delivered 0`},
		{name: "a picking is cancelled", script: []string{"count A 5", "order A 3", "drop 1", "assign 1", "validate 1"},
			want14: `
assign 1 = UserError: Nothing to check the availability for.
validate 1 = UserError: You cannot validate a transfer if no quantities are reserved nor done. To force the transfer, switch in edit mode and encode the done quantities.
A 1: 5 5 0 0 5
A at 1: 5 (0)
A at elsewhere: -5 (0)
picking 1 cancel 1>out of order 1
  A cancel 3 held 0 done 0
order 1 sale: A 3 delivered 0`,
			want19: `
assign 1 = UserError: Nothing to check the availability for.
validate 1 = UserError: Transfer trouble alert! Validating a zero quantity transfer? You're not moving invisible goods around are you? / Set some quantities and let's get moving!
A 1: 5 5 0 0 5
A at 1: 5 (0)
A at elsewhere: -5 (0)
picking 1 cancel 1>out of order 1
  A cancel 3 held 0
order 1 sale: A 3 delivered 0`},
		{name: "an order is cancelled", script: []string{"count A 5", "order A 3", "cancel 1"},
			want14: `
A 1: 5 5 0 0 5
A at 1: 5 (0)
A at elsewhere: -5 (0)
picking 1 cancel 1>out of order 1
  A cancel 3 held 0 done 0
order 1 cancel: A 3 delivered 0`,
			want19: `
A 1: 5 5 0 0 5
A at 1: 5 (0)
A at elsewhere: -5 (0)
picking 1 cancel 1>out of order 1
  A cancel 3 held 0
order 1 cancel: A 3 delivered 0`},
		{name: "an order is cancelled after a part went out", script: []string{"count A 5", "order A 3", "done 1.1 1", "validate 1 skip", "cancel 1"},
			want14: `
A 1: 4 4 0 0 4
A at 1: 4 (0)
A at elsewhere: -5 (0)
A at out: 1 (0)
picking 1 done 1>out of order 1 dated
  A done 1 held 0 done 1
    1>out held 0 done 1
picking 2 cancel 1>out of order 1 rest of 1
  A cancel 2 held 0 done 0
order 1 cancel: A 3 delivered 1`,
			want19: `
A 1: 4 4 0 0 4
A at 1: 4 (0)
A at elsewhere: -5 (0)
A at out: 1 (0)
picking 1 done 1>out of order 1 dated
  A done 1 held 1 picked
    1>out held 1 picked
picking 2 cancel 1>out of order 1 rest of 1
  A cancel 2 held 0
order 1 cancel: A 3 delivered 1`},
		{name: "the demand of a move is lowered", script: []string{"count A 9", "order A 5", "demand 1.1 2", "assign 1"},
			want14: `
A 1: 9 7 0 2 7
A at 1: 9 (2)
A at elsewhere: -9 (0)
picking 1 assigned 1>out of order 1
  A assigned 2 held 2 done 0
    1>out held 2 done 0
order 1 sale: A 5 delivered 0`,
			want19: `
A 1: 9 7 0 2 7
A at 1: 9 (2)
A at elsewhere: -9 (0)
picking 1 assigned 1>out of order 1
  A assigned 2 held 2
    1>out held 2
order 1 sale: A 5 delivered 0`},
		{name: "the demand of a move ends", script: []string{"count A 9", "order A 5 C 1", "demand 1.1 0", "drop 1"},
			want14: `
A 1: 9 9 0 0 9
A at 1: 9 (0)
A at elsewhere: -9 (0)
picking 1 cancel 1>out of order 1
  A cancel 0 held 0 done 0
  C cancel 1 held 0 done 0
order 1 sale: A 5 delivered 0, C 1 delivered 0`,
			want19: `
A 1: 9 9 0 0 9
A at 1: 9 (0)
A at elsewhere: -9 (0)
picking 1 cancel 1>out of order 1
  A cancel 0 held 0
  C cancel 1 held 0
order 1 sale: A 5 delivered 0, C 1 delivered 0`},
		{name: "a count takes what is reserved", script: []string{"count A 5", "order A 4", "count A 1"},
			want14: `
A 1: 1 1 0 4 -3
A at 1: 1 (0)
A at elsewhere: -1 (0)
picking 1 confirmed 1>out of order 1
  A confirmed 4 held 0 done 0
order 1 sale: A 4 delivered 0`,
			want19: `
A 1: 1 0 0 4 -3
A at 1: 1 (1)
A at elsewhere: -1 (0)
picking 1 assigned 1>out of order 1
  A partially_available 4 held 1
    1>out held 1
order 1 sale: A 4 delivered 0`},
		{name: "a count below zero", script: []string{"count A -2", "order A 1"},
			want14: `
A 1: -2 -2 0 1 -3
A at 1: -2 (0)
A at elsewhere: 2 (0)
picking 1 confirmed 1>out of order 1
  A confirmed 1 held 0 done 0
order 1 sale: A 1 delivered 0`,
			want19: `
A 1: -2 -2 0 1 -3
A at 1: -2 (0)
A at elsewhere: 2 (0)
picking 1 confirmed 1>out of order 1
  A confirmed 1 held 0
order 1 sale: A 1 delivered 0`},
		{name: "a count of what is not counted", script: []string{"count C 2"},
			want14: `
count C 2 = ValidationError: Quants cannot be created for consumables or services.`,
			want19: `
count C 2 = ValidationError: Quants cannot be created for consumables or services.`},
	}
}
