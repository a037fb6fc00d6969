// What waits for the reader, and what he has decided, over all brands that admitted him.
import { call, type Answer } from '../../lib/api'
import { explain, face, nameTabs, sayTrouble, stateOf, type State, type Trouble } from '../../lib/page'
import { route } from '../../lib/route'
import { me } from '../../lib/session'
import { when } from '../../lib/when'
import { fill, words } from '../../lib/words'

type Item = Answer<'GET', '/inbox'>['items'][number]
type Shelf = 'waiting' | 'decided'

const page = 20

Page({
  data: {
    ...face(),
    state: 'loading' as State,
    trouble: {} as Trouble,
    shelf: 'waiting' as Shelf,
    rows: [] as ReturnType<typeof rowOf>[],
    more: false,
  },

  cursor: '',
  fetching: false,

  onShow() {
    this.setData(face())
    nameTabs()
    wx.setNavigationBarTitle({ title: words().inbox.nav })
    return this.load()
  },

  async onPullDownRefresh() {
    await this.load()
    wx.stopPullDownRefresh()
  },

  onReachBottom() {
    return this.next()
  },

  show({ currentTarget }: WechatMiniprogram.TouchEvent) {
    this.setData({ shelf: currentTarget.dataset.shelf as Shelf, state: 'loading', rows: [] })
    return this.load()
  },

  async load() {
    const { shelf } = this.data
    try {
      const answer = await call('GET', '/inbox', { query: { show: shelf, limit: page } })
      if (shelf !== this.data.shelf) return // the reader has gone on
      this.cursor = answer.next_cursor ?? ''
      this.setData({ state: answer.items.length ? 'ready' : 'empty', rows: answer.items.map(rowOf), more: this.cursor !== '' })
    } catch (thrown) {
      this.setData({ state: stateOf(thrown), trouble: explain(thrown) })
    }
  },

  // Rows are added by their places: what is shown already is not sent to the view again.
  async next() {
    if (!this.cursor || this.fetching) return
    const { shelf } = this.data
    this.fetching = true
    try {
      const answer = await call('GET', '/inbox', { query: { show: shelf, limit: page, cursor: this.cursor } })
      if (shelf !== this.data.shelf) return
      this.cursor = answer.next_cursor ?? ''
      const from = this.data.rows.length
      const added = answer.items.map((item, n) => [`rows[${from + n}]`, rowOf(item)])
      this.setData({ ...Object.fromEntries(added), more: this.cursor !== '' })
    } catch (thrown) {
      sayTrouble(thrown)
    } finally {
      this.fetching = false
    }
  },

  open({ currentTarget }: WechatMiniprogram.TouchEvent) {
    return route.review(currentTarget.dataset.task as string)
  },
})

function rowOf({ id, brand_id, brand_name, title, state, settled_by, scheduled_at, step_name }: Item) {
  const zone = me()?.brands.find((seat) => seat.brand_id === brand_id)?.time_zone
  const w = words()
  const outcome = { open: '', approved: w.inbox.approved, rejected: w.inbox.rejected, settled: fill(w.inbox.settled, { name: settled_by ?? '–' }) }[state]
  return {
    id,
    brand: brand_name,
    title: title || w.review.untitled,
    outcome,
    tone: state === 'approved' ? 'good' : state === 'rejected' ? 'warn' : '',
    step: step_name ?? '',
    planned: scheduled_at ? fill(w.inbox.planned, { time: when(scheduled_at, zone) }) : '',
  }
}
