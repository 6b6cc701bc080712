package contract

// loadedBack are cases of pickings that are loaded by External ID, as the flow of returns makes them, and of goods that are written off.
func loadedBack() []stockCase {
	return []stockCase{
		{name: "a return is loaded", script: []string{"count A 9", "order A 5", "done 1.1 5", "validate 1", "load R 1.1 x", "load R 1.1 3", "load R 1.1 3", "confirm 2", "assign 2", "done 2.1 1", "validate 2 skip now", "assign 3"},
			want14: `
load R 1.1 x = : error 0 0-0 move_lines 'x' does not seem to be a number for field 'Stock Moves/Demand'
load R 1.1 3 = picking 2
load R 1.1 3 = picking 2
A 1: 5 5 2 0 7
A at 1: 5 (0)
A at elsewhere: -9 (0)
A at out: 4 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 0 done 5
    1>out held 0 done 5
picking 2 done out>1 of order 1 dated
  A done 1 held 0 done 1
    out>1 held 0 done 1
picking 3 assigned out>1 of order 1 rest of 2
  A assigned 2 held 2 done 0
    out>1 held 2 done 0
order 1 sale: A 5 delivered 4`,
			want19: `
load R 1.1 x = : error 0 0-0 move_ids 'x' does not seem to be a number for field 'Stock Moves/Demand'
load R 1.1 3 = picking 2
load R 1.1 3 = picking 2
A 1: 5 5 2 0 7
A at 1: 5 (0)
A at elsewhere: -9 (0)
A at out: 4 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 5 picked
    1>out held 5 picked
picking 2 done out>1 of order 1 dated
  A done 1 held 1 picked
    out>1 held 1 picked
picking 3 assigned out>1 of order 1 rest of 2
  A assigned 2 held 2
    out>1 held 2
order 1 sale: A 5 delivered 4`},
		{name: "a return of lots is loaded", script: []string{"lots A L1 2 L2 2", "order A 3", "assign 1", "validate 1", "ask 1", "load R 1.1 2", "confirm 2"},
			want14: `
validate 1 = stock.immediate.transfer
load R 1.1 2 = picking 2
A 1: 1 1 2 0 3
A at 1: 0 (0) lot L1
A at 1: 1 (0) lot L2
A at elsewhere: -2 (0) lot L1
A at elsewhere: -2 (0) lot L2
A at out: 1 (0) lot L2
A at out: 2 (0) lot L1
picking 1 done 1>out of order 1 dated
  A done 3 held 0 done 3
    1>out held 0 done 2 lot L1
    1>out held 0 done 1 lot L2
picking 2 waiting out>1 of order 1
  A waiting 2 held 0 done 0
order 1 sale: A 3 delivered 3`,
			want19: `
ask 1 = nothing was asked
load R 1.1 2 = picking 2
A 1: 1 1 2 0 3
A at 1: 0 (0) lot L1
A at 1: 1 (0) lot L2
A at elsewhere: -2 (0) lot L1
A at elsewhere: -2 (0) lot L2
A at out: 1 (0) lot L2
A at out: 2 (0) lot L1
picking 1 done 1>out of order 1 dated
  A done 3 held 3 picked
    1>out held 2 picked lot L1
    1>out held 1 picked lot L2
picking 2 assigned out>1 of order 1
  A waiting 2 held 0
order 1 sale: A 3 delivered 3`},
		{name: "a transfer is loaded", script: []string{"count A 9", "carry T 1 own A 2", "carry T 1 own A 2", "confirm 1", "assign 1", "done 1.1 2", "validate 1 skip now"},
			want14: `
carry T 1 own A 2 = picking 1
carry T 1 own A 2 = picking 1
A 1: 9 9 0 0 9
A at 1: 7 (0)
A at elsewhere: -9 (0)
A at own: 2 (0)
picking 1 done 1>own dated
  A done 2 held 0 done 2
    1>own held 0 done 2`,
			want19: `
carry T 1 own A 2 = picking 1
carry T 1 own A 2 = picking 1
A 1: 9 9 0 0 9
A at 1: 7 (0)
A at elsewhere: -9 (0)
A at own: 2 (0)
picking 1 done 1>own dated
  A done 2 held 2 picked
    1>own held 2 picked`},
		{name: "written off", script: []string{"count A 9", "count A 3 at shelf", "scrap A 2 at shelf", "rescrap 1", "scrap A 20", "scrap C 2"},
			want14: `
rescrap 1 = stock.warn.insufficient.qty.scrap
scrap A 20 = stock.warn.insufficient.qty.scrap
A 1: 10 10 0 0 10
A at 1: 9 (0)
A at elsewhere: -12 (0)
A at scrap: 2 (0)
A at shelf: 1 (0)
scrap 1 done A 2 shelf>scrap dated numbered
scrap 2 draft A 20 1>scrap New
scrap 3 done C 2 1>scrap dated numbered
scrapped A done 2 shelf>scrap held 0 done 2 origin Return R RUN reference SP
scrapped C done 2 1>scrap held 0 done 2 origin Return R RUN reference SP`,
			want19: `
rescrap 1 = stock.warn.insufficient.qty.scrap
scrap A 20 = stock.warn.insufficient.qty.scrap
A 1: 10 10 0 0 10
A at 1: 9 (0)
A at elsewhere: -10 (0)
A at shelf: 1 (0)
scrap 1 done A 2 shelf>elsewhere dated numbered
scrap 2 draft A 20 1>elsewhere New
scrap 3 done C 2 1>elsewhere dated numbered
scrapped A done 2 shelf>elsewhere held 2 picked origin Return R RUN reference SP
scrapped C done 2 1>elsewhere held 2 picked origin Return R RUN reference SP`},
		{name: "reserved goods are written off", script: []string{"count A 3", "order A 3", "scrap A 2"},
			want14: `
A 1: 1 0 0 3 -2
A at 1: 1 (1)
A at elsewhere: -3 (0)
A at scrap: 2 (0)
picking 1 assigned 1>out of order 1
  A partially_available 3 held 1 done 0
    1>out held 1 done 0
scrap 1 done A 2 1>scrap dated numbered
scrapped A done 2 1>scrap held 0 done 2 origin Return R RUN reference SP
order 1 sale: A 3 delivered 0`,
			want19: `
A 1: 1 0 0 3 -2
A at 1: 1 (1)
A at elsewhere: -1 (0)
picking 1 assigned 1>out of order 1
  A partially_available 3 held 1
    1>out held 1
scrap 1 done A 2 1>elsewhere dated numbered
scrapped A done 2 1>elsewhere held 2 picked origin Return R RUN reference SP
order 1 sale: A 3 delivered 0`},
		{name: "returned goods are written off", script: []string{"count A 9", "order A 5", "done 1.1 5", "validate 1", "back 1 1.1 2", "done 2.1 1", "validate 2 skip now", "scrap A 1 of 2"},
			want14: `
back 1 1.1 2 = picking 2
A 1: 4 4 1 0 5
A at 1: 4 (0)
A at elsewhere: -9 (0)
A at out: 4 (0)
A at scrap: 1 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 0 done 5
    1>out held 0 done 5
picking 2 done out>1 of order 1 dated
  A done 1 held 0 done 1
    out>1 held 0 done 1
  A done 1 held 0 done 1
    of another picking
    1>scrap held 0 done 1
picking 3 waiting out>1 of order 1 rest of 2
  A waiting 1 held 0 done 0
scrap 1 done A 1 1>scrap of picking 2 dated numbered
scrapped A done 1 1>scrap held 0 done 1 origin Return R RUN reference RECEIPT
order 1 sale: A 5 delivered 4`,
			want19: `
back 1 1.1 2 = picking 2
A 1: 4 4 1 0 5
A at 1: 4 (0)
A at elsewhere: -8 (0)
A at out: 4 (0)
picking 1 done 1>out of order 1 dated
  A done 5 held 5 picked
    1>out held 5 picked
picking 2 done out>1 of order 1 dated
  A done 1 held 1 picked
    out>1 held 1 picked
  A done 1 held 1 picked
    of another picking
    1>elsewhere held 1 picked
picking 3 assigned out>1 of order 1 rest of 2
  A assigned 1 held 1
    out>1 held 1
scrap 1 done A 1 1>elsewhere of picking 2 dated numbered
scrapped A done 1 1>elsewhere held 1 picked origin Return R RUN reference SP
order 1 sale: A 5 delivered 4`},
		{name: "a lot is written off", script: []string{"lots A L1 2 L2 2", "scrap A 1 lot L2"},
			want14: `
A 1: 3 3 0 0 3
A at 1: 1 (0) lot L2
A at 1: 2 (0) lot L1
A at elsewhere: -2 (0) lot L1
A at elsewhere: -2 (0) lot L2
A at scrap: 1 (0) lot L2
scrap 1 done A 1 1>scrap dated numbered lot L2
scrapped A done 1 1>scrap held 0 done 1 origin Return R RUN reference SP`,
			want19: `
A 1: 3 3 0 0 3
A at 1: 1 (0) lot L2
A at 1: 2 (0) lot L1
A at elsewhere: -1 (0) lot L2
A at elsewhere: -2 (0) lot L1
scrap 1 done A 1 1>elsewhere dated numbered lot L2
scrapped A done 1 1>elsewhere held 1 picked origin Return R RUN reference SP`},
	}
}
