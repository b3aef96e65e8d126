// Package porttest is what every system and every store must pass, and what tests of the engine put in their place.
//
// Store and System are the conformance suites of the port. A Memory is a store without a file: quick, plain, and the
// model that other stores are compared with. A Tap stands in front of a store and fails before or after any call.
// Contents reads a whole store, so that two can be compared.
package porttest
