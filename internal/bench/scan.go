package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/redis/go-redis/v9"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

const (
	scanWorkers = 8
	scanRounds  = 9
	scanActs    = 2_000 // of each side in each round
	tapActs     = 200
	tapsEach    = 10 // of one code: as many as one address may in a minute
	tapDevice   = "phone-of-the-benchmark"
	liveTickets = 1_000_000
	ticketBytes = 250
)

// scans compares the page of a publish code, a tap on it and its picture with bare
// handlers, and looks at what a million live codes cost.
func scans(t testing.TB) []figure {
	a := newApp(t, testkit.MySQL, 1)
	b := a.NewBrand(t)
	codes := newCodes(t, b, (scanRounds+1)*tapActs/tapsEach)
	rdb := redis.NewClient(&redis.Options{Addr: os.Getenv(testkit.EnvRedis), PoolSize: 32})
	t.Cleanup(func() { _ = rdb.Close() })
	page := pathOf(codes[0].URL)
	out := slices.Concat(scanPage(t, a, rdb, page), taps(t, a, rdb, codes))
	out = append(out, picture(t, a, codes[0]))
	return append(out, crowd(t, a, rdb, page)...)
}

// newCodes issues the codes of as many films.
func newCodes(t testing.TB, b *testkit.Brand, n int) []api.TicketOut {
	t.Helper()
	channel, at := b.DouyinChannel(t), time.Now().Add(time.Minute)
	list := make([]api.TicketOut, n)
	for i := range list {
		post := b.NewVideo(t, channel, &at).ID
		b.Editor.Do(t, "POST", b.Path+"/posts/"+post+"/ticket", nil).Want(t, 200, &list[i])
	}
	return list
}

func pathOf(address string) string {
	return strings.TrimPrefix(address, "https://countersign.test")
}

// scanPage compares the page with a handler that asks Redis once and answers the same bytes.
func scanPage(t testing.TB, a *testkit.App, rdb *redis.Client, page string) []figure {
	t.Helper()
	phone := testkit.Client{URL: a.Server.URL}
	whole := phone.Do(t, "GET", page, nil)
	whole.Want(t, 200, nil)
	must(t, rdb.Set(t.Context(), "bench:page", whole.Body, time.Hour).Err())
	floor := bare(t, func(c *gin.Context) {
		raw, err := rdb.Get(c.Request.Context(), "bench:page").Bytes()
		if err != nil {
			c.Status(http.StatusInternalServerError)
			return
		}
		answer(c, whole.Header, raw)
	})
	r := compare(scanRounds, scanActs, scanWorkers, reading(t, "page", phone, page), reading(t, "floor", testkit.Client{URL: floor.URL}, "/"))
	return []figure{versus("scan page / bare handler with one Redis round trip", r, atLeast, 0.8)}
}

// taps compares a tap for the video with a handler that asks Redis once, and
// with one that also reads what a tap is judged by, and keeps what a tap keeps: who holds
// the code, one opening and one line of the audit, in one transaction.
func taps(t testing.TB, a *testkit.App, rdb *redis.Client, codes []api.TicketOut) []figure {
	t.Helper()
	trip := bare(t, func(c *gin.Context) {
		if err := rdb.Get(c.Request.Context(), "bench:page").Err(); err != nil {
			c.Status(http.StatusInternalServerError)
			return
		}
		c.JSON(http.StatusOK, gin.H{"opening_id": testkit.NewID()})
	})
	kept := bare(t, newTapFloor(t, a, rdb, codes).handle)
	phone := testkit.Client{URL: a.Server.URL}
	tap := side{"tap", func(n int) {
		body := testkit.M{"device": tapDevice, "take_over": false, "way": "download"}
		phone.Do(t, "POST", pathOf(codes[n%len(codes)].URL)+"/open", body).Want(t, 200, nil)
	}}
	posting := func(name, url string) side {
		c := testkit.Client{URL: url}
		return side{name, func(n int) { c.Do(t, "POST", "/"+strconv.Itoa(n), testkit.M{"device": "d"}).Want(t, 200, nil) }}
	}
	r := compare(scanRounds, tapActs, scanWorkers, tap, posting("trip", trip.URL), posting("kept", kept.URL))
	return []figure{
		versus("tap / bare handler with one Redis round trip", r[:2], told, 0),
		versus("tap / handler with the trip and one durable transaction", []rates{r[0], r[2]}, atLeast, 0.5),
		versus("one durable transaction / one Redis round trip", []rates{r[2], r[1]}, told, 0),
	}
}

