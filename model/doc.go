// Package model holds what the product is: its types, its states and its rules as
// pure functions. It imports the standard library only and does no input or output.
//
// The structs are the rows of the database as well (see docs/adr/0003): columns are
// the field names in snake_case, instants are UTC in whole milliseconds, ids are
// UUIDv7 in text form.
package model
