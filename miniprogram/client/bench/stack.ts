// The pages that are open, one upon the other, and WeChat's rules for going between them.
import { bench } from './bench'
import { Chrome } from './chrome'
import type { Program } from './host'
import { parse, type Launch } from './launch'
import { pullable } from './pull'

export interface Shown {
  route: string
  view: HTMLElement
  page: Record<string, any>
  attach: () => void
  release: () => void
}

type Mount = (route: string) => Omit<Shown, 'route'>
type To = { url: string }

const most = 10 // pages of a stack

export class Stack {
  private open: Shown[] = []
  private current?: Shown // whose code speaks: shown, or being loaded
  private seen?: Shown // whose onShow ran last, and whose onHide did not yet
  private tabs = new Map<string, Shown>() // once opened they stay, as they were left
  readonly chrome: Chrome

  constructor(private program: Program, private mount: Mount) {
    this.chrome = new Chrome(program, { back: () => this.navigateBack({}), tab: (route) => this.switchTab({ url: `/${route}` }) })
    bench.pull = () => this.pull()
  }

  pages() {
    return this.open.map(({ page }) => page)
  }

  launch(path: string, query: Record<string, string>) {
    this.show(this.make(path, query))
  }

  navigateTo({ url }: To) {
    const { path, query } = this.resolve(url)
    if (this.isTab(path)) throw new Error('can not navigateTo a tabbar page')
    if (this.open.length >= most) throw new Error('webview count limit exceed')
    this.hide()
    this.show(this.make(path, query))
  }

  redirectTo({ url }: To) {
    const { path, query } = this.resolve(url)
    if (this.isTab(path)) throw new Error('can not redirectTo a tabbar page')
    const next = this.make(path, query)
    this.leave()
    this.show(next)
  }

  switchTab({ url }: To) {
    const { path } = this.resolve(url)
    if (!this.isTab(path)) throw new Error('can not switch to no-tabBar page')
    if (this.top()?.route === path) return
    const next = this.tabs.get(path) ?? this.make(path, {})
    this.clear()
    this.show(next)
  }

  navigateBack({ delta = 1 }: { delta?: number }) {
    if (this.open.length < 2) throw new Error('cannot navigate back at first page.')
    for (let n = Math.min(delta, this.open.length - 1); n > 0; n--) this.leave()
    this.show()
  }

  // watch tells the program when the user leaves for another app, and comes back.
  watch(app: Record<string, any>, launch: Launch) {
    bench.leave = () => {
      this.hide()
      app.onHide?.()
    }
    bench.comeBack = () => {
      app.onShow?.(launch)
      this.seen = this.top()
      this.seen?.page.onShow?.()
    }
    document.addEventListener('visibilitychange', () => (document.hidden ? bench.leave() : bench.comeBack()))
  }

  private top(): Shown | undefined {
    return this.open.at(-1)
  }

  private isTab(route: string): boolean {
    return (this.program.app.tabBar?.list ?? []).some(({ pagePath }: { pagePath: string }) => pagePath === route)
  }

  private resolve(url: string) {
    const absolute = url.startsWith('/') ? url : new URL(url, `http://x/${this.top()?.route ?? ''}`).href.slice('http://x'.length)
    const found = parse(absolute)
    if (!this.program.entries[found.path]?.isPage) throw new Error(`page "${found.path}" is not found`)
    return found
  }

  private make(route: string, query: Record<string, string>): Shown {
    const made: Shown = { route, ...this.mount(route) }
    Object.assign(made.page, { route, options: query })
    if (this.isTab(route)) this.tabs.set(route, made)
    made.attach()
    pullable(made.view, () => made === this.top() && this.config(route).enablePullDownRefresh === true, () => this.pull())
    this.followEnd(made)
    this.chrome.titles.delete(route)
    this.current = made
    made.page.onLoad?.(query)
    queueMicrotask(() => made.page.onReady?.())
    return made
  }

  private config(route: string): Record<string, any> {
    return this.program.entries[route]!.config
  }

  private show(next?: Shown) {
    if (next) this.open.push(next)
    const top = (this.current = this.top()!)
    this.seen = top
    this.chrome.draw(top.route, this.open.length)
    for (const shown of [...this.open, ...this.tabs.values()]) shown.view.hidden = shown !== top
    top.page.onShow?.()
  }

  private hide() {
    this.seen?.page.onHide?.()
    this.seen = undefined
  }

  private leave() {
    const gone = this.open.pop()!
    if (this.tabs.get(gone.route) !== gone) this.close(gone)
    else if (this.seen === gone) this.hide()
  }

  private clear() {
    while (this.open.length) this.leave()
  }

  private close(shown: Shown) {
    if (this.seen === shown) this.seen = undefined
    shown.page.onUnload?.()
    shown.release()
    shown.view.remove()
  }

  private async pull() {
    const { page, view } = this.top()!
    view.classList.add('mp-pulled')
    await page.onPullDownRefresh?.()
  }

  title(text: string) {
    this.chrome.title(this.current!.route, text)
  }

  stopPull() {
    for (const { view } of this.open) view.classList.remove('mp-pulled')
  }

  scroll(top: number) {
    this.top()!.view.firstElementChild!.scrollTo({ top })
  }

  // followEnd tells a page when its foot comes near, once for each length that it has.
  private followEnd({ view, page }: Shown) {
    let told = 0
    const scroller = view.firstElementChild!
    scroller.addEventListener('scroll', () => {
      const { scrollTop, clientHeight, scrollHeight } = scroller
      const near = scrollTop + clientHeight > scrollHeight - 50
      if (near && told !== scrollHeight) page.onReachBottom?.()
      told = near ? scrollHeight : 0
    })
  }
}
