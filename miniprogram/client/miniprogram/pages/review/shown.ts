// shown is a task as the page around its content has it: the line above, and a hint for each part.
import type { Answer } from '../../lib/api'
import { when } from '../../lib/when'
import { fill, words } from '../../lib/words'

export type Task = Answer<'GET', '/tasks/{task}'>
type Brief = NonNullable<Task['ai_report']>

export function shown(task: Task, zone?: string) {
  const { brand_name, platform, scheduled_at, revision_number } = task
  const { review, platforms } = words()
  const about = [brand_name, platforms[platform] ?? platform, fill(review.version, { number: revision_number })]
  return {
    about: about.join(' · '),
    planned: scheduled_at ? fill(review.planned, { time: when(scheduled_at, zone) }) : '',
    hints: { ai: aiHint(task.ai_report), talk: talkHint(task.open_comments), steps: stepsHint(task.review), history: { text: '', tone: 'soft' } },
  }
}

function aiHint(brief?: Brief) {
  const w = words().ai
  if (!brief) return undefined
  if (brief.stale) return { text: w.stale, tone: 'warn' }
  if (brief.state === 'pending') return { text: w.pending, tone: 'soft' }
  const kinds = (['errors', 'warnings', 'hints'] as const).filter((kind) => brief[kind])
  if (kinds.length) return { text: kinds.map((kind) => fill(w.counts[kind], { count: brief[kind] })).join(' · '), tone: kinds[0] === 'hints' ? 'soft' : 'warn' }
  return brief.state === 'unavailable' ? { text: w.unavailable, tone: 'warn' } : { text: w.clean, tone: 'good' }
}

export function talkHint(count: number) {
  return count ? { text: fill(words().talk.open, { count }), tone: 'warn' } : { text: '', tone: 'soft' }
}

// stepsHint counts the steps that are done.
function stepsHint({ steps }: Task['review']) {
  const done = steps.filter(({ state }) => state === 'approved').length
  return { text: steps.length ? `${done} / ${steps.length}` : '', tone: 'soft' }
}
