// Comments as threads: the open ones first, each with its place in the content.
import type { components } from '../../lib/schema'
import { when } from '../../lib/when'
import { fill, words } from '../../lib/words'
import type { Picture } from '../preview/shown'

export type Comment = components['schemas']['CommentOut']
export type Anchor = components['schemas']['AnchorBody']

export interface Scene { staff: boolean; revision: number; pictures: Picture[]; zone?: string }

export function threadsOf(comments: Comment[], scene: Scene) {
  const threads = comments.filter(({ id, thread_id }) => id === thread_id).map((first) => {
    const replies = comments.filter(({ id, thread_id }) => thread_id === first.id && id !== first.id)
    return threadOf(first, replies, scene)
  })
  return { open: threads.filter(({ unresolved }) => unresolved), resolved: threads.filter(({ unresolved }) => !unresolved) }
}

function threadOf(first: Comment, replies: Comment[], scene: Scene) {
  const w = words().talk
  const { id, anchor, visibility, unresolved, outdated, revision, resolved_by } = first
  return {
    id,
    name: first.name,
    unresolved,
    place: placeOf(anchor, scene.pictures),
    small: scene.pictures.find((picture) => picture.id === anchor.media_id)?.small ?? '',
    second: anchor.kind === 'second' ? anchor.second ?? 0 : -1,
    notes: [
      revision === scene.revision ? '' : fill(w.older, { number: revision }),
      outdated ? w.outdated : '',
      scene.staff ? w[visibility] : '',
      resolved_by ? fill(w.resolvedBy, { name: resolved_by }) : '',
    ].filter(Boolean).join(' · '),
    mayResolve: scene.staff || first.mine,
    comments: [first, ...replies].map((comment) => commentOf(comment, scene.zone)),
  }
}

function commentOf({ id, name, mine, body, deleted, edited_at, created_at }: Comment, zone?: string) {
  const w = words().talk
  const at = [when(created_at, zone), edited_at && !deleted ? w.edited : ''].filter(Boolean).join(' · ')
  return { id, name, at, body: deleted ? w.removed : body, deleted, mine: mine && !deleted }
}

// placeOf says in words what an anchor points to.
export function placeOf({ kind, quote, media_id, second = 0 }: Anchor, pictures: Picture[]): string {
  const { anchors, pictureOf } = words().talk
  if (kind === 'paragraph') return quote ?? anchors.paragraph
  if (kind === 'second') return fill(anchors.second, { time: clock(second) })
  if (kind !== 'picture') return ''
  const at = pictures.findIndex(({ id }) => id === media_id)
  return at < 0 ? anchors.picture : fill(pictureOf, { number: at + 1 })
}

export function clock(second: number): string {
  const whole = Math.floor(second)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
