package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	mysqldriver "github.com/go-sql-driver/mysql"
	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A MySQL statement is parsed and planned once a connection, not once a call: gorm's own
// cache makes its statements anew inside every transaction, and database/sql throws them
// away at its end. When the server will keep no more statements, arguments are written
// into the text instead (InterpolateParams), so that nothing fails.
const (
	keptStatements = 64   // per connection; one more, and the one that rested longest is forgotten
	keptArguments  = 512  // of a kept statement: with more, or a longer text, it is one of a kind
	longStatement  = 4096 // bytes
	erMaxPrepared  = 1461 // max_prepared_stmt_count is reached
)

// serverConn is what a connection of go-sql-driver can do and database/sql asks for.
type serverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
	driver.NamedValueChecker
}

type serverStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// preparing is a connection that keeps its prepared statements. Like any driver
// connection it is used by one goroutine at a time.
type preparing struct {
	serverConn
	kept *simplelru.LRU[string, serverStmt]
	full bool // the server takes no more
}

func newPreparing(conn driver.Conn) (*preparing, error) {
	c, ok := conn.(serverConn)
	if !ok {
		return nil, fmt.Errorf("store: the MySQL driver's connection lacks a method: %T", conn)
	}
	kept, err := simplelru.NewLRU(keptStatements, func(_ string, s serverStmt) {
		_ = s.Close() // a broken connection shows at its next use
	})
	return &preparing{serverConn: c, kept: kept}, err
}

// ExecContext runs a statement without rows.
func (c *preparing) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.serverConn.ExecContext(ctx, query, args)
	}
	return s.ExecContext(ctx, args)
}

// QueryContext runs a statement with rows.
func (c *preparing) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.serverConn.QueryContext(ctx, query, args)
	}
	return s.QueryContext(ctx, args)
}

// statement finds or prepares the query; nil means to send it as text.
func (c *preparing) statement(ctx context.Context, query string, args []driver.NamedValue) (serverStmt, error) {
	if len(args) == 0 || len(args) > keptArguments || len(query) > longStatement || c.full {
		return nil, nil //nolint:nilnil // no statement is an answer
	}
	if s, ok := c.kept.Get(query); ok {
		return s, nil
	}
	made, err := c.PrepareContext(ctx, query)
	if my, ok := errors.AsType[*mysqldriver.MySQLError](err); ok && my.Number == erMaxPrepared {
		c.full = true
		return nil, nil //nolint:nilnil // as above
	}
	if err != nil {
		return nil, err
	}
	s, ok := made.(serverStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("store: the MySQL driver's statement lacks a method: %T", made), made.Close())
	}
	c.kept.Add(query, s)
	return s, nil
}
