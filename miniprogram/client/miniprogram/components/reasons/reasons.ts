// Why something is rejected, and what becomes of its flow. What was written is kept by the
// owner, so that it is there again when the sheet is opened again.
import { words } from '../../lib/words'

export interface Reasons { reason: string; keepFlow: boolean }

Component({
  properties: {
    reason: String,
    keepFlow: Boolean,
  },

  data: {
    w: words().verdict,
  },

  lifetimes: {
    attached() {
      this.setData({ w: words().verdict })
    },
  },

  methods: {
    write({ detail }: WechatMiniprogram.Input) {
      this.tell({ reason: detail.value })
    },

    // A reason that is picked joins what was written; picked again, it is there once.
    pick({ currentTarget }: WechatMiniprogram.TouchEvent) {
      const text = currentTarget.dataset.text as string
      const lines = this.data.reason.split('\n').filter(Boolean)
      if (!lines.includes(text)) this.tell({ reason: [...lines, text].join('\n') })
    },

    keep({ detail }: WechatMiniprogram.SwitchChange) {
      this.tell({ keepFlow: detail.value })
    },

    tell(change: Partial<Reasons>) {
      const { reason, keepFlow } = this.data
      this.triggerEvent('write', { reason, keepFlow, ...change })
    },
  },
})
