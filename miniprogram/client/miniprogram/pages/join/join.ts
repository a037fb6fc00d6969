// An invitation: who invites, one tap to ask, and what became of the request.
import { call, type Answer } from '../../lib/api'
import { explain, face, say, sayTrouble, type Trouble } from '../../lib/page'
import { refusalOf } from '../../lib/refusal'
import { route } from '../../lib/route'
import { read, recall } from '../../lib/scene'
import { me, noteMe } from '../../lib/session'
import { askNow, prepare } from '../../lib/subscribe'
import { when } from '../../lib/when'
import { fill, words } from '../../lib/words'

type Request = Answer<'POST', '/person/access-requests'>
type View = 'loading' | 'trouble' | 'ask' | Request['state']

const interval = 10_000 // ms between two looks at a waiting request

Page({
  data: { ...face(), view: 'loading' as View, trouble: {} as Trouble, brand: '', nickname: '', text: {} as ReturnType<typeof textOf>, again: true, busy: false },

  scene: '',
  request: undefined as Request | undefined,
  timer: 0,
  led: false, // to the nickname, once

  onLoad(query) {
    this.scene = read(query)
    wx.setNavigationBarTitle({ title: words().join.nav })
    prepare().catch(() => undefined)
    return this.load()
  },

  onShow() {
    this.setData({ ...face(), nickname: me()?.nickname ?? '' })
    this.timer = setInterval(() => this.poll(), interval)
    this.poll()
  },

  onHide() {
    clearInterval(this.timer)
  },

  onUnload() {
    clearInterval(this.timer)
  },

  async onPullDownRefresh() {
    await (this.data.view === 'waiting' ? this.poll() : this.load())
    wx.stopPullDownRefresh()
  },

  async load() {
    try {
      const { brand_name = '', expires_at, member, request } = await recall(this.scene)
      this.setData({ brand: brand_name, nickname: me()?.nickname ?? '' })
      if (member) return this.settle('admitted')
      this.show(request, expires_at)
      if (this.data.view === 'ask' && !this.data.nickname) this.leadToNickname()
    } catch (thrown) {
      this.setData({ view: 'trouble', trouble: explain(thrown) })
    }
  },

  show(request?: Request, expires?: string) {
    this.request = request
    const again = !request?.again_at || Date.parse(request.again_at) <= Date.now()
    const view = request?.state ?? 'ask'
    this.setData({ view, again, text: textOf(this.data.brand, request, expires) })
    if (view === 'admitted') this.welcome()
  },

  // leadToNickname goes there once by itself; who comes back without one finds the button.
  leadToNickname() {
    if (!this.led) this.toNickname()
    this.led = true
  },

  toNickname() {
    return route.nickname()
  },

  // ask asks for the messages first: WeChat wants that inside the tap.
  async ask() {
    if (!this.data.nickname) return this.toNickname()
    const asked = askNow()
    this.setData({ busy: true })
    try {
      this.show(await call('POST', '/person/access-requests', { body: { token: this.scene } }))
    } catch (thrown) {
      await this.refused(thrown)
    } finally {
      await asked
      this.setData({ busy: false })
    }
  },

  async refused(thrown: unknown) {
    const { code } = refusalOf(thrown)
    if (code === 'already_member') return this.settle('admitted')
    if (code === 'nickname_required') return this.toNickname()
    if (code === 'access_refused') return this.load()
    if (code === 'code_ended') return this.setData({ view: 'trouble', trouble: explain(thrown) })
    sayTrouble(thrown)
  },

  async poll() {
    try {
      await this.check()
    } catch {
      // The next look will tell.
    }
  },

  // check looks at the request itself: the invitation may have ended meanwhile.
  async check() {
    if (this.data.view !== 'waiting' || !this.request) return
    const { items } = await call('GET', '/person/access-requests')
    const found = items.find(({ id }) => id === this.request!.id)
    if (found && found.state !== 'waiting') this.show(found)
  },

  async look() {
    try {
      await this.check()
      if (this.data.view === 'waiting') say(words().join.still)
    } catch (thrown) {
      say(explain(thrown).title)
    }
  },

  settle(view: View) {
    this.setData({ view, text: textOf(this.data.brand) })
  },

  // welcome renews what is known of the person, who has a brand more.
  async welcome() {
    clearInterval(this.timer)
    try {
      noteMe(await call('GET', '/person'))
    } catch {
      // The inbox asks for itself.
    }
  },

  toInbox() {
    return route.inbox()
  },
})

// textOf is the page's sentences with their names and times.
function textOf(brand: string, request?: Request, expires?: string) {
  const { join } = words()
  return {
    title: fill(join.title, { brand }),
    until: expires ? fill(join.until, { time: when(expires) }) : '',
    waiting: fill(join.waitingDetail, { brand }),
    asked: request ? fill(join.askedAt, { time: when(request.asked_at) }) : '',
    admitted: fill(join.admitted, { brand }),
    reason: request?.reason ?? '',
    againAt: request?.again_at ? fill(join.againAt, { time: when(request.again_at) }) : '',
  }
}
