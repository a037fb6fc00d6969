// How a task stands that is not open: what was answered, by whom, and what follows.
import type { Answer } from '../../lib/api'
import { fill, words } from '../../lib/words'

export type Task = Answer<'GET', '/tasks/{task}'>
type Decision = Task['review']['steps'][number]['decisions'][number]

const undoWindow = 5 * 60_000 // ms; the service has the last word

export function outcomeOf({ state, review }: Task) {
  const w = words().verdict
  const by = state === 'settled' ? settler(review) : undefined
  return {
    tone: { approved: 'good', rejected: 'warn', settled: '', cancelled: '', waiting: '', open: '' }[state],
    title: by ? fill(w.settledBy[by.action], { name: by.name }) : (w.states as Record<string, string>)[state] ?? '',
    detail: state === 'waiting' ? '' : w.after[review.state],
  }
}

// settler is whoever answered in the reader's place: his step has turns that nobody took.
function settler({ steps }: Task['review']): Decision | undefined {
  const step = steps.find(({ turns }) => turns.some(({ state }) => state === 'settled'))
  return step?.decisions.filter(({ undone_at, action }) => !undone_at && step.state === (action === 'approve' ? 'approved' : 'rejected')).pop()
}

// undoUntil is until when the reader's answer may be taken back, as far as the page can
// tell; 0 for never.
export function undoUntil({ state, review }: Task, answeredAt: number): number {
  if (state !== 'approved' && state !== 'rejected') return 0
  if (answeredAt) return answeredAt + undoWindow
  const action = state === 'approved' ? 'approve' : 'reject'
  const answers = review.steps.flatMap(({ decisions }) => decisions).filter((d) => !d.undone_at && d.action === action)
  const latest = Math.max(0, ...answers.map(({ at }) => Date.parse(at)))
  return Math.min(latest, Date.now()) + undoWindow
}
