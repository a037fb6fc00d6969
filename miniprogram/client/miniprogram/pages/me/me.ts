// Who I am: name, brands, account, messages left, language.
import { call, type Answer } from '../../lib/api'
import type { Language, Person } from '../../lib/keep'
import { version } from '../../lib/config'
import { explain, face, nameTabs, say, sayTrouble, type State, type Trouble } from '../../lib/page'
import { route } from '../../lib/route'
import { me, noteMe } from '../../lib/session'
import { askNow, prepare, type Subscription } from '../../lib/subscribe'
import { fill, setLanguage, words } from '../../lib/words'
import { accountOf, brandsOf, noticesOf, requestsOf } from './rows'

type Inbox = Answer<'GET', '/inbox/brands'>['items']
type Requests = Answer<'GET', '/person/access-requests'>['items']

Page({
  data: {
    ...face(),
    state: 'loading' as State,
    trouble: {} as Trouble,
    nickname: '',
    account: { bound: false, name: '' },
    brands: [] as ReturnType<typeof brandsOf>,
    requests: [] as ReturnType<typeof requestsOf>,
    notices: [] as ReturnType<typeof noticesOf>,
    toPublish: 0,
    version: '',
    asking: false,
  },

  inbox: [] as Inbox,
  asked: [] as Requests,
  subscriptions: [] as Subscription[],

  onShow() {
    this.greet()
    return this.load()
  },

  async onPullDownRefresh() {
    await this.load()
    wx.stopPullDownRefresh()
  },

  // greet writes what needs no request: the language, and the person as last known.
  greet() {
    const { nav, version: text } = words().me
    wx.setNavigationBarTitle({ title: nav })
    nameTabs()
    this.setData({ ...face(), version: fill(text, { version }) })
    this.show()
  },

  async load() {
    try {
      const [person, inbox, asked, subscriptions, posts] = await Promise.all([
        call('GET', '/person'),
        call('GET', '/inbox/brands'),
        call('GET', '/person/access-requests'),
        prepare(),
        call('GET', '/to-publish'),
      ])
      noteMe(person)
      Object.assign(this, { inbox: inbox.items, asked: asked.items, subscriptions })
      this.setData({ toPublish: posts.items.length })
      this.show('ready')
    } catch (thrown) {
      this.setData({ state: this.data.state === 'ready' ? 'ready' : 'error', trouble: explain(thrown) })
      if (this.data.state === 'ready') say(explain(thrown).title)
    }
  },

  show(state?: State) {
    const person: Partial<Person> = me() ?? {}
    this.setData({
      state: state ?? this.data.state,
      nickname: person.nickname ?? '',
      account: accountOf(person),
      brands: brandsOf(person, this.inbox),
      requests: requestsOf(this.asked),
      notices: noticesOf(this.subscriptions),
    })
  },

  // allow asks for messages first of all: WeChat wants that inside the tap.
  async allow() {
    const asked = askNow()
    this.setData({ asking: true })
    await asked
    this.setData({ asking: false })
    await this.load()
  },

  async unbind() {
    const { unbind, unbindAsk, unbindDetail, unbound } = words().me
    const answer = await wx.showModal({ title: unbindAsk, content: unbindDetail, confirmText: unbind, cancelText: words().cancel })
    if (!answer.confirm) return
    try {
      await call('DELETE', '/person/bindings')
      say(unbound)
      await this.load()
    } catch (thrown) {
      sayTrouble(thrown)
    }
  },

  // The phone speaks the language at once; the service is told for its messages.
  async speak({ currentTarget }: WechatMiniprogram.TouchEvent) {
    const chosen = currentTarget.dataset.language as Language
    if (chosen === this.data.lang) return
    setLanguage(chosen)
    this.greet()
    try {
      noteMe(await call('PATCH', '/person', { body: { language: chosen } }))
    } catch (thrown) {
      say(explain(thrown).title)
    }
  },

  toNickname() {
    return route.nickname()
  },

  toInbox() {
    return route.inbox()
  },

  publish() {
    return route.publish()
  },

  settings() {
    return wx.openSetting({ withSubscriptions: true })
  },
})
