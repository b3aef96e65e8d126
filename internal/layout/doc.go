// Package layout holds the house rules as a test: who may import whom, one package comment each, no clock but the one
// passed in.
//
// It has no code that ships. The rules read the tree's files, not its compiled form, so that files under any build tag
// count, and each is a function from a tree to the places that break it: TestHouse asks them of this repository, the
// tests named Fires of small trees that break them on purpose. What a linter sees as well stands in .golangci.yml too;
// TestLintTable holds the import table there to the one here.
package layout
