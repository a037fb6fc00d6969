package cache

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/model"
)

// making is a build that always gives png.
func making(png string) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return []byte(png), nil }
}

// forgetInMemory leaves what Redis has.
func forgetInMemory(c *Cache) { c.pictures.front = newLRU[[]byte](frontPictures, frontBytes) }

func TestPictureIsKept(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		id := unique()
		if _, ok := c.Picture(t.Context(), id); ok {
			t.Fatal("found before it was kept")
		}
		c.KeepPicture(t.Context(), id, nil, time.Hour)
		c.KeepPicture(t.Context(), id, []byte("over"), 0)
		if _, ok := c.Picture(t.Context(), id); ok {
			t.Fatal("kept nothing, found something")
		}
		c.KeepPicture(t.Context(), id, []byte("png"), time.Hour)
		checkTTL(t, c, pictureKey(id), time.Hour)
		forgetInMemory(c)
		if png, ok := c.Picture(t.Context(), id); !ok || string(png) != "png" {
			t.Errorf("Redis gave %q, %v", png, ok)
		}
		if _, ok := c.pictures.front.get(id); !ok {
			t.Error("what was found in Redis is not held in memory")
		}
	})
}

func TestPictureAskedAtOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		id, made := unique(), atomic.Int64{}
		var callers sync.WaitGroup
		for range 16 {
			callers.Go(func() {
				png, err := c.PictureOnce(t.Context(), id, time.Hour, func(context.Context) ([]byte, error) {
					made.Add(1)
					return []byte("png"), nil
				})
				if string(png) != "png" || err != nil {
					t.Errorf("got %q, %v", png, err)
				}
			})
		}
		callers.Wait()
		if made.Load() != 1 {
			t.Errorf("made %d times", made.Load())
		}
		if n, err := c.rdb.Exists(t.Context(), key(id, "lock")).Result(); n != 0 || err != nil {
			t.Error("the lock was not given back", err)
		}
	})
}

// The first caller leaves; the work goes on, for those who wait and for later.
func TestPictureLeftWhileMade(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		id, started, finish := unique(), make(chan struct{}), make(chan struct{})
		build := func(ctx context.Context) ([]byte, error) {
			close(started)
			select {
			case <-finish:
				return []byte("png"), nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() {
			_, err := c.PictureOnce(ctx, id, time.Hour, build)
			left <- err
		}()
		within(t, started)
		cancel()
		if err, _ := within(t, left); !errors.Is(err, context.Canceled) {
			t.Errorf("the first caller got %v", err)
		}
		close(finish)
		png, err := c.PictureOnce(t.Context(), id, time.Hour, making("made again"))
		if string(png) != "png" || err != nil {
			t.Errorf("the next caller got %q, %v", png, err)
		}
	})
}

func TestPictureErrors(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *Cache) {
		id, errWeChat := unique(), errors.New("wechat says no")
		failing := func(context.Context) ([]byte, error) { return nil, errWeChat }
		if _, err := c.PictureOnce(t.Context(), id, time.Hour, failing); !errors.Is(err, errWeChat) {
			t.Errorf("got %v", err)
		}
		if _, err := c.PictureOnce(t.Context(), id, time.Hour, making("")); !errors.Is(err, errNothing) {
			t.Errorf("nothing gave %v", err)
		}
		panicking := func(context.Context) ([]byte, error) { panic("in build") }
		if _, err := c.PictureOnce(t.Context(), id, time.Hour, panicking); err == nil || !strings.Contains(err.Error(), "in build") {
			t.Errorf("a panic gave %v", err)
		}
		if png, err := c.PictureOnce(t.Context(), id, time.Hour, making("png")); string(png) != "png" || err != nil {
			t.Errorf("an error was kept: %q, %v", png, err)
		}
	})
}

