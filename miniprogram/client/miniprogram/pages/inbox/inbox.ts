// What waits for the reader, and what he has decided, over all brands that admitted him.
import type { Answered, Picked } from '../../components/bulk/bulk'
import { decided } from '../../components/decided'
import { call } from '../../lib/api'
import { explain, face, nameTabs, say, stateOf, type State, type Trouble } from '../../lib/page'
import { route } from '../../lib/route'
import { prepare } from '../../lib/subscribe'
import { fill, words } from '../../lib/words'
import { Feed, type Brand, type Shelf } from './feed'
import { chipsOf, countOf, rowsOf, toldOf, type Row } from './rows'

const mostAtOnce = 50
const screenful = 12 // rows that any phone's screen holds
type Foot = 'loading' | 'failed' | 'end' | ''

Page({
  data: {
    ...face(),
    state: 'loading' as State,
    trouble: {} as Trouble,
    shelf: 'waiting' as Shelf,
    shelves: [] as { id: Shelf; name: string; count: string }[],
    brand: '',
    chips: [] as ReturnType<typeof chipsOf>,
    rows: [] as Row[],
    foot: '' as Foot,
    selecting: false,
    picked: [] as Picked[],
    told: '',
    alone: false, // no brand has admitted him
  },

  feed: undefined as Feed | undefined,
  brands: [] as Brand[],
  shownIn: '', // the language of the rows
  later: [] as Row[], // read, and shown in a moment

  onShow() {
    const { lang } = face()
    this.setData(face())
    nameTabs()
    wx.setNavigationBarTitle({ title: words().inbox.nav })
    this.nameShelves()
    if (this.shownIn !== lang || this.data.state !== 'ready' || !this.feed || this.feed.whole) return this.load()
    this.mark()
    return this.count().catch(() => undefined)
  },

  async onPullDownRefresh() {
    await this.load()
    wx.stopPullDownRefresh()
  },

  onReachBottom() {
    return this.next()
  },

  show({ currentTarget }: WechatMiniprogram.TouchEvent) {
    const { shelf = this.data.shelf, brand = this.data.brand } = currentTarget.dataset as { shelf?: Shelf; brand?: string }
    this.setData({ shelf, brand, state: 'loading', rows: [], selecting: false })
    this.nameShelves()
    return this.load()
  },

  // load reads the first page anew. Whatever an older one still brings comes too late.
  async load() {
    const { shelf, brand } = this.data
    const feed = new Feed(shelf, brand)
    this.feed = feed
    this.shownIn = this.data.lang
    try {
      const { items, brands } = await feed.first()
      if (feed !== this.feed) return
      this.brands = brands
      this.setData({ alone: !brands.length })
      this.nameShelves()
      decided.clear()
      this.fill(rowsOf(items), feed)
      this.tellPicked()
      prepare().catch(() => undefined)
    } catch (thrown) {
      if (feed === this.feed) this.fail(thrown)
    }
  },

  // fill shows what a screen holds at once, and the rest a moment later. A list that is there
  // already is replaced in one piece: it keeps its place.
  fill(rows: Row[], feed: Feed) {
    const atOnce = this.data.state === 'ready' ? rows.length : screenful
    this.setData({ state: rows.length ? 'ready' : 'empty', rows: rows.slice(0, atOnce), foot: this.footOf(rows.length) })
    this.later = rows.slice(atOnce)
    wx.nextTick(() => feed === this.feed && this.addLater())
  },

  // add puts rows below the others by their places: what is shown already is not sent to the
  // view again.
  add(rows: Row[]) {
    const from = this.data.rows.length
    this.setData(Object.fromEntries(rows.map((row, n) => [`rows[${from + n}]`, row])))
  },

  addLater() {
    this.add(this.later.splice(0))
  },

  // A list that is there stays there: what is lost is only what is new.
  fail(thrown: unknown) {
    if (this.data.state === 'ready') return say(explain(thrown).title)
    this.setData({ state: stateOf(thrown), trouble: explain(thrown) })
  },

  async count() {
    this.brands = (await call('GET', '/inbox/brands')).items
    this.nameShelves()
  },

  nameShelves() {
    const { shelves: names } = words().inbox
    const brands: Brand[] = this.brands
    const own = this.data.brand ? brands.filter(({ brand_id }) => brand_id === this.data.brand) : brands
    const shelves = (['waiting', 'decided', 'all'] as const).map((id) => ({ id, name: names[id], count: id === 'waiting' ? countOf(own, id) : '' }))
    this.setData({ shelves, chips: chipsOf(brands, this.data.shelf) })
  },

  async next() {
    const { feed } = this
    if (!feed?.more || this.data.foot === 'loading' || this.data.state !== 'ready') return
    this.setData({ foot: 'loading' })
    try {
      const items = await feed.next()
      if (feed !== this.feed) return
      this.addLater() // whose last brand the next row is compared with
      this.add(rowsOf(items, this.data.rows[this.data.rows.length - 1]))
      this.setData({ foot: this.footOf(this.data.rows.length) })
    } catch {
      if (feed === this.feed) this.setData({ foot: 'failed' })
    }
  },

  footOf(count: number): Foot {
    if (this.feed?.more) return ''
    return count > 10 ? 'end' : ''
  },

  // mark writes what was answered on the review page into the rows, each in its place.
  mark() {
    const changes: Record<string, unknown> = {}
    this.data.rows.forEach(({ id, waits }, n) => {
      const answer = decided.get(id)
      if (answer && waits) Object.assign(changes, this.changed(n, { waits: false, ...toldOf(answer) }))
    })
    this.setData(changes)
  },

  changed(n: number, fields: Partial<Row>): Record<string, unknown> {
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [`rows[${n}].${name}`, value]))
  },

  tap({ currentTarget }: WechatMiniprogram.TouchEvent) {
    const { index } = currentTarget.dataset as { index: number }
    if (this.data.selecting) return this.pick(index)
    return route.review(this.data.rows[index].id)
  },

  select() {
    const selecting = !this.data.selecting
    this.setData({ selecting })
    this.pickOnly(() => false)
    if (!selecting && this.data.rows.some((row: Row) => !row.waits)) return this.load()
  },

  pick(index: number) {
    const row = this.data.rows[index]
    if (!row.waits) return
    if (!row.on && this.data.picked.length === mostAtOnce) return say(fill(words().inbox.most, { count: mostAtOnce }))
    this.setData({ [`rows[${index}].on`]: !row.on })
    this.tellPicked()
  },

  pickAll() {
    const any = this.data.picked.length > 0
    let free = mostAtOnce
    this.pickOnly(({ waits }: Row) => !any && waits && free-- > 0)
    if (free < 0) say(fill(words().inbox.most, { count: mostAtOnce }))
  },

  pickOnly(which: (row: Row) => boolean) {
    const changes: Record<string, boolean> = {}
    this.data.rows.forEach((row, n) => {
      const on = which(row)
      if (row.on !== on) changes[`rows[${n}].on`] = on
    })
    this.setData(changes)
    this.tellPicked()
  },

  tellPicked() {
    const picked = this.data.rows.filter(({ on }) => on).map(({ id, digest }) => ({ task_id: id, digest }))
    this.setData({ picked, told: fill(words().inbox.selected, { count: picked.length }) })
  },

  // answered shows at each row what became of it.
  answered({ detail }: WechatMiniprogram.CustomEvent<{ items: Answered }>) {
    const results = new Map(detail.items.map((item) => [item.task_id, item]))
    const changes = this.data.rows.map(({ id }, n) => {
      const result = results.get(id)
      if (!result) return {}
      const { outcome, problem } = result
      return this.changed(n, outcome && outcome.state !== 'open' ? { on: false, waits: false, problem: '', ...toldOf(outcome.state) } : { on: false, problem: problem?.title ?? '' })
    })
    this.setData(Object.assign({}, ...changes))
    this.tellPicked()
    this.setData({ told: this.resultOf(detail.items) })
    this.count().catch(() => undefined)
  },

  resultOf(items: Answered): string {
    const { result, partly } = words().inbox
    const failed = items.filter(({ problem }) => problem).length
    return fill(failed ? partly : result, { done: items.length - failed, failed })
  },
})
