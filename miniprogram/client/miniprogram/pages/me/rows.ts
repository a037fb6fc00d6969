// The rows of the page, made of what the service answered.
import type { Answer } from '../../lib/api'
import type { Person } from '../../lib/keep'
import type { Subscription } from '../../lib/subscribe'
import { when } from '../../lib/when'
import { fill, words } from '../../lib/words'

type Inbox = Answer<'GET', '/inbox/brands'>['items']
type Requests = Answer<'GET', '/person/access-requests'>['items']

const most = 4 // kinds of messages in a row

export function accountOf({ bound = false, account = '' }: Partial<Person>) {
  return { bound, name: account }
}

// One row for each brand: who sits in it twice, as staff and as reviewer, sees both roles.
export function brandsOf({ brands = [] }: Partial<Person>, inbox: Inbox) {
  const { roles } = words().me
  const ids = [...new Set(brands.map(({ brand_id }) => brand_id))]
  return ids.map((id) => {
    const seats = brands.filter(({ brand_id }) => brand_id === id)
    const own = [...new Set(seats.map(({ role }) => roles[role]))]
    const waiting = inbox.find(({ brand_id }) => brand_id === id)?.waiting
    return { id, name: seats[0].name, roles: own.join(' · '), waiting: waitingOf(waiting), open: Boolean(waiting?.count) }
  })
}

function waitingOf(waiting?: Inbox[number]['waiting']): string {
  const { waiting: text, nothing } = words().me
  if (!waiting?.count) return nothing
  return fill(text, { count: `${waiting.count}${waiting.more ? '+' : ''}` })
}

// Of requests that were admitted the brand itself is shown.
export function requestsOf(requests: Requests) {
  const { states } = words().me
  return requests
    .filter(({ state }) => state !== 'admitted')
    .map(({ id, brand_name, state, asked_at, reason = '' }) => ({ id, brand: brand_name, at: when(asked_at), reason, state: states[state], refused: state === 'refused' }))
}

export function noticesOf(subscriptions: Subscription[]) {
  const { left, none, refusedKind } = words().me
  return subscriptions.map(({ template_id, kinds: told, remaining, refused }) => ({
    id: template_id,
    name: kindsOf(told),
    left: remaining ? fill(left, { count: remaining }) : refused ? refusedKind : none,
    spent: !remaining,
  }))
}

// kindsOf names what a template is for; of many kinds the first ones.
function kindsOf(told: string[]): string {
  const { kinds, others } = words().me
  const names = told.slice(0, most).map((kind) => kinds[kind] ?? kinds.other).join(words().and)
  return told.length > most ? fill(others, { kinds: names }) : names
}
