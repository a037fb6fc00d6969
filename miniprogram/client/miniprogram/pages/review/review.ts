// One task: the content as it will be published, what is known of it, and the reader's answer.
import { call } from '../../lib/api'
import { explain, face, say, stateOf, type State, type Trouble } from '../../lib/page'
import { route } from '../../lib/route'
import { me } from '../../lib/session'
import { prepare } from '../../lib/subscribe'
import { words } from '../../lib/words'
import { zoneOf } from '../../components/zone'
import { shown, talkHint, type Task } from './shown'

type Part = 'changes' | 'ai' | 'talk' | 'steps' | 'history'
interface Moved { changed?: boolean; notice?: string }

const addressesLive = 50 * 60_000 // ms; those of pictures and films, at least

Page({
  data: {
    ...face(),
    state: 'loading' as State,
    trouble: {} as Trouble,
    onward: true,
    task: undefined as Task | undefined,
    view: {} as ReturnType<typeof shown>,
    zone: '',
    staff: false,
    seen: 0, // the version that the reader looked at before this one
    open: { changes: false, ai: false, talk: false, steps: false, history: false },
    second: 0,
    notice: '',
  },

  id: '',
  loadedAt: 0,

  onLoad({ task }) {
    this.id = task ?? ''
    wx.setNavigationBarTitle({ title: words().review.nav })
    prepare().catch(() => undefined) // without it nothing is asked for, and the answer counts
    return this.load()
  },

  onShow() {
    this.setData(face())
  },

  async onPullDownRefresh() {
    this.setData({ notice: '' })
    await this.load()
    wx.stopPullDownRefresh()
  },

  async load() {
    try {
      const task = await call('GET', '/tasks/{task}', { path: { task: this.id } })
      this.loadedAt = Date.now()
      this.show(task)
      this.noteSeen(task)
    } catch (thrown) {
      if (this.data.state === 'ready' && stateOf(thrown) === 'offline') return say(explain(thrown).title)
      this.setData({ state: stateOf(thrown), trouble: explain(thrown) })
    }
  },

  show(task: Task) {
    const { brand_id, ai_report } = task
    const zone = zoneOf(brand_id)
    const seen = this.seenBefore(task)
    this.setData({
      state: 'ready',
      task,
      view: shown(task, zone),
      zone: zone ?? '',
      staff: me()?.brands.some((seat) => seat.brand_id === brand_id && seat.role !== 'reviewer') ?? false,
      seen,
    })
    if (ai_report?.errors) this.setData({ 'open.ai': true })
  },

  // seenBefore is the version to compare with, 0 for none. Noting this one as seen does not
  // end the comparison while the page is open.
  seenBefore({ revision_number, last_seen_revision = 0, changes_url }: Task): number {
    const { task, seen } = this.data
    if (task && task.revision_number !== revision_number) return task.revision_number
    if (seen) return seen
    return changes_url ? last_seen_revision : 0
  },

  // What was read is noted for the next "changed since"; it is no act that may fail aloud.
  noteSeen({ id, revision_number }: Task) {
    call('POST', '/tasks/{task}/seen', { path: { task: id }, body: { revision: revision_number } }).catch(() => undefined)
  },

  fold({ currentTarget }: WechatMiniprogram.TouchEvent) {
    const part = currentTarget.dataset.part as Part
    this.setData({ [`open.${part}`]: !this.data.open[part] })
  },

  // moved: the reader has answered, or somebody was faster. The page shows how it stands now.
  async moved({ detail }: WechatMiniprogram.CustomEvent<Moved>) {
    await this.load()
    const { changed = false, notice = '' } = detail
    this.setData({ notice, 'open.changes': changed && this.data.seen > 0, 'open.steps': !changed })
    if (notice) wx.pageScrollTo({ scrollTop: 0 })
  },

  counted({ detail }: WechatMiniprogram.CustomEvent<{ open: number }>) {
    this.setData({ 'view.hints.talk': talkHint(detail.open) })
  },

  tick({ detail }: WechatMiniprogram.CustomEvent<{ second: number }>) {
    const second = Math.floor(detail.second)
    if (second !== this.data.second) this.setData({ second })
  },

  seek({ detail }: WechatMiniprogram.CustomEvent<{ second: number }>) {
    this.selectComponent('#preview').seek(detail.second)
    wx.pageScrollTo({ scrollTop: 0 })
  },

  // Addresses of media end; a page that stood open for long asks for new ones.
  broken() {
    if (Date.now() - this.loadedAt > addressesLive) this.load()
  },

  toInbox() {
    return route.inbox()
  },
})
