// One task: the content as it will be published, and the reader's answer.
import { call, type Answer } from '../../lib/api'
import { explain, face, say, sayTrouble, stateOf, type State, type Trouble } from '../../lib/page'
import { refusalOf } from '../../lib/refusal'
import { route } from '../../lib/route'
import { me } from '../../lib/session'
import { askNow, prepare } from '../../lib/subscribe'
import { words } from '../../lib/words'
import { shown } from './shown'

type Task = Answer<'GET', '/tasks/{task}'>
type Sheet = '' | 'approve' | 'reject'

Page({
  data: {
    ...face(),
    state: 'loading' as State,
    trouble: {} as Trouble,
    task: undefined as ReturnType<typeof shown> | undefined,
    sheet: '' as Sheet,
    reason: '',
    keepFlow: true,
    sending: false,
    onward: true,
  },

  id: '',
  read: undefined as Task | undefined,

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
    await this.load()
    wx.stopPullDownRefresh()
  },

  async load() {
    try {
      const task = await call('GET', '/tasks/{task}', { path: { task: this.id } })
      const zone = me()?.brands.find((seat) => seat.brand_id === task.brand_id)?.time_zone
      this.read = task
      this.setData({ state: 'ready', task: shown(task, zone) })
      this.noteSeen(task)
    } catch (thrown) {
      this.setData({ state: stateOf(thrown), trouble: explain(thrown) })
    }
  },

  // What was read is noted for the next "changed since"; it is no act that may fail aloud.
  noteSeen({ id, revision_number }: Task) {
    call('POST', '/tasks/{task}/seen', { path: { task: id }, body: { revision: revision_number } }).catch(() => undefined)
  },

  ask({ currentTarget }: WechatMiniprogram.TouchEvent) {
    this.setData({ sheet: currentTarget.dataset.sheet as Sheet })
  },

  close() {
    if (!this.data.sending) this.setData({ sheet: '' })
  },

  write({ detail }: WechatMiniprogram.Input) {
    this.setData({ reason: detail.value })
  },

  pick({ currentTarget }: WechatMiniprogram.TouchEvent) {
    const { reason } = this.data
    const text = currentTarget.dataset.text as string
    this.setData({ reason: reason ? `${reason}\n${text}` : text })
  },

  keep({ detail }: WechatMiniprogram.SwitchChange) {
    this.setData({ keepFlow: detail.value })
  },

  approve() {
    askNow()
    return this.decide({ action: 'approve' })
  },

  reject() {
    askNow()
    const { reason, keepFlow } = this.data
    return this.decide({ action: 'reject', reason: reason.trim(), keep_flow: keepFlow })
  },

  async decide(answer: { action: 'approve' | 'reject'; reason?: string; keep_flow?: boolean }) {
    if (this.data.sending || !this.read) return
    this.setData({ sending: true })
    try {
      await call('POST', '/tasks/{task}/decision', { path: { task: this.id }, body: { ...answer, digest: this.read.digest } })
      wx.vibrateShort({ type: 'light' }).catch(() => undefined) // not every phone can
      this.setData({ sheet: '' })
      await this.load()
    } catch (thrown) {
      await this.refused(thrown)
    } finally {
      this.setData({ sending: false })
    }
  },

  // Changed or answered meanwhile: the page shows how it stands, and says so.
  async refused(thrown: unknown) {
    const { code } = refusalOf(thrown)
    if (code !== 'content_changed' && code !== 'already_decided') return sayTrouble(thrown)
    this.setData({ sheet: '' })
    await this.load()
    if (code === 'content_changed') return say(words().review.stale)
    sayTrouble(thrown)
  },

  async undo() {
    try {
      await call('POST', '/tasks/{task}/undo', { path: { task: this.id } })
      say(words().review.undone)
      await this.load()
    } catch (thrown) {
      sayTrouble(thrown)
    }
  },

  view({ currentTarget }: WechatMiniprogram.TouchEvent) {
    const { pictures } = this.data.task!
    return wx.previewImage({ urls: pictures.map(({ url }) => url), current: currentTarget.dataset.url as string })
  },

  async copy({ currentTarget }: WechatMiniprogram.TouchEvent) {
    await wx.setClipboardData({ data: currentTarget.dataset.link as string })
    say(words().review.copied)
  },

  toInbox() {
    return route.inbox()
  },
})
