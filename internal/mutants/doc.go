// Package mutants keeps the teeth of the suite: a list of programs that are wrong, each in one way that somebody could
// write, and each killed by a test that fails on it.
//
// A mutant is a file in testdata. Its comment says in words what the wrong program does and what that would cost, then in
// which file of ours, and which tests of which package have to fail; then come the text that the file has just once and the
// text that stands in its place:
//
//	The look before a write is left out ...
//
//	file connector/apply.go
//	tests ./connector TestAnEditBetweenListAndWrite
//	-- old --
//	return doc, r.unchanged(q, taken), nil
//	-- new --
//	return doc, true, nil
//
// Every run of the tests checks that each mutant still applies. `make mutants` builds each of them and runs the tests that it
// names; it takes minutes.
package mutants
