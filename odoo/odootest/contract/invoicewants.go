package contract

func invoiceCases() []invoiceCase {
	return []invoiceCase{
		{name: "a payment meets its invoice", script: "confirm, invoice, post 1, receive 10, bank post, payment, meet, payment, bank draft, payment, bank cancel, payment",
			want14: `
invoice: ir.actions.act_window_close
post 1: account.move(id,)
bank post: {}
payment: posted, matched false, for RECEIVED
  10.0 - 0.0 on Outstanding Receipts of 2026-11-20, open 10.0, matched false
  0.0 - 10.0 on Account Receivable of 2026-11-20, open -10.0, matched false
  invoice not_paid, open 21.3
payment: posted, matched true, for RECEIVED
  10.0 - 0.0 on Outstanding Receipts of 2026-11-20, open 10.0, matched false
  0.0 - 10.0 on Account Receivable of 2026-11-20, open 0.0, matched true
  invoice partial, open 11.3
payment: draft, matched false, for RECEIVED
  10.0 - 0.0 on Outstanding Receipts of 2026-11-20, open 10.0, matched false
  0.0 - 10.0 on Account Receivable of 2026-11-20, open -10.0, matched false
  invoice not_paid, open 21.3
payment: cancel, matched false, for RECEIVED
  10.0 - 0.0 on Outstanding Receipts of 2026-11-20, open 10.0, matched false
  0.0 - 10.0 on Account Receivable of 2026-11-20, open -10.0, matched false
  invoice not_paid, open 21.3`,
			want19: `
invoice: ir.actions.act_window
post 1: false
bank post: <nil>
payment: in_process, matched false, for RECEIVED
  10.0 - 0.0 on Outstanding Receipts of 2026-11-20, open 10.0, matched false
  0.0 - 10.0 on Account Receivable of 2026-11-20, open -10.0, matched false
  invoice not_paid, open 21.3
payment: in_process, matched true, for RECEIVED
  10.0 - 0.0 on Outstanding Receipts of 2026-11-20, open 10.0, matched false
  0.0 - 10.0 on Account Receivable of 2026-11-20, open 0.0, matched true
  invoice partial, open 11.3
payment: draft, matched true, for RECEIVED
  10.0 - 0.0 on Outstanding Receipts of 2026-11-20, open 10.0, matched false
  0.0 - 10.0 on Account Receivable of 2026-11-20, open 0.0, matched true
  invoice partial, open 11.3
payment: canceled, matched false, for RECEIVED
  invoice not_paid, open 21.3`},
		{name: "a quotation has nothing to invoice", script: "invoice, sold",
			want14: `
invoice: UserError: There is nothing to invoice!
sold: no, 0 moves; no 0.0 of 0.0 (0.0, 0); no 0.0 of 0.0 (0.0, 0)`,
			want19: `
invoice: UserError: Cannot create an invoice. No items are available to invoice.
sold: no, 0 moves; no 0.0 of 0.0 (0.0, 0); no 0.0 of 0.0 (0.0, 0)`},
		{name: "what is ordered, then what is delivered", script: "confirm, invoice, sold, move 1, post 1, move 1, invoice, deliver 2, sold, invoice, move 2, deliver 3, invoice, sold",
			want14: `
invoice: ir.actions.act_window_close
sold: no, 1 moves; invoiced 2.0 of 0.0 (0.0, 1); no 0.0 of 0.0 (0.0, 0)
move 1: out_invoice / draft not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated false, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.3 = -1.3 on 400000 Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on 121000 Account Receivable
post 1: account.move(id,)
move 1: out_invoice INV/yyyy/mm/4 digits posted not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.3 = -1.3 on 400000 Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on 121000 Account Receivable
invoice: UserError: There is nothing to invoice!
sold: to invoice, 1 moves; invoiced 2.0 of 0.0 (20.0, 1); to invoice 0.0 of 2.0 (0.0, 0)
invoice: ir.actions.act_window_close
move 2: out_invoice / draft not_paid 35.98 + 2.34 = 38.32, open 38.32, ref REF, origin true, dated false, 1 of 3 lines
  2.0 for 35.98, 38.32 with tax, of 1: 0.0 - 35.98 = -35.98 on 400000 Product Sales
  tax: 0.0 - 2.34 = -2.34 on 400000 Product Sales
  to pay, open 38.32, false: 38.32 - 0.0 = 38.32 on 121000 Account Receivable
invoice: ir.actions.act_window_close
sold: invoiced, 3 moves; invoiced 2.0 of 0.0 (20.0, 1); invoiced 3.0 of 0.0 (0.0, 2)`,
			want19: `
invoice: ir.actions.act_window
sold: no, 1 moves; invoiced 2.0 of 0.0 (0.0, 1); no 0.0 of 0.0 (0.0, 0)
move 1: out_invoice false draft not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated false, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on Product Sales
  tax: 0.0 - 1.3 = -1.3 on Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on Account Receivable
post 1: false
move 1: out_invoice INV/yyyy/5 digits posted not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on Product Sales
  tax: 0.0 - 1.3 = -1.3 on Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on Account Receivable
invoice: UserError: Cannot create an invoice. No items are available to invoice.
sold: to invoice, 1 moves; invoiced 2.0 of 0.0 (20.0, 1); to invoice 0.0 of 2.0 (0.0, 0)
invoice: ir.actions.act_window
move 2: out_invoice false draft not_paid 35.98 + 2.34 = 38.32, open 38.32, ref REF, origin true, dated false, 1 of 3 lines
  2.0 for 35.98, 38.32 with tax, of 1: 0.0 - 35.98 = -35.98 on Product Sales
  tax: 0.0 - 2.34 = -2.34 on Product Sales
  to pay, open 38.32, false: 38.32 - 0.0 = 38.32 on Account Receivable
invoice: ir.actions.act_window
sold: invoiced, 3 moves; invoiced 2.0 of 0.0 (20.0, 1); invoiced 3.0 of 0.0 (0.0, 2)`},
		{name: "a draft's tax is set by hand", before: 16,
			script: "confirm, invoice, retax 1 1.31, move 1, retax 1 1.31 21.31, move 1, refer 1 R, move 1, post 1, move 1, sold, draft 1, move 1, reprice 1 11, move 1",
			want14: `
invoice: ir.actions.act_window_close
retax 1 1.31: UserError: Cannot create unbalanced journal entry. Ids: [id of 1]
move 1: out_invoice / draft not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated false, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.3 = -1.3 on 400000 Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on 121000 Account Receivable
move 1: out_invoice / draft not_paid 20.0 + 1.31 = 21.31, open 21.31, ref REF, origin true, dated false, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.31 = -1.31 on 400000 Product Sales
  to pay, open 21.31, false: 21.31 - 0.0 = 21.31 on 121000 Account Receivable
move 1: out_invoice / draft not_paid 20.0 + 1.31 = 21.31, open 21.31, ref REF, origin true, dated false, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.31 = -1.31 on 400000 Product Sales
  to pay, open 21.31, false: 21.31 - 0.0 = 21.31 on 121000 Account Receivable
post 1: account.move(id,)
move 1: out_invoice INV/yyyy/mm/4 digits posted not_paid 20.0 + 1.31 = 21.31, open 21.31, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.31 = -1.31 on 400000 Product Sales
  to pay, open 21.31, false: 21.31 - 0.0 = 21.31 on 121000 Account Receivable
sold: no, 1 moves; invoiced 2.0 of 0.0 (20.0, 1); no 0.0 of 0.0 (0.0, 0)
move 1: out_invoice INV/yyyy/mm/4 digits draft not_paid 20.0 + 1.31 = 21.31, open 21.31, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.31 = -1.31 on 400000 Product Sales
  to pay, open 21.31, false: 21.31 - 0.0 = 21.31 on 121000 Account Receivable
move 1: out_invoice INV/yyyy/mm/4 digits draft not_paid 22.0 + 1.43 = 23.43, open 23.43, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 22.0, 23.43 with tax, of 1: 0.0 - 22.0 = -22.0 on 400000 Product Sales
  tax: 0.0 - 1.43 = -1.43 on 400000 Product Sales
  to pay, open 23.43, false: 23.43 - 0.0 = 23.43 on 121000 Account Receivable`},
		{name: "posted, to draft, posted, cancelled", script: "confirm, invoice, post 1, post 1, draft 1, move 1, post 1, cancel 1, move 1, sold, cancel 1, draft 1, sold",
			want14: `
invoice: ir.actions.act_window_close
post 1: account.move(id,)
post 1: account.move(id,)
move 1: out_invoice INV/yyyy/mm/4 digits draft not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.3 = -1.3 on 400000 Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on 121000 Account Receivable
post 1: account.move(id,)
move 1: out_invoice INV/yyyy/mm/4 digits cancel not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.3 = -1.3 on 400000 Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on 121000 Account Receivable
sold: to invoice, 1 moves; to invoice 0.0 of 2.0 (0.0, 1); no 0.0 of 0.0 (0.0, 0)
sold: no, 1 moves; invoiced 2.0 of 0.0 (0.0, 1); no 0.0 of 0.0 (0.0, 0)`,
			want19: `
invoice: ir.actions.act_window
post 1: false
post 1: UserError: The entry INV/yyyy/5 digits (id of 1) must be in draft.
move 1: out_invoice INV/yyyy/5 digits draft not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on Product Sales
  tax: 0.0 - 1.3 = -1.3 on Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on Account Receivable
post 1: false
move 1: out_invoice INV/yyyy/5 digits cancel not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on Product Sales
  tax: 0.0 - 1.3 = -1.3 on Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on Account Receivable
sold: to invoice, 1 moves; to invoice 0.0 of 2.0 (0.0, 1); no 0.0 of 0.0 (0.0, 0)
cancel 1: UserError: Only draft journal entries can be cancelled.
sold: no, 1 moves; invoiced 2.0 of 0.0 (0.0, 1); no 0.0 of 0.0 (0.0, 0)`},
		{name: "a draft is cancelled or deleted", script: "confirm, invoice, draft 1, cancel 1, sold, invoice, sold, unlink 2, sold, post 1, sold",
			want14: `
invoice: ir.actions.act_window_close
sold: to invoice, 1 moves; to invoice 0.0 of 2.0 (0.0, 1); no 0.0 of 0.0 (0.0, 0)
invoice: ir.actions.act_window_close
sold: no, 2 moves; invoiced 2.0 of 0.0 (0.0, 2); no 0.0 of 0.0 (0.0, 0)
sold: to invoice, 1 moves; to invoice 0.0 of 2.0 (0.0, 1); no 0.0 of 0.0 (0.0, 0)
post 1: account.move(id,)
sold: no, 1 moves; invoiced 2.0 of 0.0 (20.0, 1); no 0.0 of 0.0 (0.0, 0)`,
			want19: `
invoice: ir.actions.act_window
draft 1: UserError: Only posted/cancelled journal entries can be reset to draft.
sold: to invoice, 1 moves; to invoice 0.0 of 2.0 (0.0, 1); no 0.0 of 0.0 (0.0, 0)
invoice: ir.actions.act_window
sold: no, 2 moves; invoiced 2.0 of 0.0 (0.0, 2); no 0.0 of 0.0 (0.0, 0)
sold: to invoice, 1 moves; to invoice 0.0 of 2.0 (0.0, 1); no 0.0 of 0.0 (0.0, 0)
post 1: UserError: The entry False (id of 1) must be in draft.
sold: to invoice, 1 moves; to invoice 0.0 of 2.0 (0.0, 1); no 0.0 of 0.0 (0.0, 0)`},
		{name: "a credit note lowers what is invoiced", script: "confirm, invoice, post 1, credit 1 10, sold, move 2, post 2, move 2, move 1, sold, unlinked 2, sold",
			want14: `
invoice: ir.actions.act_window_close
post 1: account.move(id,)
sold: to invoice, 2 moves; to invoice 1.0 of 1.0 (20.0, 2); no 0.0 of 0.0 (0.0, 0)
move 2: out_refund / draft not_paid 10.0 + 0.65 = 10.65, open 10.65, ref false, origin false, dated false, 1 of 3 lines
  1.0 for 10.0, 10.65 with tax, of 1: 10.0 - 0.0 = 10.0 on 400000 Product Sales
  tax: 0.65 - 0.0 = 0.65 on 400000 Product Sales
  to pay, open -10.65, false: 0.0 - 10.65 = -10.65 on 121000 Account Receivable
post 2: account.move(id,)
move 2: out_refund RINV/yyyy/mm/4 digits posted not_paid 10.0 + 0.65 = 10.65, open 10.65, ref false, origin false, dated true, 1 of 3 lines
  1.0 for 10.0, 10.65 with tax, of 1: 10.0 - 0.0 = 10.0 on 400000 Product Sales
  tax: 0.65 - 0.0 = 0.65 on 400000 Product Sales
  to pay, open -10.65, false: 0.0 - 10.65 = -10.65 on 121000 Account Receivable
move 1: out_invoice INV/yyyy/mm/4 digits posted not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.3 = -1.3 on 400000 Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on 121000 Account Receivable
sold: to invoice, 2 moves; to invoice 1.0 of 1.0 (10.0, 2); no 0.0 of 0.0 (0.0, 0)
sold: no, 1 moves; invoiced 2.0 of 0.0 (20.0, 1); no 0.0 of 0.0 (0.0, 0)`,
			want19: `
invoice: ir.actions.act_window
post 1: false
sold: to invoice, 2 moves; to invoice 1.0 of 1.0 (20.0, 2); no 0.0 of 0.0 (0.0, 0)
move 2: out_refund false draft not_paid 10.0 + 0.65 = 10.65, open 10.65, ref false, origin false, dated false, 1 of 3 lines
  1.0 for 10.0, 10.65 with tax, of 1: 10.0 - 0.0 = 10.0 on Product Sales
  tax: 0.65 - 0.0 = 0.65 on Product Sales
  to pay, open -10.65, false: 0.0 - 10.65 = -10.65 on Account Receivable
post 2: false
move 2: out_refund RINV/yyyy/5 digits posted paid 10.0 + 0.65 = 10.65, open 0.0, ref false, origin false, dated true, 1 of 3 lines
  1.0 for 10.0, 10.65 with tax, of 1: 10.0 - 0.0 = 10.0 on Product Sales
  tax: 0.65 - 0.0 = 0.65 on Product Sales
  to pay, open 0.0, true: 0.0 - 10.65 = -10.65 on Account Receivable
move 1: out_invoice INV/yyyy/5 digits posted partial 20.0 + 1.3 = 21.3, open 10.65, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on Product Sales
  tax: 0.0 - 1.3 = -1.3 on Product Sales
  to pay, open 10.65, false: 21.3 - 0.0 = 21.3 on Account Receivable
sold: to invoice, 2 moves; to invoice 1.0 of 1.0 (10.0, 2); no 0.0 of 0.0 (0.0, 0)
sold: no, 1 moves; invoiced 2.0 of 0.0 (20.0, 1); no 0.0 of 0.0 (0.0, 0)`},
		{name: "all is credited", script: "confirm, invoice, post 1, credit 2 10, post 2, move 1, move 2, draft 2, move 1, cancel 2, move 1, sold",
			want14: `
invoice: ir.actions.act_window_close
post 1: account.move(id,)
post 2: account.move(id,)
move 1: out_invoice INV/yyyy/mm/4 digits posted not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.3 = -1.3 on 400000 Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on 121000 Account Receivable
move 2: out_refund RINV/yyyy/mm/4 digits posted not_paid 20.0 + 1.3 = 21.3, open 21.3, ref false, origin false, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 20.0 - 0.0 = 20.0 on 400000 Product Sales
  tax: 1.3 - 0.0 = 1.3 on 400000 Product Sales
  to pay, open -21.3, false: 0.0 - 21.3 = -21.3 on 121000 Account Receivable
move 1: out_invoice INV/yyyy/mm/4 digits posted not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.3 = -1.3 on 400000 Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on 121000 Account Receivable
move 1: out_invoice INV/yyyy/mm/4 digits posted not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.3 = -1.3 on 400000 Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on 121000 Account Receivable
sold: no, 2 moves; invoiced 2.0 of 0.0 (20.0, 2); no 0.0 of 0.0 (0.0, 0)`,
			want19: `
invoice: ir.actions.act_window
post 1: false
post 2: false
move 1: out_invoice INV/yyyy/5 digits posted reversed 20.0 + 1.3 = 21.3, open 0.0, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on Product Sales
  tax: 0.0 - 1.3 = -1.3 on Product Sales
  to pay, open 0.0, true: 21.3 - 0.0 = 21.3 on Account Receivable
move 2: out_refund RINV/yyyy/5 digits posted paid 20.0 + 1.3 = 21.3, open 0.0, ref false, origin false, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 20.0 - 0.0 = 20.0 on Product Sales
  tax: 1.3 - 0.0 = 1.3 on Product Sales
  to pay, open 0.0, true: 0.0 - 21.3 = -21.3 on Account Receivable
move 1: out_invoice INV/yyyy/5 digits posted reversed 20.0 + 1.3 = 21.3, open 0.0, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on Product Sales
  tax: 0.0 - 1.3 = -1.3 on Product Sales
  to pay, open 0.0, true: 21.3 - 0.0 = 21.3 on Account Receivable
move 1: out_invoice INV/yyyy/5 digits posted not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on Product Sales
  tax: 0.0 - 1.3 = -1.3 on Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on Account Receivable
sold: no, 2 moves; invoiced 2.0 of 0.0 (20.0, 2); no 0.0 of 0.0 (0.0, 0)`},
		{name: "a credit note of a draft's invoice", script: "confirm, invoice, credit 1 4.995, post 2, move 2, post 1, move 1",
			want14: `
invoice: ir.actions.act_window_close
post 2: account.move(id,)
move 2: out_refund RINV/yyyy/mm/4 digits posted not_paid 5.0 + 0.33 = 5.33, open 5.33, ref false, origin false, dated true, 1 of 3 lines
  1.0 for 5.0, 5.33 with tax, of 1: 5.0 - 0.0 = 5.0 on 400000 Product Sales
  tax: 0.33 - 0.0 = 0.33 on 400000 Product Sales
  to pay, open -5.33, false: 0.0 - 5.33 = -5.33 on 121000 Account Receivable
post 1: account.move(id,)
move 1: out_invoice INV/yyyy/mm/4 digits posted not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.3 = -1.3 on 400000 Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on 121000 Account Receivable`,
			want19: `
invoice: ir.actions.act_window
post 2: false
move 2: out_refund RINV/yyyy/5 digits posted not_paid 5.0 + 0.32 = 5.32, open 5.32, ref false, origin false, dated true, 1 of 3 lines
  1.0 for 5.0, 5.32 with tax, of 1: 5.0 - 0.0 = 5.0 on Product Sales
  tax: 0.32 - 0.0 = 0.32 on Product Sales
  to pay, open -5.32, false: 0.0 - 5.32 = -5.32 on Account Receivable
post 1: false
move 1: out_invoice INV/yyyy/5 digits posted not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on Product Sales
  tax: 0.0 - 1.3 = -1.3 on Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on Account Receivable`},
		{name: "a price below the cent", script: "confirm, invoice, post 1, credit 3 0.333, move 2, post 2, move 1", since: 17,
			want19: `
invoice: ir.actions.act_window
post 1: false
move 2: out_refund false draft not_paid 1.0 + 0.06 = 1.06, open 1.06, ref false, origin false, dated false, 1 of 3 lines
  3.0 for 1.0, 1.06 with tax, of 1: 1.0 - 0.0 = 1.0 on Product Sales
  tax: 0.06 - 0.0 = 0.06 on Product Sales
  to pay, open -1.06, false: 0.0 - 1.06 = -1.06 on Account Receivable
post 2: false
move 1: out_invoice INV/yyyy/5 digits posted partial 20.0 + 1.3 = 21.3, open 20.24, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on Product Sales
  tax: 0.0 - 1.3 = -1.3 on Product Sales
  to pay, open 20.24, false: 21.3 - 0.0 = 21.3 on Account Receivable`},
		{name: "more is invoiced than is ordered", script: "confirm, invoice, post 1, order 1, sold, invoice keep, invoice, sold, move 2, post 2, move 1",
			want14: `
invoice: ir.actions.act_window_close
post 1: account.move(id,)
sold: to invoice, 1 moves; to invoice 2.0 of -1.0 (20.0, 1); no 0.0 of 0.0 (0.0, 0)
invoice keep: UserError: There is nothing to invoice!
invoice: ir.actions.act_window_close
sold: no, 2 moves; invoiced 1.0 of 0.0 (20.0, 2); no 0.0 of 0.0 (0.0, 0)
move 2: out_refund / draft not_paid 10.0 + 0.65 = 10.65, open 10.65, ref REF, origin true, dated false, 1 of 3 lines
  1.0 for 10.0, 10.65 with tax, of 1: 10.0 - 0.0 = 10.0 on 400000 Product Sales
  tax: 0.65 - 0.0 = 0.65 on 400000 Product Sales
  to pay, open -10.65, false: 0.0 - 10.65 = -10.65 on 121000 Account Receivable
post 2: account.move(id,)
move 1: out_invoice INV/yyyy/mm/4 digits posted not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  tax: 0.0 - 1.3 = -1.3 on 400000 Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on 121000 Account Receivable`,
			want19: `
invoice: ir.actions.act_window
post 1: false
sold: to invoice, 1 moves; to invoice 2.0 of -1.0 (20.0, 1); no 0.0 of 0.0 (0.0, 0)
invoice keep: UserError: Cannot create an invoice. No items are available to invoice.
invoice: ir.actions.act_window
sold: no, 2 moves; invoiced 1.0 of 0.0 (20.0, 2); no 0.0 of 0.0 (0.0, 0)
move 2: out_refund false draft not_paid 10.0 + 0.65 = 10.65, open 10.65, ref REF, origin true, dated false, 1 of 3 lines
  1.0 for 10.0, 10.65 with tax, of 1: 10.0 - 0.0 = 10.0 on Product Sales
  tax: 0.65 - 0.0 = 0.65 on Product Sales
  to pay, open -10.65, false: 0.0 - 10.65 = -10.65 on Account Receivable
post 2: false
move 1: out_invoice INV/yyyy/5 digits posted not_paid 20.0 + 1.3 = 21.3, open 21.3, ref REF, origin true, dated true, 1 of 3 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on Product Sales
  tax: 0.0 - 1.3 = -1.3 on Product Sales
  to pay, open 21.3, false: 21.3 - 0.0 = 21.3 on Account Receivable`},
		{name: "more is delivered than is ordered", script: "confirm, deliver 5, sold, invoice, move 1, sold, deliver 4, sold, invoice, sold",
			want14: `
sold: to invoice, 0 moves; to invoice 0.0 of 2.0 (0.0, 0); to invoice 0.0 of 5.0 (0.0, 0)
invoice: ir.actions.act_window_close
move 1: out_invoice / draft not_paid 109.96 + 7.15 = 117.11, open 117.11, ref REF, origin true, dated false, 2 of 4 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on 400000 Product Sales
  5.0 for 89.96, 95.81 with tax, of 1: 0.0 - 89.96 = -89.96 on 400000 Product Sales
  tax: 0.0 - 7.15 = -7.15 on 400000 Product Sales
  to pay, open 117.11, false: 117.11 - 0.0 = 117.11 on 121000 Account Receivable
sold: invoiced, 1 moves; invoiced 2.0 of 0.0 (0.0, 1); invoiced 5.0 of 0.0 (0.0, 1)
sold: to invoice, 1 moves; invoiced 2.0 of 0.0 (0.0, 1); to invoice 5.0 of -1.0 (0.0, 1)
invoice: ir.actions.act_window_close
sold: invoiced, 2 moves; invoiced 2.0 of 0.0 (0.0, 1); invoiced 4.0 of 0.0 (0.0, 2)`,
			want19: `
sold: to invoice, 0 moves; to invoice 0.0 of 2.0 (0.0, 0); to invoice 0.0 of 5.0 (0.0, 0)
invoice: ir.actions.act_window
move 1: out_invoice false draft not_paid 109.96 + 7.15 = 117.11, open 117.11, ref REF, origin true, dated false, 2 of 4 lines
  2.0 for 20.0, 21.3 with tax, of 1: 0.0 - 20.0 = -20.0 on Product Sales
  5.0 for 89.96, 95.81 with tax, of 1: 0.0 - 89.96 = -89.96 on Product Sales
  tax: 0.0 - 7.15 = -7.15 on Product Sales
  to pay, open 117.11, false: 117.11 - 0.0 = 117.11 on Account Receivable
sold: invoiced, 1 moves; invoiced 2.0 of 0.0 (0.0, 1); invoiced 5.0 of 0.0 (0.0, 1)
sold: to invoice, 1 moves; invoiced 2.0 of 0.0 (0.0, 1); to invoice 5.0 of -1.0 (0.0, 1)
invoice: ir.actions.act_window
sold: invoiced, 2 moves; invoiced 2.0 of 0.0 (0.0, 1); invoiced 4.0 of 0.0 (0.0, 2)`},
		{name: "nothing to post", script: "confirm, invoice, post 1, unlink 1, credit -1 10, post 2",
			want14: `
invoice: ir.actions.act_window_close
post 1: account.move(id,)
unlink 1: UserError: You cannot delete an entry which has been posted once.
post 2: UserError: You cannot validate an invoice with a negative total amount. You should create a credit note instead. Use the action menu to transform it into a credit note or refund.`,
			want19: `
invoice: ir.actions.act_window
post 1: false
unlink 1: UserError: You can't delete a posted journal item. Don’t play games with your accounting records; reset the journal entry to draft before deleting it.
post 2: UserError: You cannot validate an invoice with a negative total amount. You should create a credit note instead. Use the action menu to transform it into a credit note or refund.`},
	}
}