func TestCloseWhileMaking(t *testing.T) {
	t.Parallel()
	c, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	started, result := make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := c.PictureOnce(t.Context(), "a", time.Hour, func(ctx context.Context) ([]byte, error) {
			close(started)
			<-ctx.Done()
			return nil, ctx.Err()
		})
		result <- err
	}()
	within(t, started)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err, _ := within(t, result); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	_, err = c.PictureOnce(t.Context(), "b", time.Hour, making("png"))
	if model.CodeOf(err) != model.CodeUnavailable || !errors.Is(err, errClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// A build that never ends is given up, and the next caller starts afresh.
func TestTheMakingHasAnEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, Options{})
		start := time.Now()
		_, err := c.PictureOnce(t.Context(), "a", time.Hour, func(ctx context.Context) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != makeLimit {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		if _, err := c.PictureOnce(t.Context(), "a", time.Hour, making("png")); err != nil {
			t.Error(err)
		}
	})
}

func TestTwoReplicasMakeOnePictureAtOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	one, other := open(t, roomy(s.addr)), open(t, roomy(s.addr))
	started, finish := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		_, err := one.PictureOnce(t.Context(), "a", time.Hour, func(context.Context) ([]byte, error) {
			close(started)
			<-finish
			return []byte("the winner's"), nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	within(t, started)
	done.Go(func() {
		png, err := other.PictureOnce(t.Context(), "a", time.Hour, making("the loser's"))
		if string(png) != "the winner's" || err != nil {
			t.Errorf("the loser got %q, %v", png, err)
		}
	})
	eventually(t, "the loser waits", func() bool { return commands(t, s, "set") >= 2 })
	close(finish)
	done.Wait()
}

// commands is how often the server was sent a command.
func commands(t *testing.T, s *server, name string) int {
	t.Helper()
	info, err := s.client().InfoMap(t.Context(), "commandstats").Result()
	if err != nil {
		t.Fatal(err)
	}
	stats := info["Commandstats"]["cmdstat_"+name]
	calls, _, _ := strings.Cut(strings.TrimPrefix(stats, "calls="), ",")
	n := 0
	for _, digit := range calls {
		n = n*10 + int(digit-'0')
	}
	return n
}

// The replica that holds the lock has died: after 3 s another makes the picture.
func TestALostLockIsWaitedOutNoLongerThanItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, Options{})
		if _, mine := c.lock(t.Context(), "a"); !mine {
			t.Fatal("no lock")
		}
		start := time.Now()
		png, err := c.PictureOnce(t.Context(), "a", time.Hour, making("png"))
		if string(png) != "png" || err != nil || time.Since(start) != waitForOthers {
			t.Errorf("after %v: %q, %v", time.Since(start), png, err)
		}
		if n := c.rdb.Exists(t.Context(), key("a", "lock")).Val(); n != 1 {
			t.Error("somebody else's lock was given back")
		}
	})
}

// A replica that took longer than its lock must not give back the next one's.
func TestOnlyTheOwnerUnlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, Options{})
		unlockFirst, _ := c.lock(t.Context(), "a")
		time.Sleep(makeLimit + 3*tick)
		unlockSecond, mine := c.lock(t.Context(), "a")
		if !mine {
			t.Fatal("the first lock did not end")
		}
		unlockFirst()
		if _, mine := c.lock(t.Context(), "a"); mine {
			t.Error("the second lock was given back by the first")
		}
		unlockSecond()
		if _, mine := c.lock(t.Context(), "a"); !mine {
			t.Error("the second lock was not given back")
		}
	})
}

// The replica that holds the lock gives up: the next one does not wait on.
func TestAFreedLockIsTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := open(t, Options{})
		unlock, _ := c.lock(t.Context(), "a")
		time.AfterFunc(time.Second, unlock)
		start := time.Now()
		if _, err := c.PictureOnce(t.Context(), "a", time.Hour, making("png")); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < time.Second || took > time.Second+2*lookEvery {
			t.Errorf("waited for %v", took)
		}
	})
}

func TestPictureWithoutRedis(t *testing.T) {
	t.Parallel()
	c := open(t, Options{Addrs: []string{unreachable(t)}})
	for range 3 {
		png, err := c.PictureOnce(t.Context(), "a", time.Hour, making("png"))
		if string(png) != "png" || err != nil {
			t.Fatalf("got %q, %v", png, err)
		}
	}
	_, err := c.PictureOnce(t.Context(), "a", time.Hour, func(context.Context) ([]byte, error) {
		t.Error("made again for each view")
		return []byte("png"), nil
	})
	if err != nil {
		t.Error(err)
	}
}
