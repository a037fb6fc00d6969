// What the poster publishes: the list, or one post with its code and his own link.
import { call, picture, type Answer } from '../../lib/api'
import { explain, face, say, sayTrouble, stateOf, type State, type Trouble } from '../../lib/page'
import { refusalOf } from '../../lib/refusal'
import { route } from '../../lib/route'
import { me } from '../../lib/session'
import { left, when } from '../../lib/when'
import { fill, words } from '../../lib/words'
import { savePicture } from './save'

type Post = Answer<'GET', '/to-publish'>['items'][number]
type Phase = Answer<'GET', '/brands/{brand}/posts/{post}/ticket/pass'>['state']

const interval = 10_000 // ms between two looks at what became of the video

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
  timers: [] as number[],

  onLoad(query) {
    this.id = query.post ?? ''
    this.brand = query.brand ?? ''
    wx.setNavigationBarTitle({ title: words().publish.nav })
  },

  // The link is good for an hour or two, so every show fetches a fresh one.
  onShow() {
    this.setData(face())
    this.rest()
    this.timers = [setInterval(() => this.tick(), 1000), setInterval(() => this.watch(), interval)]
    return this.load()
  },

  onHide() {
    this.rest()
  },

  onUnload() {
    this.rest()
  },

  rest() {
    this.timers.forEach(clearInterval)
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
      if (this.id && refusalOf(thrown).code === 'not_found') return this.stop('ended')
      this.setData({ state: stateOf(thrown), trouble: explain(thrown) })
    }
  },

  showAll(items: Post[]) {
    this.setData({ state: items.length ? 'ready' : 'empty', posts: items.map(rowOf) })
  },

  // A post that no longer waits for him is asked for all the same: it tells what it became.
  async showOne(post?: Post) {
    this.brand = this.brand || post?.brand_id || ''
    const { url, state } = await this.ask()
    if (!post || !leads(state)) return this.stop(state)
    const code = await picture(`/brands/${this.brand}/posts/${this.id}/ticket/pass.png`)
    this.post = post
    this.link = url
    this.setData({ state: 'ready', one: rowOf(post), code })
    this.tick()
  },

  ask() {
    return call('GET', '/brands/{brand}/posts/{post}/ticket/pass', { path: { brand: this.brand, post: this.id } })
  },

  // stop tells why the code leads nowhere any more: what stood in its place is done, or missed.
  stop(state: Phase) {
    const { title, detail } = words().publish.over[state] ?? words().publish.over.ended
    this.setData({ state: 'error', phase: state, trouble: { title, detail, retry: state === 'not_ready', good: state === 'published' } })
  },

  // watch sees a video that was published on the other phone.
  async watch() {
    if (!this.id || this.data.state !== 'ready') return
    try {
      const { state } = await this.ask()
      if (!leads(state)) this.stop(state)
    } catch {
      // The next look will tell.
    }
  },

  tick() {
    if (!this.post || this.data.state !== 'ready') return
    const { opens_at, ends_at } = this.post
    const opens = Date.parse(opens_at)
    const early = opens > Date.now()
    const rest = (early ? opens : Date.parse(ends_at)) - Date.now()
    if (rest <= 0) return this.stop('ended')
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

function leads(state: Phase): boolean {
  return state === 'open' || state === 'early'
}

function rowOf({ post_id, brand_id, title, brand, channel, scheduled_at, ends_at }: Post) {
  const zone = me()?.brands.find((seat) => seat.brand_id === brand_id)?.time_zone
  const { now, anytime, opens } = words().publish
  const planned = scheduled_at ? when(scheduled_at, zone) : now
  const due = scheduled_at ? fill(opens, { time: planned }) : anytime
  return { id: post_id, brandId: brand_id, title, brand, channel, planned, due, ends: when(ends_at, zone) }
}
