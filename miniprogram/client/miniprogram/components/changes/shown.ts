// A difference as it is read: what stayed is shortened, what came and went stands out.
import type { components } from '../../lib/schema'
import { fill, words } from '../../lib/words'
import type { Picture } from '../preview/shown'

type Diff = components['schemas']['DiffOut']
type Field = Diff['fields'][number]
type Block = NonNullable<Field['blocks']>[number]
type Span = NonNullable<Field['spans']>[number]
type Media = NonNullable<Field['media']>[number]

const around = 24 // characters of what stayed, on each side of what did not

export function shown({ fields, from, to, coarse }: Diff, pictures: Picture[]) {
  return {
    since: fill(words().changes.since, { from, to }),
    coarse,
    fields: fields.map((field) => fieldOf(field, pictures)),
  }
}

function fieldOf({ field, spans, blocks, items, media, markup }: Field, pictures: Picture[]) {
  return {
    field,
    name: words().fields[field] ?? field,
    spans: (spans ?? []).map(spanOf),
    blocks: (blocks ?? []).map(blockOf),
    items: (items ?? []).filter(({ op }) => op !== 'equal').map(spanOf),
    media: (media ?? []).map((change) => mediaOf(change, pictures)),
    markup: Boolean(markup),
  }
}

const marks = { equal: '', insert: 'came', delete: 'went' }

function spanOf({ op, text }: Span, key: number) {
  return { key, mark: marks[op], text: op === 'equal' ? shorten(text) : text }
}

function blockOf({ op, kind, text = '', spans, count }: Block, key: number) {
  const w = words().changes
  if (op === 'equal') return { key, mark: 'same', text: count ? fill(w.equal, { count }) : shorten(text), spans: [] }
  const told = kind === 'picture' ? [w.picture, text.split(' ').slice(1).join(' ')].join(' ') : text
  return { key, mark: op === 'insert' ? 'came' : op === 'delete' ? 'went' : 'both', text: told, spans: (spans ?? []).map(spanOf) }
}

function mediaOf({ change, from, to }: Media, pictures: Picture[]) {
  const now = pictures.find(({ id }) => id === to?.id)
  return { key: `${from?.id ?? ''} ${to?.id ?? ''}`, change, name: words().changes.media[change], small: now?.small ?? '' }
}

function shorten(text: string): string {
  const letters = Array.from(text)
  if (letters.length <= around * 2 + 4) return text
  return `${letters.slice(0, around).join('')} … ${letters.slice(-around).join('')}`
}
