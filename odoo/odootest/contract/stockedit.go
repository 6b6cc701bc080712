package contract

// edits are cases of confirmed orders that change.
func edits() []stockCase {
	return []stockCase{
		{name: "a line grows", script: []string{"count A 9", "order A 3", "quantity 1.1 5"},
			want14: `
A 1: 9 4 0 5 4
A at 1: 9 (5)
A at elsewhere: -9 (0)
picking 1 assigned 1>out of order 1
  A assigned 5 held 5 done 0
    1>out held 5 done 0
order 1 sale: A 5 delivered 0`,
			want19: `
A 1: 9 4 0 5 4
A at 1: 9 (5)
A at elsewhere: -9 (0)
picking 1 assigned 1>out of order 1
  A assigned 5 held 5
    1>out held 5
order 1 sale: A 5 delivered 0`},
		{name: "a line grows after a part went out", script: []string{"count A 9", "order A 3", "done 1.1 1", "validate 1 skip", "quantity 1.1 5"},
			want14: `
A 1: 8 4 0 4 4
A at 1: 8 (4)
A at elsewhere: -9 (0)
A at out: 1 (0)
picking 1 done 1>out of order 1 dated
  A done 1 held 0 done 1
    1>out held 0 done 1
picking 2 assigned 1>out of order 1 rest of 1
  A assigned 4 held 4 done 0
    1>out held 4 done 0
order 1 sale: A 5 delivered 1`,
			want19: `
A 1: 8 4 0 4 4
A at 1: 8 (4)
A at elsewhere: -9 (0)
A at out: 1 (0)
picking 1 done 1>out of order 1 dated
  A done 1 held 1 picked
    1>out held 1 picked
picking 2 assigned 1>out of order 1 rest of 1
  A assigned 4 held 4
    1>out held 4
order 1 sale: A 5 delivered 1`},
		{name: "a line grows after all went out", script: []string{"count A 9", "order A 3", "done 1.1 3", "validate 1", "quantity 1.1 5"},
			want14: `
A 1: 6 4 0 2 4
A at 1: 6 (2)
A at elsewhere: -9 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 3 held 0 done 3
    1>out held 0 done 3
picking 2 assigned 1>out of order 1
  A assigned 2 held 2 done 0
    1>out held 2 done 0
order 1 sale: A 5 delivered 3`,
			want19: `
A 1: 6 4 0 2 4
A at 1: 6 (2)
A at elsewhere: -9 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 3 held 3 picked
    1>out held 3 picked
picking 2 assigned 1>out of order 1
  A assigned 2 held 2
    1>out held 2
order 1 sale: A 5 delivered 3`},
		{name: "a line shrinks", script: []string{"count A 9", "order A 5", "quantity 1.1 2"},
			want14: `
A 1: 9 4 0 5 4
A at 1: 9 (5)
A at elsewhere: -9 (0)
picking 1 assigned 1>out of order 1
  A assigned 5 held 5 done 0
    1>out held 5 done 0
order 1 sale: A 2 delivered 0`,
			want19: `
A 1: 9 7 0 2 7
A at 1: 9 (2)
A at elsewhere: -9 (0)
picking 1 assigned 1>out of order 1
  A assigned 2 held 2
    1>out held 2
order 1 sale: A 2 delivered 0`},
		{name: "a line shrinks to nothing", script: []string{"count A 9", "order A 5 B 1", "quantity 1.1 0"},
			want14: `
A 1: 9 4 0 5 4
B 1: 0 0 0 1 -1
A at 1: 9 (5)
A at elsewhere: -9 (0)
picking 1 assigned 1>out of order 1
  A assigned 5 held 5 done 0
    1>out held 5 done 0
  B confirmed 1 held 0 done 0
order 1 sale: A 0 delivered 0, B 1 delivered 0`,
			want19: `
A 1: 9 9 0 0 9
B 1: 0 0 0 1 -1
A at 1: 9 (0)
A at elsewhere: -9 (0)
picking 1 confirmed 1>out of order 1
  A cancel 0 held 0
  B confirmed 1 held 0
order 1 sale: A 0 delivered 0, B 1 delivered 0`},
		{name: "a line shrinks below what went out", script: []string{"count A 9", "order A 5", "done 1.1 3", "validate 1 skip", "quantity 1.1 2"},
			want14: `
quantity 1.1 2 = UserError: You cannot decrease the ordered quantity below the delivered quantity. / Create a return first.
A 1: 6 6 0 2 4
A at 1: 6 (0)
A at elsewhere: -9 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 3 held 0 done 3
    1>out held 0 done 3
picking 2 confirmed 1>out of order 1 rest of 1
  A confirmed 2 held 0 done 0
order 1 sale: A 5 delivered 3`,
			want19: `
quantity 1.1 2 = UserError: The ordered quantity of a sale order line cannot be decreased below the amount already delivered. Instead, create a return in your inventory.
A 1: 6 4 0 2 4
A at 1: 6 (2)
A at elsewhere: -9 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 3 held 3 picked
    1>out held 3 picked
picking 2 assigned 1>out of order 1 rest of 1
  A assigned 2 held 2
    1>out held 2
order 1 sale: A 5 delivered 3`},
		{name: "a line shrinks to what went out", script: []string{"count A 9", "order A 5", "done 1.1 3", "validate 1 skip", "quantity 1.1 3"},
			want14: `
A 1: 6 6 0 2 4
A at 1: 6 (0)
A at elsewhere: -9 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 3 held 0 done 3
    1>out held 0 done 3
picking 2 confirmed 1>out of order 1 rest of 1
  A confirmed 2 held 0 done 0
order 1 sale: A 3 delivered 3`,
			want19: `
A 1: 6 6 0 0 6
A at 1: 6 (0)
A at elsewhere: -9 (0)
A at out: 3 (0)
picking 1 done 1>out of order 1 dated
  A done 3 held 3 picked
    1>out held 3 picked
picking 2 cancel 1>out of order 1 rest of 1
  A cancel 0 held 0
order 1 sale: A 3 delivered 3`},
		{name: "a line more", script: []string{"count A 9", "order A 5", "line 1 A 2"},
			want14: `
A 1: 9 2 0 7 2
A at 1: 9 (7)
A at elsewhere: -9 (0)
picking 1 assigned 1>out of order 1
  A assigned 5 held 5 done 0
    1>out held 5 done 0
  A assigned 2 held 2 done 0
    1>out held 2 done 0
order 1 sale: A 5 delivered 0, A 2 delivered 0`,
			want19: `
A 1: 9 2 0 7 2
A at 1: 9 (7)
A at elsewhere: -9 (0)
picking 1 assigned 1>out of order 1
  A assigned 5 held 5
    1>out held 5
  A assigned 2 held 2
    1>out held 2
order 1 sale: A 5 delivered 0, A 2 delivered 0`},
		{name: "a line more after all went out", script: []string{"count A 9", "order A 5", "done 1.1 5", "validate 1", "line 1 A 2"},
			want14: `
A 1: 4 2 0 2 2
A at 1: 4 (2)
A at elsewhere: -9 (0)
A at out: 5 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 0 done 5
    1>out held 0 done 5
picking 2 assigned 1>out of order 1
  A assigned 2 held 2 done 0
    1>out held 2 done 0
order 1 sale: A 5 delivered 5, A 2 delivered 0`,
			want19: `
A 1: 4 2 0 2 2
A at 1: 4 (2)
A at elsewhere: -9 (0)
A at out: 5 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 5 picked
    1>out held 5 picked
picking 2 assigned 1>out of order 1
  A assigned 2 held 2
    1>out held 2
order 1 sale: A 5 delivered 5, A 2 delivered 0`},
	}
}