// tapSQL are the statements of a tap, before those of chainSQL.
var tapSQL = map[string]string{
	"lock":   "SELECT version FROM posts WHERE brand_id = ? AND id = ? FOR UPDATE",
	"ticket": "SELECT id, brand_id, post_id FROM tickets WHERE token_hash = ?",
	"tap":    "SELECT COUNT(*) FROM openings WHERE ticket_id = ? AND idem_key = ?",
	"sheet": `SELECT o.state, o.window_ends_at, b.public_name, b.time_zone, b.lead_minutes, b.named_posters, c.name, c.posters
		FROM posts o JOIN brands b ON b.id = o.brand_id JOIN channels c ON c.id = o.channel_id WHERE o.id = ? AND o.brand_id = ?`,
	"article": `SELECT a.digest, r.content FROM articles a JOIN revisions r ON r.article_id = a.id AND r.number = a.revision_number
		WHERE a.post_id = ? AND a.brand_id = ? AND a.removed_at IS NULL`,
	"video": "SELECT sha256, kind, mime, bytes FROM media WHERE brand_id = ? AND kind = 'video' LIMIT 1",
	"opening": `INSERT INTO openings (id, brand_id, post_id, ticket_id, idem_key, way, launch_way, device_hash, user_agent, ip_hash, early, took_over, created_at)
		VALUES (?, ?, ?, ?, ?, 'download', '', ?, 'other', '', 0, 0, UTC_TIMESTAMP(3))`,
	"ticket moves": `UPDATE tickets SET lease_opening = ?, lease_device = ?, lease_since = UTC_TIMESTAMP(3), lease_until = UTC_TIMESTAMP(3) + INTERVAL 2 MINUTE,
		version = version + 1, updated_at = UTC_TIMESTAMP(3) WHERE id = ?`,
}

// tapFloor is a bare handler that asks Redis once and keeps what a tap keeps.
type tapFloor struct {
	*floor
	t      testing.TB
	rdb    *redis.Client
	hashes []string // of the codes' tokens
}

func newTapFloor(t testing.TB, a *testkit.App, rdb *redis.Client, codes []api.TicketOut) *tapFloor {
	t.Helper()
	f := &tapFloor{newFloor(t, a, tapSQL), t, rdb, nil}
	for _, k := range codes {
		f.hashes = append(f.hashes, model.HashToken(strings.TrimPrefix(pathOf(k.URL), "/p/")))
	}
	return f
}

func (f *tapFloor) handle(c *gin.Context) {
	n, err := strconv.Atoi(c.Param("n"))
	if err == nil {
		err = f.rdb.Get(c.Request.Context(), "bench:page").Err()
	}
	var id string
	if err == nil {
		id, err = f.keep(c.Request.Context(), f.hashes[n%len(f.hashes)])
	}
	if err != nil {
		f.t.Errorf("hand-written tap: %v", err)
		c.Status(http.StatusInternalServerError)
		return
	}
	c.JSON(http.StatusOK, gin.H{"opening_id": id})
}

func (f *tapFloor) keep(ctx context.Context, hash string) (string, error) {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer func() { _ = tx.Rollback() }() // after the commit it does nothing
	h := &hand{ctx: ctx, tx: tx, stmt: f.stmt}
	var ticket string
	var b ballot
	var version int64
	id, device := testkit.NewID(), model.HashToken(tapDevice)
	h.read("ticket", []any{hash}, &ticket, &b.brand, &b.post)
	h.read("lock", []any{b.brand, b.post}, &version)
	f.judge(h, b, ticket)
	h.write("opening", id, b.brand, b.post, ticket, testkit.NewID(), device)
	h.write("ticket moves", id, device, ticket)
	f.chain(h, b, "other")
	if h.err != nil {
		return "", h.err
	}
	return id, tx.Commit()
}

