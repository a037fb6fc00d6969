// The threads on the article: read, write at a place, reply, resolve.
import { call } from '../../lib/api'
import { explain, sayTrouble, type State, type Trouble } from '../../lib/page'
import { fill, words } from '../../lib/words'
import type { Content } from '../preview/shown'
import { picturesOf, placesOf, type Place } from './places'
import { threadsOf, type Comment } from './threads'

const page = 100

Component({
  properties: {
    article: String,
    revision: Number,
    content: Object,
    second: Number, // where the film stands
    staff: Boolean,
    zone: String,
  },

  data: {
    w: words(),
    state: 'loading' as State,
    trouble: {} as Trouble,
    comments: [] as Comment[],
    open: [] as ReturnType<typeof threadsOf>['open'],
    resolved: [] as ReturnType<typeof threadsOf>['resolved'],
    resolvedName: '',
    showResolved: false,
    cursor: '',
    body: '',
    ready: false,
    replyTo: '',
    placeholder: '',
    internal: false,
    place: null as Place | null,
    places: [] as Place[],
    picking: false,
    sending: false,
  },

  lifetimes: {
    attached() {
      this.setData({ w: words(), placeholder: words().talk.write })
      this.load()
    },
  },

  methods: {
    load() {
      return this.read([], '')
    },

    more() {
      return this.read(this.data.comments, this.data.cursor)
    },

    async read(before: Comment[], cursor: string) {
      const { article } = this.data
      try {
        const { items, next_cursor = '' } = await call('GET', '/articles/{article}/comments', { path: { article }, query: { limit: page, cursor: cursor || undefined } })
        this.setData({ cursor: next_cursor })
        this.show([...before, ...items])
      } catch (thrown) {
        this.setData({ state: 'error', trouble: explain(thrown) })
      }
    },

    show(comments: Comment[]) {
      const { staff, revision, content, zone } = this.data
      const { open, resolved } = threadsOf(comments, { staff, revision, pictures: picturesOf(content as Content), zone: zone || undefined })
      const resolvedName = fill(words().talk.resolvedThreads, { count: resolved.length })
      this.setData({ state: comments.length ? 'ready' : 'empty', comments, open, resolved, resolvedName })
      this.triggerEvent('counted', { open: open.length })
    },

    // put takes a comment as the service answered it, new or changed, into what is shown.
    put(comment: Comment) {
      const { comments } = this.data
      const known = comments.some(({ id }) => id === comment.id)
      this.show(known ? comments.map((old) => (old.id === comment.id ? comment : old)) : [...comments, comment])
    },

    write({ detail }: WechatMiniprogram.Input) {
      this.setData({ body: detail.value, ready: detail.value.trim() !== '' })
    },

    reply({ currentTarget }: WechatMiniprogram.TouchEvent) {
      const { thread, name } = currentTarget.dataset as { thread: string; name: string }
      this.setData({ replyTo: thread, placeholder: fill(words().talk.writeReply, { name }) })
    },

    alone() {
      this.setData({ replyTo: '', place: null, placeholder: words().talk.write })
    },

    choosePlace() {
      this.setData({ picking: true, places: placesOf(this.data.content as Content, this.data.second) })
    },

    pick({ currentTarget }: WechatMiniprogram.TouchEvent) {
      const place = this.data.places[currentTarget.dataset.index as number]
      this.setData({ picking: false, place: place.key === 'article' ? null : place })
    },

    closePicking() {
      this.setData({ picking: false })
    },

    reach() {
      this.setData({ internal: !this.data.internal })
    },

    async send() {
      if (this.data.sending || !this.data.ready) return
      this.setData({ sending: true })
      try {
        const comment = await call('POST', '/articles/{article}/comments', { path: { article: this.data.article }, body: this.letter() })
        this.setData({ body: '', ready: false })
        this.alone()
        this.put(comment)
      } catch (thrown) {
        sayTrouble(thrown)
      } finally {
        this.setData({ sending: false })
      }
    },

    letter() {
      const { body, replyTo, revision, place, internal } = this.data
      const visibility = internal ? ('internal' as const) : ('shared' as const)
      if (replyTo) return { body: body.trim(), visibility, reply_to: replyTo } // who reads a reply, its thread says
      return { body: body.trim(), visibility, revision, anchor: place?.anchor }
    },

    async turn({ currentTarget }: WechatMiniprogram.TouchEvent) {
      const { thread, unresolved } = currentTarget.dataset as { thread: string; unresolved: boolean }
      const path = unresolved ? '/comments/{comment}/resolve' : '/comments/{comment}/reopen'
      try {
        this.put(await call('POST', path, { path: { comment: thread } }))
      } catch (thrown) {
        sayTrouble(thrown)
      }
    },

    async remove({ currentTarget }: WechatMiniprogram.TouchEvent) {
      const { removeAsk, remove } = words().talk
      const { confirm } = await wx.showModal({ title: removeAsk, confirmText: remove, cancelText: words().cancel })
      if (!confirm) return
      try {
        await call('DELETE', '/comments/{comment}', { path: { comment: currentTarget.dataset.comment as string } })
        await this.load()
      } catch (thrown) {
        sayTrouble(thrown)
      }
    },

    seek({ currentTarget }: WechatMiniprogram.TouchEvent) {
      const { second } = currentTarget.dataset as { second: number }
      if (second >= 0) this.triggerEvent('seek', { second })
    },

    unfold() {
      this.setData({ showResolved: !this.data.showResolved })
    },
  },
})
