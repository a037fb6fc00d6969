// Consent to WeChat messages is given one message at a time, and asked for only inside a tap.
import { call, type Answer } from './api'
import { keep } from './keep'

export type Subscription = Answer<'GET', '/person/subscriptions'>['items'][number]
type Result = 'accept' | 'reject' | 'ban' | 'filter'

const most = 3 // templates in one question

// prepare loads which templates to ask for. Call it when a page shows whose taps will ask:
// inside the tap there is no time for it.
export async function prepare(): Promise<Subscription[]> {
  return note((await call('GET', '/person/subscriptions')).items)
}

// askNow asks at once, so it must be called in a tap before any await, and tells the service
// what was tapped. It never throws: a message less is no reason to stop what was tapped for.
export async function askNow(): Promise<void> {
  const tmplIds = (keep.get('templates') ?? []).slice(0, most)
  if (!tmplIds.length) return
  try {
    const tapped = await wx.requestSubscribeMessage({ tmplIds })
    const results = tmplIds.map((id) => ({ template_id: id, result: (tapped as unknown as Record<string, Result>)[id] }))
    const body = { results: results.filter(({ result }) => result) }
    if (body.results.length) note((await call('POST', '/person/subscriptions', { body })).items)
  } catch {
    // Refused as a whole, or messages are switched off: the service goes on as it was.
  }
}

// note keeps the templates in the order to ask for them: fewest messages left first.
function note(items: Subscription[]): Subscription[] {
  const order = [...items].sort((a, b) => a.remaining - b.remaining)
  keep.set('templates', order.map(({ template_id }) => template_id))
  return items
}
