package service

import (
	"context"
	"strconv"
	"sync"
	"time"

	"countersign/model"
)

// Live tells open streams what happens in their Brands. The table of events is the
// truth; a commit on this replica, or a word from another one over Redis, only says when
// to read it. One reader per Brand that somebody watches reads for all its streams, and
// reads by the clock too: nothing depends on a word's arrival.
type Live struct {
	base
	guard guard
	cache Cache
	set   LiveSettings

	mu       sync.Mutex
	feeds    map[string]*feed // by Brand
	watchers map[string]int   // streams by principal
	open     int
	draining bool
	readers  sync.WaitGroup

	heads map[string]int64 // what the loop has to publish: Brand → newest sequence number
	kick  chan struct{}
	also  func([]model.AuditHead) // who else is told of commits here, may be nil
}

// LiveSettings are the limits of the streams; zero values take the defaults.
type LiveSettings struct {
	Streams   int           // open at once on this replica; 2000
	PerUser   int           // open at once for one principal on this replica; 6
	Poll      time.Duration // reading by the clock while Redis answers; 5 s
	PollAlone time.Duration // while it does not; 1 s
}

func newLive(b base, g guard, cache Cache, set LiveSettings) *Live {
	set.Streams, set.PerUser = orElse(set.Streams, 2000), orElse(set.PerUser, 6)
	set.Poll, set.PollAlone = orElse(set.Poll, 5*time.Second), orElse(set.PollAlone, time.Second)
	l := &Live{base: b, guard: g, cache: cache, set: set, feeds: map[string]*feed{}, watchers: map[string]int{}, heads: map[string]int64{}, kick: make(chan struct{}, 1)}
	b.store.Announce(l.committed)
	return l
}

func orElse[T int | time.Duration](v, fallback T) T {
	if v <= 0 {
		return fallback
	}
	return v
}

// livePage is how many events are read at once.
const livePage = 200

// liveBuffer is how many readings may wait for one stream: who is slower is dropped, and
// goes on from the last event that he got.
const liveBuffer = 64

// feed is one Brand with somebody watching.
type feed struct {
	brandID string
	seq     int64 // everything up to here was handed to the watchers; its reader's own
	kick    chan struct{}
	stop    context.CancelFunc
	watches map[*Watch]bool // guarded by Live.mu
}

// Watch is one open stream's place. Batches closes when the stream must end.
type Watch struct {
	Batches <-chan []model.Event
	batches chan []model.Event
	live    *Live
	feed    *feed
	who     string
}

// Watch opens a place in a Brand's feed. What is read from the database after it
// returns, followed by what Batches brings beyond that, is everything in order. The
// caller must Leave.
func (l *Live) Watch(ctx context.Context, who, brandID string) (*Watch, error) {
	head, err := l.store.AuditHeadOf(ctx, brandID)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.draining:
		return nil, model.E(model.CodeUnavailable)
	case l.open >= l.set.Streams, l.watchers[who] >= l.set.PerUser:
		return nil, model.E(model.CodeTooManyStreams).After(10 * time.Second)
	}
	f, ok := l.feeds[brandID]
	if !ok { // head was read before the caller reads on: nothing falls between
		f = l.start(ctx, head)
	}
	w := &Watch{batches: make(chan []model.Event, liveBuffer), live: l, feed: f, who: who}
	w.Batches = w.batches
	f.watches[w] = true
	l.open++
	l.watchers[who]++
	return w, nil
}

// start follows a Brand; l.mu is held. The reader outlives the request that began it.
func (l *Live) start(ctx context.Context, head model.AuditHead) *feed {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	f := &feed{brandID: head.BrandID, seq: head.Seq, kick: make(chan struct{}, 1), stop: stop, watches: map[*Watch]bool{}}
	l.feeds[f.brandID] = f
	l.readers.Go(func() { l.follow(ctx, f) })
	return f
}

// Leave gives the place up. It may be called twice.
func (w *Watch) Leave() {
	w.live.mu.Lock()
	defer w.live.mu.Unlock()
	w.live.drop(w)
}

// drop ends a stream; l.mu is held. The last one of a Brand ends its reader.
func (l *Live) drop(w *Watch) {
	if !w.feed.watches[w] {
		return
	}
	delete(w.feed.watches, w)
	close(w.batches)
	l.open--
	if l.watchers[w.who]--; l.watchers[w.who] == 0 {
		delete(l.watchers, w.who)
	}
	if len(w.feed.watches) == 0 {
		w.feed.stop()
		delete(l.feeds, w.feed.brandID)
	}
}

// Open counts the streams of this replica.
func (l *Live) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

// Drain ends all streams and opens no more; it returns when their readers have ended.
func (l *Live) Drain() {
	l.mu.Lock()
	l.draining = true
	for _, f := range l.feeds {
		for w := range f.watches {
			l.drop(w)
		}
	}
	l.mu.Unlock()
	l.readers.Wait()
}

