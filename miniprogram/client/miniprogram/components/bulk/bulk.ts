// One answer to several tasks. Each counts by itself and is told by itself.
import { call, type Answer } from '../../lib/api'
import { explain, type Trouble } from '../../lib/page'
import { askNow } from '../../lib/subscribe'
import { fill, words } from '../../lib/words'
import type { Reasons } from '../reasons/reasons'

export type Answered = Answer<'POST', '/inbox/decisions'>['items']
export interface Picked { task_id: string; digest: string }
type Sheet = '' | 'approve' | 'reject'

Component({
  properties: {
    picked: Array,
    told: String, // what the bar says of the selection
  },

  data: {
    w: words(),
    sheet: '' as Sheet,
    ask: '',
    reason: '',
    ready: false,
    keepFlow: true,
    sending: false,
    trouble: null as Trouble | null,
  },

  lifetimes: {
    attached() {
      this.setData({ w: words() })
    },
  },

  methods: {
    open({ currentTarget }: WechatMiniprogram.TouchEvent) {
      const sheet = currentTarget.dataset.sheet as 'approve' | 'reject'
      const { approveAsk, rejectAsk } = words().inbox
      this.setData({ sheet, trouble: null, ask: fill(sheet === 'approve' ? approveAsk : rejectAsk, { count: this.data.picked.length }) })
    },

    close() {
      if (!this.data.sending) this.setData({ sheet: '' })
    },

    write({ detail }: WechatMiniprogram.CustomEvent<Reasons>) {
      this.setData({ ...detail, ready: detail.reason.trim() !== '' })
    },

    approve() {
      return this.decide({ action: 'approve' })
    },

    reject() {
      const { reason, keepFlow } = this.data
      return this.decide({ action: 'reject', reason: reason.trim(), keep_flow: keepFlow })
    },

    async decide(answer: { action: 'approve' | 'reject'; reason?: string; keep_flow?: boolean }) {
      if (this.data.sending) return
      askNow()
      this.setData({ sending: true, trouble: null })
      try {
        const decisions = (this.data.picked as Picked[]).map((one) => ({ ...one, ...answer }))
        const { items } = await call('POST', '/inbox/decisions', { body: { decisions } })
        this.setData({ sheet: '' })
        this.triggerEvent('answered', { items })
      } catch (thrown) {
        this.setData({ trouble: explain(thrown) })
      } finally {
        this.setData({ sending: false })
      }
    },
  },
})
