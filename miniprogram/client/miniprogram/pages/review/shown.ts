// shown is a task as its page has it: texts, addresses, and what may be done.
import type { Answer } from '../../lib/api'
import { when } from '../../lib/when'
import { fill, words } from '../../lib/words'

type Task = Answer<'GET', '/tasks/{task}'>
type Media = NonNullable<Task['content']['cover']>

export function shown(task: Task, zone?: string) {
  const { content, state, ai_report } = task
  const w = words().review
  return {
    brand: task.brand_name,
    title: content.title || (content.text ? '' : w.untitled),
    by: content.author ?? '',
    summary: content.summary ?? '',
    body: content.body_html ?? '',
    text: content.text ?? '',
    tags: [...(content.hashtags ?? []).map((tag) => `#${tag}`), ...(content.mentions ?? []).map((name) => `@${name}`)].join(' '),
    cover: content.video ? '' : address(content.cover),
    video: content.video?.url ?? '',
    poster: address(content.cover),
    pictures: (content.pictures ?? []).map(({ id, url = '', thumb_url = url }) => ({ id, url, small: thumb_url })),
    link: content.original_url ?? content.link ?? '',
    planned: task.scheduled_at ? when(task.scheduled_at, zone) : '',
    facts: Boolean(task.scheduled_at || ai_report || content.original_url || content.link),
    changed: Boolean(task.changes_url),
    ai: ai_report ? aiLine(ai_report) : '',
    open: state === 'open',
    mine: state === 'approved' || state === 'rejected',
    outcome: state === 'approved' ? w.approved : state === 'rejected' ? w.rejected : w.over,
    tone: state === 'approved' ? 'done' : state === 'rejected' ? 'bad' : '',
  }
}

function address(media?: Media): string {
  return media?.url ?? ''
}

function aiLine({ state, stale, errors, warnings }: NonNullable<Task['ai_report']>): string {
  const w = words().review
  if (stale) return w.aiStale
  if (state === 'pending') return w.aiPending
  return errors || warnings ? fill(w.aiFound, { errors: errors ?? 0, warnings: warnings ?? 0 }) : w.aiClean
}
