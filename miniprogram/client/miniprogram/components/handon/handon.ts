// Handing a turn on to another member: who, and a word for him.
import { call, type Answer } from '../../lib/api'
import { explain, say, type State, type Trouble } from '../../lib/page'
import { route } from '../../lib/route'
import { fill, words } from '../../lib/words'

type Candidate = Answer<'GET', '/tasks/{task}/transfer-candidates'>['items'][number]

Component({
  properties: {
    open: Boolean,
    task: String,
  },

  data: {
    w: words(),
    state: 'loading' as State,
    trouble: null as Trouble | null,
    everybody: [] as Candidate[],
    found: [] as Candidate[],
    chosen: null as Candidate | null,
    send: '',
    search: '',
    reason: '',
    sending: false,
  },

  observers: {
    open(open: boolean) {
      if (open) this.load()
    },
  },

  methods: {
    async load() {
      this.setData({ w: words(), state: 'loading', trouble: null, search: '', chosen: null, send: words().handon.choose })
      try {
        const { items } = await call('GET', '/tasks/{task}/transfer-candidates', { path: { task: this.data.task } })
        this.setData({ state: items.length ? 'ready' : 'empty', everybody: items, found: items })
      } catch (thrown) {
        this.setData({ state: 'error', trouble: explain(thrown) })
      }
    },

    find({ detail }: WechatMiniprogram.Input) {
      const search = detail.value.trim().toLowerCase()
      this.setData({ search, found: this.data.everybody.filter(({ name }) => name.toLowerCase().includes(search)) })
    },

    choose({ currentTarget }: WechatMiniprogram.TouchEvent) {
      const chosen = this.data.everybody.find(({ member_id }) => member_id === currentTarget.dataset.member)!
      this.setData({ chosen, send: fill(words().handon.confirm, { name: chosen.name }), trouble: null })
    },

    write({ detail }: WechatMiniprogram.Input) {
      this.setData({ reason: detail.value })
    },

    async handOn() {
      const { chosen, task, reason, sending } = this.data
      if (sending || !chosen) return
      this.setData({ sending: true, trouble: null })
      try {
        await call('POST', '/tasks/{task}/transfer', { path: { task }, body: { to: chosen.member_id, reason: reason.trim() || undefined } })
        await route.inbox()
        say(fill(words().handon.done, { name: chosen.name }))
      } catch (thrown) {
        this.setData({ trouble: explain(thrown) })
      } finally {
        this.setData({ sending: false })
      }
    },

    close() {
      if (!this.data.sending) this.triggerEvent('close')
    },
  },
})
