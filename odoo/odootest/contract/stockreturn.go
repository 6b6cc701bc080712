package contract

// returns are cases of goods that come back, and of orders in another unit than the goods'.
func returns() []stockCase {
	return []stockCase{
		{name: "a unit comes back", script: []string{"count A 9", "order A 5", "done 1.1 5", "validate 1", "back 1 1.1 2", "done 2.1 2", "validate 2"},
			want14: `
back 1 1.1 2 = picking 2
A 1: 6 6 0 0 6
A at 1: 6 (0)
A at elsewhere: -9 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 0 done 5
    1>out held 0 done 5
picking 2 done out>1 of order 1 dated
  A done 2 held 0 done 2
    out>1 held 0 done 2
order 1 sale: A 5 delivered 3`,
			want19: `
back 1 1.1 2 = picking 2
A 1: 6 6 0 0 6
A at 1: 6 (0)
A at elsewhere: -9 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 5 picked
    1>out held 5 picked
picking 2 done out>1 of order 1 dated
  A done 2 held 2 picked
    out>1 held 2 picked
order 1 sale: A 5 delivered 3`},
		{name: "a unit is to come back", script: []string{"count A 9", "order A 5 B 1", "done 1.1 5", "validate 1 skip", "track 1 REF1", "back 1 1.1 2"},
			want14: `
back 1 1.1 2 = picking 3
A 1: 4 4 2 0 6
B 1: 0 0 0 1 -1
A at 1: 4 (0)
A at elsewhere: -9 (0)
A at out: 5 (0)
picking 1 done 1>out of order 1 dated carried REF1
  A done 5 held 0 done 5
    1>out held 0 done 5
picking 2 confirmed 1>out of order 1 rest of 1
  B confirmed 1 held 0 done 0
picking 3 assigned out>1 of order 1
  A assigned 2 held 2 done 0
    out>1 held 2 done 0
order 1 sale: A 5 delivered 5, B 1 delivered 0`,
			want19: `
back 1 1.1 2 = picking 3
A 1: 4 4 2 0 6
B 1: 0 0 0 1 -1
A at 1: 4 (0)
A at elsewhere: -9 (0)
A at out: 5 (0)
picking 1 done 1>out of order 1 dated carried REF1
  A done 5 held 5 picked
    1>out held 5 picked
picking 2 confirmed 1>out of order 1 rest of 1
  B confirmed 1 held 0
picking 3 assigned out>1 of order 1
  A assigned 2 held 2
    out>1 held 2
order 1 sale: A 5 delivered 5, B 1 delivered 0`},
		{name: "what came back goes out again", script: []string{"count A 9", "order A 5", "done 1.1 5", "validate 1", "back 1 1.1 2", "done 2.1 2", "validate 2", "quantity 1.1 6"},
			want14: `
back 1 1.1 2 = picking 2
A 1: 6 3 0 3 3
A at 1: 6 (3)
A at elsewhere: -9 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 0 done 5
    1>out held 0 done 5
picking 2 done out>1 of order 1 dated
  A done 2 held 0 done 2
    out>1 held 0 done 2
picking 3 assigned 1>out of order 1
  A assigned 3 held 3 done 0
    1>out held 3 done 0
order 1 sale: A 6 delivered 3`,
			want19: `
back 1 1.1 2 = picking 2
A 1: 6 3 0 3 3
A at 1: 6 (3)
A at elsewhere: -9 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 5 picked
    1>out held 5 picked
picking 2 done out>1 of order 1 dated
  A done 2 held 2 picked
    out>1 held 2 picked
picking 3 assigned 1>out of order 1
  A assigned 3 held 3
    1>out held 3
order 1 sale: A 6 delivered 3`},
		{name: "nothing is to come back", script: []string{"count A 9", "order A 5", "done 1.1 5", "validate 1", "back 1 1.1 0"},
			want14: `
back 1 1.1 0 = UserError: Please specify at least one non-zero quantity.
A 1: 4 4 0 0 4
A at 1: 4 (0)
A at elsewhere: -9 (0)
A at out: 5 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 0 done 5
    1>out held 0 done 5
order 1 sale: A 5 delivered 5`,
			want19: `
back 1 1.1 0 = UserError: Please specify at least one non-zero quantity.
A 1: 4 4 0 0 4
A at 1: 4 (0)
A at elsewhere: -9 (0)
A at out: 5 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 5 picked
    1>out held 5 picked
order 1 sale: A 5 delivered 5`},
		{name: "by the dozen", script: []string{"count A 30", "dozens A 2", "done 1.1 12", "validate 1 skip"},
			want14: `
A 1: 18 18 0 12 6
A at 1: 18 (0)
A at elsewhere: -30 (0)
A at out: 12 (0)
picking 1 done 1>out of order 1 dated
  A done 12 held 0 done 12
    1>out held 0 done 12
picking 2 confirmed 1>out of order 1 rest of 1
  A confirmed 12 held 0 done 0
order 1 sale: A 2 delivered 1`,
			want19: `
A 1: 18 6 0 12 6
A at 1: 18 (12)
A at elsewhere: -30 (0)
A at out: 12 (0)
picking 1 done 1>out of order 1 dated
  A done 12 held 12 picked
    1>out held 12 picked
picking 2 assigned 1>out of order 1 rest of 1
  A assigned 12 held 12
    1>out held 12
order 1 sale: A 2 delivered 1`},
		{name: "by the dozen, in odd parts", script: []string{"count A 30", "dozens A 2", "done 1.1 5", "validate 1 skip", "quantity 1.1 1"},
			want14: `
A 1: 25 25 0 19 6
A at 1: 25 (0)
A at elsewhere: -30 (0)
A at out: 5 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 0 done 5
    1>out held 0 done 5
picking 2 confirmed 1>out of order 1 rest of 1
  A confirmed 19 held 0 done 0
order 1 sale: A 1 delivered 0.42`,
			want19: `
A 1: 25 18 0 7 18
A at 1: 25 (7)
A at elsewhere: -30 (0)
A at out: 5 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 5 picked
    1>out held 5 picked
picking 2 assigned 1>out of order 1 rest of 1
  A assigned 7 held 7
    1>out held 7
order 1 sale: A 1 delivered 0.42`},
		{name: "by the dozen, more", script: []string{"count A 90", "dozens A 2", "done 1.1 24", "validate 1", "quantity 1.1 3"},
			want14: `
A 1: 66 54 0 12 54
A at 1: 66 (12)
A at elsewhere: -90 (0)
A at out: 24 (0)
picking 1 done 1>out of order 1 dated
  A done 24 held 0 done 24
    1>out held 0 done 24
picking 2 assigned 1>out of order 1
  A assigned 12 held 12 done 0
    1>out held 12 done 0
order 1 sale: A 3 delivered 2`,
			want19: `
A 1: 66 54 0 12 54
A at 1: 66 (12)
A at elsewhere: -90 (0)
A at out: 24 (0)
picking 1 done 1>out of order 1 dated
  A done 24 held 24 picked
    1>out held 24 picked
picking 2 assigned 1>out of order 1
  A assigned 12 held 12
    1>out held 12
order 1 sale: A 3 delivered 2`},
	}
}
