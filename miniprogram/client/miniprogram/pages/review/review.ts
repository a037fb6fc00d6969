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
    this.tell(await this.load(), '')
    wx.stopPullDownRefresh()
  },

  // load answers whether another version has taken the place of the one that was shown.
  async load(): Promise<boolean> {
    const before = this.data.task
    try {
      const task = await this.newest(await call('GET', '/tasks/{task}', { path: { task: this.id } }))
      this.id = task.id
      this.loadedAt = Date.now()
      this.refresh(task)
      this.noteSeen(task)
      return before !== undefined && (before.id !== task.id || before.digest !== task.digest)
    } catch (thrown) {
      this.failed(thrown)
      return false
    }
  },

  // failed leaves a page that is there as it is, when only the network is away.
  failed(thrown: unknown) {
    if (this.data.state === 'ready' && stateOf(thrown) === 'offline') return say(explain(thrown).title)
    this.setData({ state: stateOf(thrown), trouble: explain(thrown) })
  },

  // newest: an author who takes his article back and submits it again asks for it in a task of
  // its own, which takes the place of the one that he cancelled.
  async newest(task: Task): Promise<Task> {
    if (task.state !== 'cancelled') return task
    const { items } = await call('GET', '/inbox', { query: { brand: task.brand_id, limit: 50 } })
    const again = items.find(({ article_id }) => article_id === task.article_id)
    return again ? call('GET', '/tasks/{task}', { path: { task: again.id } }) : task
  },

  // refresh shows the task; the parts that are unfolded read anew what they show.
  refresh(task: Task) {
    const unfolded = this.selectAllComponents('.unfolded')
    this.show(task)
    for (const part of unfolded) part.load()
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
    const { changed = false, notice = '' } = detail
    const fresh = (await this.load()) || changed
    this.tell(fresh, notice)
    this.setData({ 'open.steps': !fresh })
  },

  // tell says above the content what has happened, and unfolds what is new in it.
  tell(fresh: boolean, notice: string) {
    const told = fresh ? words().review.fresh : notice
    this.setData({ notice: told })
    if (fresh) this.setData({ 'open.changes': this.data.seen > 0 })
    if (told) wx.pageScrollTo({ scrollTop: 0 })
  },

  counted({ detail }: WechatMiniprogram.CustomEvent<{ open: number }>) {
    this.setData({ 'view.hints.talk': talkHint(detail.open) })
    if (this.data.task!.state === 'open') this.setData({ 'task.open_comments': detail.open }) // who approves over them is told
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
