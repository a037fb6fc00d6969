// What the poster publishes: the list, or one post with its code and his own link.
import { call, type Answer } from '../../lib/api'
import { explain, face, say, sayTrouble, stateOf, type State, type Trouble } from '../../lib/page'
import { refusalOf } from '../../lib/refusal'
import { route } from '../../lib/route'
import { me } from '../../lib/session'
import { left, when } from '../../lib/when'
import { fill, words } from '../../lib/words'
import { savePicture } from './save'

type Post = Answer<'GET', '/to-publish'>['items'][number]
type Phase = 'early' | 'open' | 'ended'

Page({
  data: {
    ...face(),
    state: 'loading' as State,
    trouble: {} as Trouble,
    posts: [] as ReturnType<typeof rowOf>[],
    one: undefined as ReturnType<typeof rowOf> | undefined,
    phase: 'early' as Phase,
    clock: '',
    code: '',
    saving: false,
  },

  id: '',
  brand: '',
  post: undefined as Post | undefined,
  link: '',
  timer: 0,

  onLoad(query) {
    this.id = query.post ?? ''
    this.brand = query.brand ?? ''
    wx.setNavigationBarTitle({ title: words().publish.nav })
  },

  // The link is good for an hour or two, so every show fetches a fresh one.
  onShow() {
    this.setData(face())
    clearInterval(this.timer)
    this.timer = setInterval(() => this.tick(), 1000)
    return this.load()
  },

  onHide() {
    clearInterval(this.timer)
  },

  onUnload() {
    clearInterval(this.timer)
  },

  async onPullDownRefresh() {
    await this.load()
    wx.stopPullDownRefresh()
  },

  async load() {
    try {
      const { items } = await call('GET', '/to-publish')
      await (this.id ? this.showOne(items.find(({ post_id }) => post_id === this.id)) : this.showAll(items))
    } catch (thrown) {
      const { code } = refusalOf(thrown)
      if (this.id && (code === 'not_found' || code === 'ticket_ended')) return this.end()
      this.setData({ state: stateOf(thrown), trouble: explain(thrown) })
    }
  },

  showAll(items: Post[]) {
    this.setData({ state: items.length ? 'ready' : 'empty', posts: items.map(rowOf) })
  },

  async showOne(post?: Post) {
    if (!post) return this.end()
    const { url } = await call('GET', '/brands/{brand}/posts/{post}/ticket/pass', { path: { brand: this.brand || post.brand_id, post: this.id } })
    this.post = post
    this.link = url
    this.setData({ state: 'ready', one: rowOf(post), code: `${url.split('#')[0]}/qr.png` })
    this.tick()
  },

  end() {
    const { ended, endedDetail } = words().publish
    this.setData({ state: 'error', phase: 'ended', trouble: { title: ended, detail: endedDetail, retry: false } })
  },

  tick() {
    if (!this.post || this.data.state !== 'ready') return
    const { scheduled_at, ends_at } = this.post
    const opens = scheduled_at ? Date.parse(scheduled_at) : 0
    const early = opens > Date.now()
    const rest = (early ? opens : Date.parse(ends_at)) - Date.now()
    if (rest <= 0) return this.end()
    this.setData({ phase: early ? 'early' : 'open', clock: left(rest) })
  },

  open({ currentTarget }: WechatMiniprogram.TouchEvent) {
    const { post, brand } = currentTarget.dataset as { post: string; brand: string }
    return route.publish(post, brand)
  },

  async copy() {
    await wx.setClipboardData({ data: this.link })
    say(words().publish.copied)
  },

  toInbox() {
    return route.inbox()
  },

  async save() {
    this.setData({ saving: true })
    try {
      say(await savePicture(this.data.code))
    } catch (thrown) {
      sayTrouble(thrown)
    } finally {
      this.setData({ saving: false })
    }
  },
})

function rowOf({ post_id, brand_id, title, brand, channel, scheduled_at, ends_at }: Post) {
  const zone = me()?.brands.find((seat) => seat.brand_id === brand_id)?.time_zone
  const { now, anytime, opens } = words().publish
  const planned = scheduled_at ? when(scheduled_at, zone) : now
  const due = scheduled_at ? fill(opens, { time: planned }) : anytime
  return { id: post_id, brandId: brand_id, title, brand, channel, planned, due, ends: when(ends_at, zone) }
}
