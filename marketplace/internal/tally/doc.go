// Package tally brings amounts to whole minor units of a currency so that they sum to a total
// that the channel states.
//
// Shops calculate with more decimals than money has and round only the total. Rounding each line by
// itself then leaves a cent over. [Fit] gives that cent to the line whose rounding erred the most
// (largest remainder), as long as rounding can explain it. A difference that rounding cannot
// explain is left where it is, for the order's validation to report.
package tally
