// Binds this WeChat to a console account. The scan alone does nothing: whose account asks,
// from where and when is shown first, because the code may be somebody else's trap.
import { call } from '../../lib/api'
import { explain, face, sayTrouble, type Trouble } from '../../lib/page'
import { refusalOf } from '../../lib/refusal'
import { route } from '../../lib/route'
import { read, recall } from '../../lib/scene'
import { me, noteMe } from '../../lib/session'
import { askNow, prepare } from '../../lib/subscribe'
import { left, when } from '../../lib/when'
import { fill, words } from '../../lib/words'

type View = 'loading' | 'trouble' | 'ask' | 'done' | 'bound' | 'ended' | 'declined'

Page({
  data: { ...face(), view: 'loading' as View, trouble: {} as Trouble, account: '', from: '', at: '', left: '', detail: '', busy: false },

  scene: '',
  ends: Infinity, // ms
  timer: 0,

  onLoad(query) {
    this.scene = read(query)
    wx.setNavigationBarTitle({ title: words().bind.nav })
    prepare().catch(() => undefined)
    return this.load()
  },

  onUnload() {
    clearInterval(this.timer)
  },

  async load() {
    this.setData({ ...face(), view: 'loading' })
    try {
      const { account = '', asked_from = '', asked_at, expires_at } = await recall(this.scene)
      this.ends = expires_at ? Date.parse(expires_at) : Infinity
      this.setData({ account, from: asked_from === 'other' ? words().bind.other : asked_from, at: asked_at ? when(asked_at) : '' })
      if (await stillBound()) this.end('bound', me()!.account)
      else this.show()
    } catch (thrown) {
      this.fail(thrown)
    }
  },

  show() {
    this.setData({ view: 'ask' })
    clearInterval(this.timer)
    this.timer = setInterval(() => this.tick(), 1000)
    this.tick()
  },

  tick() {
    const rest = this.ends - Date.now()
    if (rest <= 0) return this.end('ended')
    if (rest < Infinity) this.setData({ left: fill(words().bind.left, { time: left(rest) }) })
  },

  async confirm() {
    const asked = askNow()
    this.setData({ busy: true })
    try {
      noteMe(await call('POST', '/person/bindings', { body: { token: this.scene } }))
      this.end('done', me()?.account)
    } catch (thrown) {
      this.refused(thrown)
    } finally {
      await asked
      this.setData({ busy: false })
    }
  },

  refused(thrown: unknown) {
    const { code } = refusalOf(thrown)
    if (code === 'code_ended') return this.end('ended')
    if (code === 'wechat_already_bound') return this.end('bound', me()?.account)
    sayTrouble(thrown)
  },

  decline() {
    this.end('declined')
  },

  end(view: Exclude<View, 'loading' | 'trouble' | 'ask'>, account = '') {
    clearInterval(this.timer)
    this.setData({ view, detail: fill(words().bind[`${view}Detail`], { account }) })
  },

  fail(thrown: unknown) {
    if (refusalOf(thrown).code === 'code_ended') return me()?.bound ? this.end('bound', me()?.account) : this.end('ended')
    this.setData({ view: 'trouble', trouble: explain(thrown) })
  },

  toInbox() {
    return route.inbox()
  },

  toMe() {
    return route.me()
  },
})

// stillBound asks only where the phone remembers a binding: it may have ended elsewhere.
async function stillBound(): Promise<boolean> {
  if (!me()?.bound) return false
  noteMe(await call('GET', '/person'))
  return me()!.bound
}
