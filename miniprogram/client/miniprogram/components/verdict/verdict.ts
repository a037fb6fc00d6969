// The reader's answer, at the foot of the page: approve in two taps, reject with a reason, hand
// on, take back.
import { call } from '../../lib/api'
import { explain, say, sayTrouble } from '../../lib/page'
import { refusalOf } from '../../lib/refusal'
import { route } from '../../lib/route'
import { askNow } from '../../lib/subscribe'
import { left, when } from '../../lib/when'
import { fill, words } from '../../lib/words'
import { decided } from '../decided'
import type { Reasons } from '../reasons/reasons'
import { outcomeOf, undoUntil, type Task } from './outcome'

type Sheet = '' | 'approve' | 'reject' | 'handon'
interface Decision { action: 'approve' | 'reject'; reason?: string; keep_flow?: boolean }

const second = 1000

// Refusals after which the page shows how things stand now.
const overtaken = new Set(['content_changed', 'already_decided', 'task_cancelled', 'not_found'])

Component({
  properties: {
    task: Object,
    zone: String,
  },

  data: {
    w: words(),
    open: false,
    comments: '',
    outcome: {} as ReturnType<typeof outcomeOf>,
    sheet: '' as Sheet,
    reason: '',
    ready: false,
    keepFlow: true,
    sending: false,
    trouble: null as { title: string; detail: string } | null,
    waitUntil: 0,
    wait: '',
    answeredAt: 0,
    undoUntil: 0,
    undo: '',
    next: '',
    timer: 0,
  },

  observers: {
    task(task: Task | null) {
      if (task?.id) this.stand(task)
    },
  },

  lifetimes: {
    detached() {
      clearInterval(this.data.timer)
    },
  },

  methods: {
    // stand shows how the task stands, each time it was loaded.
    stand(task: Task) {
      const { approveOpen } = words().verdict
      this.setData({
        w: words(),
        open: task.state === 'open',
        comments: task.open_comments ? fill(approveOpen, { count: task.open_comments }) : '',
        outcome: outcomeOf(task),
        undoUntil: 0,
        undo: '',
      })
      if (task.state === 'open') return
      this.offerUndo(task)
      this.offerNext(task)
    },

    // offerUndo asks the service first, for much may have followed from the answer.
    async offerUndo(task: Task) {
      const until = undoUntil(task, this.data.answeredAt)
      if (until <= Date.now()) return
      try {
        await call('POST', '/tasks/{task}/undo', { path: { task: task.id }, query: { dry_run: true } })
        this.setData({ undoUntil: until })
        this.beat()
      } catch {
        // It cannot be taken back any more, so nothing is offered.
      }
    },

    async offerNext({ id }: Task) {
      try {
        const { items } = await call('GET', '/inbox', { query: { limit: 2 } })
        this.setData({ next: items.find((item) => item.id !== id)?.id ?? '' })
      } catch {
        // The list is one tap away all the same.
      }
    },

    // beat counts down once a second, as long as there is something to count.
    beat() {
      clearInterval(this.data.timer)
      const tick = () => this.tick()
      this.setData({ timer: setInterval(tick, second) as unknown as number })
      tick()
    },

    tick() {
      const { undoUntil, waitUntil, timer } = this.data
      const toUndo = undoUntil - Date.now()
      const toWait = waitUntil - Date.now()
      const { undo, wait } = words().verdict
      this.setData({
        undo: toUndo > 0 ? fill(undo, { left: left(toUndo) }) : '',
        wait: toWait > 0 ? fill(wait, { count: Math.ceil(toWait / second) }) : '',
      })
      if (toUndo <= 0 && toWait <= 0) clearInterval(timer)
    },

    ask({ currentTarget }: WechatMiniprogram.TouchEvent) {
      this.setData({ sheet: currentTarget.dataset.sheet as Sheet, trouble: null })
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

    // decide asks for messages first, for WeChat wants that inside the tap.
    async decide(answer: Decision) {
      if (this.data.sending) return
      askNow()
      const { id, digest } = this.data.task as Task
      this.setData({ sending: true, trouble: null })
      try {
        const { state } = await call('POST', '/tasks/{task}/decision', { path: { task: id }, body: { ...answer, digest } })
        if (state !== 'open') decided.set(id, state)
        this.setData({ sheet: '', answeredAt: Date.now() })
        wx.vibrateShort({ type: 'light' }).catch(() => undefined)
        this.triggerEvent('moved', {})
      } catch (thrown) {
        this.refused(thrown)
      } finally {
        this.setData({ sending: false })
      }
    },

    // refused stays in the sheet where trying again may help; else the page loads anew.
    refused(thrown: unknown) {
      const { code, retryAfter, status } = refusalOf(thrown)
      if (overtaken.has(code)) {
        this.setData({ sheet: '' })
        return this.triggerEvent('moved', { changed: code === 'content_changed', notice: this.noticeOf(thrown) })
      }
      this.setData({ trouble: explain(thrown) })
      if (status !== 429) return
      this.setData({ 'trouble.detail': words().verdict.busy })
      this.setData({ waitUntil: Date.now() + Math.max(1, retryAfter) * second })
      this.beat()
    },

    noticeOf(thrown: unknown): string {
      const { code, body, title, detail } = refusalOf(thrown)
      const { fresh, decidedBy } = words().review
      if (code === 'content_changed') return fresh
      const { by, at, action } = body?.args ?? {}
      if (code !== 'already_decided' || !by) return [title, detail].join(words().colon)
      return fill(decidedBy[action === 'reject' ? 'reject' : 'approve'], { by, at: when(at, this.data.zone || undefined) })
    },

    async takeBack() {
      if (this.data.sending) return
      const { id } = this.data.task as Task
      this.setData({ sending: true })
      try {
        await call('POST', '/tasks/{task}/undo', { path: { task: id } })
        decided.delete(id)
        this.setData({ answeredAt: 0, next: '' })
        say(words().verdict.undone)
      } catch (thrown) {
        sayTrouble(thrown)
      } finally {
        this.setData({ sending: false })
      }
      this.triggerEvent('moved', {})
    },

    toNext() {
      return wx.redirectTo({ url: `/pages/review/review?task=${this.data.next}` })
    },

    toInbox() {
      return route.inbox()
    },
  },
})
