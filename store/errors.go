package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/ncruces/go-sqlite3"
	"gorm.io/gorm"

	"countersign/model"
)

// MySQL's numbers, as the server's manual names them.
const (
	erLockWaitTimeout = 1205 // rolls back the statement only: the transaction must go too
	erLockDeadlock    = 1213
	erCheckread       = 1020 // MariaDB: record has changed since last read
)

// erPassing are refusals of a server that is starting, stopping, full or switching roles.
var erPassing = []uint16{1040, 1041, 1053, 1077, 1079, 1129, 1158, 1159, 1160, 1161, 1203, 1226, 1290, 1836, 1792, 1927, 3024, 1021, 1114}

// fault gives an error of the driver its place: not found, a passing fault (503), or
// internal. Refusals of ours pass unchanged. No driver text leaves this room but in the
// cause, which only the log sees.
func fault(where string, err error) error {
	var own *model.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound), errors.Is(err, sql.ErrNoRows):
		return model.E(model.CodeNotFound)
	case passing(err) || retryable(err) || errors.As(err, new(*commitError)): // a failed COMMIT may have happened: 503, with the same key
		return model.E(model.CodeUnavailable).Because(fmt.Errorf("store %s: %w", where, err))
	}
	return model.E(model.CodeInternal).Because(fmt.Errorf("store %s: %w", where, err))
}

// passing: the database is away, slow or full; the same request may do later.
func passing(err error) bool {
	var my *mysqldriver.MySQLError
	var op net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, mysqldriver.ErrInvalidConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, sql.ErrTxDone),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &op):
		return true
	case errors.As(err, &my):
		return slices.Contains(erPassing, my.Number)
	}
	return errors.Is(err, sqlite3.FULL) || errors.Is(err, sqlite3.IOERR) || errors.Is(err, sqlite3.INTERRUPT)
}

// retryable: another transaction was in the way; the whole function runs again.
func retryable(err error) bool {
	if my, ok := errors.AsType[*mysqldriver.MySQLError](err); ok {
		return my.Number == erLockDeadlock || my.Number == erLockWaitTimeout || my.Number == erCheckread
	}
	return errors.Is(err, sqlite3.BUSY) || errors.Is(err, sqlite3.LOCKED)
}

// duplicate: a unique index refused the row.
func duplicate(err error) bool { return errors.Is(err, gorm.ErrDuplicatedKey) }

// ErrTaken says that a unique index was there first.
var ErrTaken = errors.New("store: taken")

func taken(err error) error {
	if duplicate(err) {
		return ErrTaken
	}
	return err
}

// stale turns a guarded update that found nothing into 412.
func stale(moved Moved, err error) error {
	if err == nil && !moved {
		return model.E(model.CodeStale)
	}
	return err
}
