// What WeChat draws around a page: the bar above it and the tabs below.
import { element, part } from './bench'
import type { Program } from './host'

interface Go {
  back: () => void
  tab: (route: string) => void
}

export class Chrome {
  readonly titles = new Map<string, string>() // set by a page for itself
  private shown = { route: '', depth: 0 }
  private names = new Map<number, string>()
  private dark = matchMedia('(prefers-color-scheme: dark)')

  constructor(private program: Program, private go: Go) {
    part('back').onclick = () => go.back()
    this.dark.addEventListener('change', () => this.redraw())
  }

  draw(route: string, depth: number) {
    this.shown = { route, depth }
    this.redraw()
  }

  title(route: string, text: string) {
    this.titles.set(route, text)
    this.redraw()
  }

  tabName(index: number, text: string) {
    this.names.set(index, text)
    this.redraw()
  }

  onTab(): boolean {
    return this.tabs().some(({ pagePath }) => pagePath === this.shown.route)
  }

  private tabs(): { pagePath: string; text: string }[] {
    return this.program.app.tabBar?.list ?? []
  }

  // colour looks an "@name" up in theme.json.
  private colour(value: string | undefined): string {
    const { light = {}, dark = {} } = this.program.theme
    return value?.startsWith('@') ? ((this.dark.matches ? dark : light)[value.slice(1)] ?? '') : (value ?? '')
  }

  private redraw() {
    const { route, depth } = this.shown
    const config = { ...this.program.app.window, ...this.program.entries[route]?.config }
    const bar = part('bar')
    bar.style.background = this.colour(config.navigationBarBackgroundColor)
    bar.style.color = this.colour(config.navigationBarTextStyle)
    part('screen').style.background = bar.style.background
    part('back').hidden = depth < 2
    document.title = part('title').textContent = this.titles.get(route) ?? config.navigationBarTitleText ?? ''
    this.drawTabs()
  }

  private drawTabs() {
    const nav = part('tabs')
    nav.hidden = !this.onTab()
    if (nav.hidden) return
    const { color, selectedColor, backgroundColor } = this.program.app.tabBar
    nav.style.background = this.colour(backgroundColor)
    nav.replaceChildren(...this.tabs().map(({ pagePath, text }, index) => {
      const on = pagePath === this.shown.route
      const tab = element('button', { 'aria-current': String(on) }, this.names.get(index) ?? text)
      tab.style.color = this.colour(on ? selectedColor : color)
      tab.onclick = () => this.go.tab(pagePath)
      return tab
    }))
  }
}
