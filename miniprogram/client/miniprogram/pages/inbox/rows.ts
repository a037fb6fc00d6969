// A row is an item of the inbox as it is shown: light, for a thousand of them must scroll.
import { decided } from '../../components/decided'
import { zoneOf } from '../../components/zone'
import { when } from '../../lib/when'
import { fill, words } from '../../lib/words'
import type { Brand, Item, Shelf } from './feed'

export type Row = ReturnType<typeof rowOf>

const near = 3 * 3600_000 // ms

export function rowsOf(items: Item[], before?: Row): Row[] {
  return items.map((item, n) => rowOf(item, n ? items[n - 1].brand_id : before?.brand))
}

function rowOf(item: Item, above?: string) {
  const { id, digest, brand_id, brand_name, title, scheduled_at, open_comments } = item
  const { inbox, review, verdict } = words()
  return {
    id,
    digest,
    brand: brand_id,
    group: brand_id === above ? '' : brand_name,
    title: title || review.untitled,
    line: lineOf(item),
    planned: scheduled_at ? fill(inbox.planned, { time: when(scheduled_at, zoneOf(brand_id)) }) : '',
    soon: item.state === 'open' && Boolean(scheduled_at) && Date.parse(scheduled_at!) - Date.now() < near,
    comments: open_comments ? fill(inbox.comments, { count: open_comments }) : '',
    by: item.settled_by ? fill(verdict.settledBy[item.settled_as === 'reject' ? 'reject' : 'approve'], { name: item.settled_by }) : '',
    problem: '',
    on: false,
    ...answerOf(item),
  }
}

function lineOf({ platform, step_name, on_behalf_of }: Item): string {
  const { inbox, platforms } = words()
  return [platforms[platform] ?? platform, step_name, on_behalf_of && fill(inbox.behalf, { name: on_behalf_of })].filter(Boolean).join(' · ')
}

// answerOf is what became of an item, the reader's own answer of a moment ago included.
function answerOf({ id, state }: Item) {
  const answer = decided.get(id) ?? state
  return { waits: answer === 'open', ...toldOf(answer) }
}

export function toldOf(answer: Item['state']) {
  const { approved, rejected, settled } = words().inbox
  return { outcome: { open: '', approved, rejected, settled }[answer], tone: { open: '', approved: 'good', rejected: 'warn', settled: '' }[answer] }
}

// chipsOf are the brands to choose from; of a single brand there is nothing to choose.
export function chipsOf(brands: Brand[], shelf: Shelf) {
  if (brands.length < 2) return []
  return [{ id: '', name: words().inbox.everyBrand, count: countOf(brands, shelf) }, ...brands.map((brand) => ({ id: brand.brand_id, name: brand.brand_name, count: countOf([brand], shelf) }))]
}

// countOf sums a shelf over brands; beyond what the service counts it says so.
export function countOf(brands: Brand[], shelf: Shelf): string {
  const counts = brands.flatMap(({ waiting, decided: done }) => ({ waiting: [waiting], decided: [done], all: [waiting, done] })[shelf])
  const sum = counts.reduce((total, { count }) => total + count, 0)
  return counts.some(({ more }) => more) ? `${sum}+` : sum ? String(sum) : ''
}
