//go:build !unix

package main

// noCoreDumps has nothing to switch off where there are none.
func noCoreDumps() error { return nil }
