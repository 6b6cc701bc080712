package contract

// shipments are cases of pickings by hand, packages and tracking, and of corrections afterwards.
func shipments() []stockCase {
	return []stockCase{
		{name: "from a channel's own place", script: []string{"count A 9 at own", "hand own out A 4", "confirm 1", "assign 1", "done 1.1 4", "validate 1"},
			want14: `
A 1: 5 5 0 0 5
A at elsewhere: -9 (0)
A at out: 4 (0)
A at own: 5 (0)
picking 1 done own>out dated
  A done 4 held 0 done 4
    own>out held 0 done 4`,
			want19: `
A 1: 5 5 0 0 5
A at elsewhere: -9 (0)
A at out: 4 (0)
A at own: 5 (0)
picking 1 done own>out dated
  A done 4 held 4 picked
    own>out held 4 picked`},
		{name: "from a channel's own place at once", script: []string{"count A 9 at own", "hand own out A 4", "done 1.1 4", "validate 1"},
			want14: `
A 1: 5 5 0 0 5
A at elsewhere: -9 (0)
A at out: 4 (0)
A at own: 5 (0)
picking 1 done own>out dated
  A done 4 held 0 done 4
    own>out held 0 done 4`,
			want19: `
A 1: 5 5 0 0 5
A at elsewhere: -9 (0)
A at out: 4 (0)
A at own: 5 (0)
picking 1 done own>out dated
  A done 4 held 4 picked
    own>out held 4 picked`},
		{name: "from a vendor straight to the customer", script: []string{"hand vendor out A 4", "confirm 1", "done 1.1 3", "validate 1 skip"},
			want14: `
A at out: 3 (0)
A at vendor: -3 (0)
picking 1 done vendor>out dated
  A done 3 held 0 done 3
    vendor>out held 0 done 3
picking 2 assigned vendor>out rest of 1
  A assigned 1 held 1 done 0
    vendor>out held 1 done 0`,
			want19: `
A at out: 3 (0)
A at vendor: -3 (0)
picking 1 done vendor>out dated
  A done 3 held 3 picked
    vendor>out held 3 picked
picking 2 assigned vendor>out rest of 1
  A assigned 1 held 1
    vendor>out held 1`},
		{name: "a transfer to a channel's own place", script: []string{"count A 9", "hand 1 own A 4", "confirm 1", "assign 1", "done 1.1 4", "validate 1"},
			want14: `
A 1: 9 9 0 0 9
A at 1: 5 (0)
A at elsewhere: -9 (0)
A at own: 4 (0)
picking 1 done 1>own dated
  A done 4 held 0 done 4
    1>own held 0 done 4`,
			want19: `
A 1: 9 9 0 0 9
A at 1: 5 (0)
A at elsewhere: -9 (0)
A at own: 4 (0)
picking 1 done 1>own dated
  A done 4 held 4 picked
    1>own held 4 picked`},
		{name: "a draft", script: []string{"count A 9", "hand 1 out A 4", "validate 1", "ask"},
			want14: `
validate 1 = UserError: You cannot validate a transfer if no quantities are reserved nor done. To force the transfer, switch in edit mode and encode the done quantities.
ask = nothing was asked
A 1: 9 9 0 0 9
A at 1: 9 (0)
A at elsewhere: -9 (0)
picking 1 draft 1>out
  A draft 4 held 0 done 0`,
			want19: `
ask = nothing was asked
A 1: 5 5 0 0 5
A at 1: 5 (0)
A at elsewhere: -9 (0)
A at out: 4 (0)
picking 1 done 1>out dated
  A done 4 held 4 picked
    1>out held 4 picked`},
		{name: "in two packages", script: []string{"count A 9", "order A 5", "done 1.1 2", "pack 1.1 X", "split 1.1 3 Y", "validate 1"},
			want14: `
A 1: 4 4 0 0 4
A at 1: 4 (0)
A at elsewhere: -9 (0)
A at out: 2 (0) in X
A at out: 3 (0) in Y
picking 1 done 1>out of order 1 dated
  A done 5 held 0 done 5
    1>out held 0 done 2 in X
    1>out held 0 done 3 in Y
order 1 sale: A 5 delivered 5`,
			want19: `
A 1: 4 4 0 0 4
A at 1: 4 (0)
A at elsewhere: -9 (0)
A at out: 2 (0) in X
A at out: 3 (0) in Y
picking 1 done 1>out of order 1 dated
  A done 5 held 5 picked
    1>out held 2 picked in X
    1>out held 3 picked in Y
order 1 sale: A 5 delivered 5`},
		{name: "a part in a package", script: []string{"count A 9", "order A 5 C 2", "done 1.1 2", "pack 1.1 X", "validate 1 skip"},
			want14: `
A 1: 7 7 0 3 4
C 1: 0 0 0 2 -2
A at 1: 7 (0)
A at elsewhere: -9 (0)
A at out: 2 (0) in X
picking 1 done 1>out of order 1 dated
  A done 2 held 0 done 2
    1>out held 0 done 2 in X
picking 2 assigned 1>out of order 1 rest of 1
  C assigned 2 held 2 done 0
    1>out held 2 done 0
  A confirmed 3 held 0 done 0
order 1 sale: A 5 delivered 2, C 2 delivered 0`,
			want19: `
A 1: 7 4 0 3 4
C 1: 0 0 0 2 -2
A at 1: 7 (3)
A at elsewhere: -9 (0)
A at out: 2 (0) in X
picking 1 done 1>out of order 1 dated
  A done 2 held 2 picked
    1>out held 2 picked in X
picking 2 assigned 1>out of order 1 rest of 1
  C assigned 2 held 2
    1>out held 2
  A assigned 3 held 3
    1>out held 3
order 1 sale: A 5 delivered 2, C 2 delivered 0`},
		{name: "a package is noted late", script: []string{"count A 9", "order A 5", "done 1.1 5", "validate 1", "pack 1.1 X"},
			want14: `
A 1: 4 4 0 0 4
A at 1: 4 (0)
A at elsewhere: -9 (0)
A at out: 0 (0)
A at out: 5 (0) in X
picking 1 done 1>out of order 1 dated
  A done 5 held 0 done 5
    1>out held 0 done 5 in X
order 1 sale: A 5 delivered 5`,
			want19: `
A 1: 4 4 0 0 4
A at 1: 4 (0)
A at elsewhere: -9 (0)
A at out: 0 (0)
A at out: 5 (0) in X
picking 1 done 1>out of order 1 dated
  A done 5 held 5 picked
    1>out held 5 picked in X
order 1 sale: A 5 delivered 5`},
		{name: "what went out is corrected", script: []string{"count A 9", "order A 5", "done 1.1 5", "validate 1", "done 1.1 4"},
			want14: `
A 1: 5 5 0 0 5
A at 1: 5 (0)
A at elsewhere: -9 (0)
A at out: 4 (0)
picking 1 done 1>out of order 1 dated
  A done 4 held 0 done 4
    1>out held 0 done 4
order 1 sale: A 5 delivered 4`,
			want19: `
A 1: 5 5 0 0 5
A at 1: 5 (0)
A at elsewhere: -9 (0)
A at out: 4 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 4 picked
    1>out held 4 picked
order 1 sale: A 5 delivered 4`},
		{name: "tracking comes late", script: []string{"count A 9", "order A 5", "done 1.1 5", "validate 1", "track 1 REF1"},
			want14: `
A 1: 4 4 0 0 4
A at 1: 4 (0)
A at elsewhere: -9 (0)
A at out: 5 (0)
picking 1 done 1>out of order 1 dated carried REF1
  A done 5 held 0 done 5
    1>out held 0 done 5
order 1 sale: A 5 delivered 5`,
			want19: `
A 1: 4 4 0 0 4
A at 1: 4 (0)
A at elsewhere: -9 (0)
A at out: 5 (0)
picking 1 done 1>out of order 1 dated carried REF1
  A done 5 held 5 picked
    1>out held 5 picked
order 1 sale: A 5 delivered 5`},
		{name: "tracking stays with its part", script: []string{"count A 9", "order A 5", "done 1.1 2", "track 1 REF1", "validate 1 skip"},
			want14: `
A 1: 7 7 0 3 4
A at 1: 7 (0)
A at elsewhere: -9 (0)
A at out: 2 (0)
picking 1 done 1>out of order 1 dated carried REF1
  A done 2 held 0 done 2
    1>out held 0 done 2
picking 2 confirmed 1>out of order 1 rest of 1 carried
  A confirmed 3 held 0 done 0
order 1 sale: A 5 delivered 2`,
			want19: `
A 1: 7 4 0 3 4
A at 1: 7 (3)
A at elsewhere: -9 (0)
A at out: 2 (0)
picking 1 done 1>out of order 1 dated carried REF1
  A done 2 held 2 picked
    1>out held 2 picked
picking 2 assigned 1>out of order 1 rest of 1 carried
  A assigned 3 held 3
    1>out held 3
order 1 sale: A 5 delivered 2`},
	}
}
