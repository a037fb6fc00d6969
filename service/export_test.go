package service

// WriteCSV is for the test of the cells.
var WriteCSV = writeCSV

// Pin is for the test of the anchors.
var Pin = pin
