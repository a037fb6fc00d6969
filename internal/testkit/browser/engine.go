package browser

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// engine is the Chromium of this process: to start one takes seconds, so all tabs share it
// while any of them is open. Each tab is a profile of its own in it.
type engine struct {
	mu     sync.Mutex
	users  int
	ctx    context.Context //nolint:containedctx // chromedp's browser is its context
	folder string
	stop   func()
}

var shared engine

// Keep lets Chromium run from one tab to the next, until the test ends.
func Keep(t testing.TB) {
	t.Helper()
	if err := shared.join(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(shared.leave)
}

// join starts Chromium for the first who needs it; it ends when the last one leaves.
func (e *engine) join() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.users == 0 {
		if err := e.start(); err != nil {
			return err
		}
	}
	e.users++
	return nil
}

// take opens the context of a tab; end closes it.
func (e *engine) take() (tab context.Context, end func(), err error) {
	if err := e.join(); err != nil {
		return nil, nil, err
	}
	profile, id, err := window(e.ctx)
	if err != nil {
		e.leave()
		return nil, nil, err
	}
	tab, gone := chromedp.NewContext(e.ctx, chromedp.WithTargetID(id))
	return tab, sync.OnceFunc(func() {
		gone()
		_ = target.DisposeBrowserContext(profile).Do(browserOf(e.ctx)) // it may have gone with the browser
		e.leave()
	}), nil
}

// window opens an empty one in a fresh profile. chromedp's own way opens no window, which
// Chromium refuses.
func window(ctx context.Context) (profile cdp.BrowserContextID, id target.ID, err error) {
	b := browserOf(ctx)
	if profile, err = target.CreateBrowserContext().WithDisposeOnDetach(true).Do(b); err != nil {
		return "", "", err
	}
	id, err = target.CreateTarget("about:blank").WithBrowserContextID(profile).WithNewWindow(true).Do(b)
	return profile, id, err
}

// browserOf addresses the browser itself, not a page of it.
func browserOf(ctx context.Context) context.Context {
	return cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser)
}

func (e *engine) start() (err error) {
	if e.folder, err = os.MkdirTemp("", "countersign-browser-"); err != nil {
		return err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(binary()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(e.folder))
	alloc, free := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(alloc)
	e.ctx, e.stop = ctx, func() { end(); free() }
	if err := chromedp.Run(ctx); err != nil {
		e.stop()
		return errors.Join(err, os.RemoveAll(e.folder))
	}
	return nil
}

func (e *engine) leave() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.users--; e.users > 0 {
		return
	}
	e.stop()
	_ = os.RemoveAll(e.folder) // some of its processes may still be writing
}
