// The steps of a review: who is asked, who has answered, and what they said.
import type { components } from '../../lib/schema'
import { when } from '../../lib/when'
import { fill, words } from '../../lib/words'

export type Review = components['schemas']['ReviewOut']
type Step = Review['steps'][number]

export function shown({ steps }: Review, zone?: string) {
  return steps.map((step) => stepOf(step, zone))
}

function stepOf(step: Step, zone?: string) {
  const w = words().steps
  return {
    position: step.position,
    name: step.name || fill(w.unnamed, { position: step.position }),
    mode: step.turns.length > 1 ? w.mode[step.mode] : '',
    state: step.state,
    told: w.states[step.state],
    people: peopleOf(step, zone),
  }
}

// peopleOf lists the answers in their order, then whoever has not answered.
function peopleOf({ decisions, turns }: Step, zone?: string) {
  const w = words().steps
  const said = decisions.map(({ name, action, at, reason = '', on_behalf_of, undone_at }) => ({
    name: on_behalf_of ? `${name}（${fill(w.behalf, { name: on_behalf_of })}）` : name,
    told: undone_at ? w.undone : w.turns[action === 'approve' ? 'approved' : 'rejected'],
    tone: undone_at ? '' : action === 'approve' ? 'good' : 'warn',
    at: when(at, zone),
    reason,
  }))
  const rest = turns.filter(({ state }) => state !== 'approved' && state !== 'rejected')
  const asked = rest.map(({ name, state }) => ({ name, told: w.turns[state], tone: '', at: '', reason: '' }))
  return [...said, ...asked].map((person, key) => ({ key, ...person }))
}
