// Package countersign is the root of the module: it holds no code but the tests that
// keep the house in order. The program is cmd/countersign.
package countersign

//go:generate go run ./cmd/countersign docs docs
