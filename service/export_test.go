package service

// WriteCSV is for the test of the cells.
var WriteCSV = writeCSV