// follow reads a Brand's events for all its watchers until nobody is left.
func (l *Live) follow(ctx context.Context, f *feed) {
	wakes, leave := l.cache.Subscribe(ctx, eventChannel(f.brandID))
	defer leave()
	for ctx.Err() == nil {
		_ = l.guard.safely(ctx, func() error { // what it did not read, the next reading does
			l.read(ctx, f)
			return nil
		})
		l.rest(ctx, f, &wakes)
	}
}

// read hands on all that is new.
func (l *Live) read(ctx context.Context, f *feed) {
	for {
		batch, err := l.store.EventsAfter(ctx, f.brandID, f.seq, livePage)
		if err != nil {
			if ctx.Err() == nil {
				l.log.WarnContext(ctx, "live: will read again", "error", err)
			}
			return
		}
		if len(batch) > 0 {
			f.seq = batch[len(batch)-1].Seq
			l.hand(f, batch)
		}
		if len(batch) < livePage {
			return
		}
	}
}

// hand gives a batch to every watcher, and drops those who have no room left.
func (l *Live) hand(f *feed, batch []model.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for w := range f.watches {
		select {
		case w.batches <- batch:
		default:
			l.drop(w)
		}
	}
}

// rest waits until there may be something to read: a commit here, a word from another
// replica that names a number not read yet, or the clock.
func (l *Live) rest(ctx context.Context, f *feed, wakes *<-chan string) {
	wait := l.set.Poll
	if !l.cache.Healthy() {
		wait = l.set.PollAlone
	}
	clock := time.NewTimer(wait)
	defer clock.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-clock.C:
			return
		case <-f.kick:
			return
		case word, ok := <-*wakes:
			if !ok { // the cache was closed: the clock goes on alone
				*wakes = nil
				continue
			}
			if n, err := strconv.ParseInt(word, 10, 64); err != nil || n > f.seq {
				return
			}
		}
	}
}

// committed is told by the store after each commit that made events. It never waits.
func (l *Live) committed(heads []model.AuditHead) {
	l.mu.Lock()
	for _, h := range heads {
		l.heads[h.BrandID] = max(l.heads[h.BrandID], h.Seq)
		if f := l.feeds[h.BrandID]; f != nil {
			poke(f.kick)
		}
	}
	l.mu.Unlock()
	poke(l.kick)
	if l.also != nil {
		l.also(heads)
	}
}

// poke asks for attention; one request waiting is enough.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// breath is how long the loop gathers between two words to the other replicas.
const breath = 20 * time.Millisecond

// loop tells the other replicas, over Redis. It keeps this off the path of the commit: the
// first word leaves at once, and what many acts have to say after it is said together.
func (l *Live) loop() loop {
	return loop{guard: l.guard, wake: l.kick, breath: breath, tick: func(ctx context.Context) (again bool, err error) {
		l.publish(ctx)
		return false, nil
	}}
}

// publish says of each Brand its newest number, once.
func (l *Live) publish(ctx context.Context) {
	l.mu.Lock()
	heads := l.heads
	l.heads = map[string]int64{}
	l.mu.Unlock()
	words := make(map[string]string, len(heads))
	for brandID, seq := range heads {
		words[eventChannel(brandID)] = strconv.FormatInt(seq, 10)
	}
	l.cache.Publish(ctx, words)
}

func eventChannel(brandID string) string { return "events:" + brandID }

// Page is a part of a Brand's events after a cursor. Lost tells that some between the
// cursor and the events are not kept any more, or that the cursor is none of this
// Brand's: load everything anew, and go on from Head.
type Page struct {
	Events []model.Event
	Head   int64 // the cursor to go on from
	Lost   bool
}

// After reads what follows a cursor; a negative one is the newest. Numbers have no holes
// (store.EventsAfter), so a hole is what a sweep has taken.
func (l *Live) After(ctx context.Context, brandID string, cursor int64, limit int) (Page, error) {
	var events []model.Event
	var err error
	if cursor >= 0 {
		if events, err = l.store.EventsAfter(ctx, brandID, cursor, limit); err != nil {
			return Page{}, err
		}
	}
	whole := true
	for i, e := range events {
		whole = whole && e.Seq == cursor+1+int64(i)
	}
	if whole && len(events) > 0 {
		return Page{Events: events, Head: events[len(events)-1].Seq}, nil
	}
	head, err := l.store.AuditHeadOf(ctx, brandID)
	if err != nil || cursor < 0 || !whole {
		return Page{Head: head.Seq, Lost: cursor >= 0}, err
	}
	if head.Seq > cursor { // committed since, or swept: the next reading tells
		if events, err = l.store.EventsAfter(ctx, brandID, cursor, 1); err == nil && len(events) == 1 && events[0].Seq == cursor+1 {
			return l.After(ctx, brandID, cursor, limit)
		}
	}
	return Page{Head: head.Seq, Lost: head.Seq != cursor}, err
}
