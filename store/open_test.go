package store_test

import (
	"path/filepath"
	"strings"
	"testing"

	mysqldriver "github.com/go-sql-driver/mysql"

	"countersign/internal/testkit"
	"countersign/internal/testkit/servers"
	"countersign/store"
)

// A server of our own: the setting is one for the whole server.
func TestOpenRefusesAServerThatCouldLoseAnAnswer(t *testing.T) {
	t.Parallel()
	testkit.MySQL.Need(t)
	own, err := servers.Start(t.Context(), servers.Options{MariaDB: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Stop() })
	db := testkit.Database{Engine: testkit.MySQL, DSN: own.DSN("mysql")}
	root := db.SQL(t)
	for _, weak := range []string{"0", "2"} {
		testkit.Exec(t, root, "SET GLOBAL innodb_flush_log_at_trx_commit = "+weak)
		if _, err := store.Open(t.Context(), store.Options{Driver: "mysql", DSN: db.DSN}); err == nil || !strings.Contains(err.Error(), "must be 1") {
			t.Errorf("%s: %v", weak, err)
		}
	}
	testkit.Exec(t, root, "SET GLOBAL innodb_flush_log_at_trx_commit = 1")
	db.Open(t, nil, 0)
}

func TestOpenRefusesAModeThatCutsTexts(t *testing.T) {
	t.Parallel()
	db := testkit.NewDatabase(t, testkit.MySQL)
	for mode, right := range map[string]bool{"''": false, "'NO_ZERO_DATE,ANSI'": false, "'STRICT_ALL_TABLES'": true, "'STRICT_TRANS_TABLES'": true} {
		cfg, err := mysqldriver.ParseDSN(db.DSN)
		if err != nil {
			t.Fatal(err)
		}
		cfg.Params = map[string]string{"sql_mode": mode}
		s, err := store.Open(t.Context(), store.Options{Driver: "mysql", DSN: cfg.FormatDSN()})
		if right != (err == nil) || (err != nil && !strings.Contains(err.Error(), "STRICT_TRANS_TABLES")) {
			t.Errorf("%s: %v", mode, err)
		}
		if err == nil {
			_ = s.Close()
		}
	}
}

// What cannot be opened is named without the password, however odd the address is.
func TestABadAddressKeepsThePassword(t *testing.T) {
	t.Parallel()
	const secret = "PLANTED"
	for _, dsn := range []string{
		"root:" + secret, "root:" + secret + "@", "root:" + secret + "@tcp(127.0.0.1:1)/db", "root:" + secret + "@tcp(127.0.0.1:1/db",
		"root:" + secret + "@tcp(no.such.host.invalid:3306)/db?timeout=1s", "root:" + secret + "@unix(/no/such/socket)/db",
		"root:" + secret + "@tcp(127.0.0.1:1)/db?tls=" + secret, "root:" + secret + "@tcp(127.0.0.1:1)/db?loc=" + secret,
		"root:" + secret + "@tcp(127.0.0.1:1)/db?parseTime=" + secret, "mysql://root:" + secret + "@127.0.0.1:3306/db",
		"root:" + secret + "@carrier(" + secret + ")/db", "root:" + secret + "@tcp(127.0.0.1:99999999)/" + secret, secret, "",
		"root:" + secret + "%zz@tcp([::1]:1)/db?collation=" + secret,
	} {
		s, err := store.Open(t.Context(), store.Options{Driver: "mysql", DSN: dsn})
		if err == nil {
			_ = s.Close()
			t.Errorf("%q was opened", dsn)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("the password is in %q", err)
		}
	}
	if _, err := store.Open(t.Context(), store.Options{Driver: "oracle", DSN: secret}); err == nil || strings.Contains(err.Error(), secret) {
		t.Error(err)
	}
	missing := filepath.Join(t.TempDir(), "no", "such", "folder", "x.db")
	if _, err := store.Open(t.Context(), store.Options{Driver: "sqlite", Path: missing}); err == nil {
		t.Error("a file in a folder that is not there was opened")
	}
}

// A wrong password, asked of a server that runs.
func TestAWrongPasswordIsNotPrinted(t *testing.T) {
	t.Parallel()
	db := testkit.NewDatabase(t, testkit.MySQL)
	cfg, err := mysqldriver.ParseDSN(db.DSN)
	if err != nil {
		t.Fatal(err)
	}
	cfg.User, cfg.Passwd = "nobody", "PLANTED"
	if _, err := store.Open(t.Context(), store.Options{Driver: "mysql", DSN: cfg.FormatDSN()}); err == nil || strings.Contains(err.Error(), "PLANTED") {
		t.Error(err)
	}
}
