// Package looptest is an in-process Loop Returns for the tests of package loop and of flows: it answers as Loop's public documentation
// says, also where that is odd. Pages are cut by the time of creation, so that returns of one second fall between two pages; actions
// that are refused answer 200 with a sentence; returns that are cancelled or under review are listed only when asked for.
package looptest