// judge reads what a tap is judged by.
func (f *tapFloor) judge(h *hand, b ballot, ticket string) {
	var taps int
	var s [8]sql.NullString
	into := func(n int) (list []any) {
		for i := range n {
			list = append(list, &s[i])
		}
		return list
	}
	h.read("tap", []any{ticket, testkit.NewID()}, &taps)
	h.read("sheet", []any{b.post, b.brand}, into(8)...)
	h.read("article", []any{b.post, b.brand}, into(2)...)
	h.read("video", []any{b.brand}, into(4)...)
}

// picture compares the QR code, drawn once, with a handler that answers the same bytes.
func picture(t testing.TB, a *testkit.App, code api.TicketOut) figure {
	t.Helper()
	phone := testkit.Client{URL: a.Server.URL}
	address := pathOf(code.PNG) + "?size=512"
	whole := phone.Do(t, "GET", address, nil)
	whole.Want(t, 200, nil)
	floor := bare(t, func(c *gin.Context) { answer(c, whole.Header, whole.Body) })
	r := compare(scanRounds, scanActs, scanWorkers, reading(t, "picture", phone, address), reading(t, "floor", testkit.Client{URL: floor.URL}, "/"))
	return versus(fmt.Sprintf("QR code, PNG 512 (%d bytes) / bare handler", len(whole.Body)), r, atLeast, 0.8)
}

// crowd keeps a million codes in Redis and looks what each takes, and whether looking one
// up got slower.
func crowd(t testing.TB, a *testkit.App, rdb *redis.Client, page string) []figure {
	t.Helper()
	phone := testkit.Client{URL: a.Server.URL}
	look := reading(t, "page", phone, page)
	few := compare(scanRounds/2, scanActs, scanWorkers, look)[0]
	before, end := usedMemory(t, rdb), time.Now().Add(4*time.Hour)
	entry := bytes.Repeat([]byte{7}, 24) // as long as the service's
	rate(side{"keep", func(int) { a.Cache.KeepTicket(t.Context(), model.HashToken(testkit.NewID()), entry, end) }}, 0, liveTickets, 64)
	each := float64(usedMemory(t, rdb)-before) / liveTickets
	many := compare(scanRounds/2, scanActs, scanWorkers, look)[0]
	return []figure{
		figure{Name: "Redis, 1,000,000 live codes, each", Measured: each, Unit: "B", Bound: atMost, Goal: ticketBytes, Note: "used_memory before and after"}.judged(),
		figure{Name: "scan page, 1,000,000 live codes / a few hundred", Measured: few.median() / many.median(), Unit: "×", Bound: atMost, Goal: 1.3, Note: fmt.Sprintf("%.0f/s against %.0f/s", many.median(), few.median())}.judged(),
	}
}

func usedMemory(t testing.TB, rdb *redis.Client) int64 {
	t.Helper()
	text, err := rdb.Info(t.Context(), "memory").Result()
	must(t, err)
	_, rest, _ := strings.Cut(text, "used_memory:")
	number, _, _ := strings.Cut(rest, "\r\n")
	n, err := strconv.ParseInt(number, 10, 64)
	must(t, err)
	return n
}

// answer is the same answer as the product's, headers included: their reading costs the
// client on both sides.
func answer(c *gin.Context, headers http.Header, body []byte) {
	maps.Copy(c.Writer.Header(), headers)
	c.Data(http.StatusOK, headers.Get("Content-Type"), body)
}

// bare is a gin server with one handler, for every path of one part.
func bare(t testing.TB, handle gin.HandlerFunc) *httptest.Server {
	t.Helper()
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.GET("/", handle)
	e.POST("/:n", handle)
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	return s
}

func reading(t testing.TB, name string, c testkit.Client, path string) side {
	t.Helper()
	return side{name, func(int) { c.Do(t, "GET", path, nil).Want(t, 200, nil) }}
}

// versus is the figure of a side over its floor.
func versus(name string, r []rates, b bound, goal float64) figure {
	return figure{
		Name: name, Measured: r[0].over(r[1]), Unit: "×", Bound: b, Goal: goal,
		Note: fmt.Sprintf("%.0f/s against %.0f/s, %d at a time", r[0].median(), r[1].median(), scanWorkers),
	}.judged()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
