import type { components } from './schema'

export type Problem = components['schemas']['Problem']
type FieldError = components['schemas']['FieldError']

// Codes without an answer: nothing came back, or not in time.
export type Silence = 'offline' | 'slow'

// Refusal is every way in which a call can fail. Decide by its code; title and detail are
// already in the user's language, and empty when there was no answer.
export class Refusal {
  readonly title: string
  readonly detail: string
  readonly fields: FieldError[]

  constructor(
    readonly code: string,
    readonly status = 0,
    readonly body?: Problem,
    readonly retryAfter = 0, // seconds
  ) {
    this.title = body?.title ?? ''
    this.detail = body?.detail ?? ''
    this.fields = body?.errors ?? []
  }
}

// refusalOf makes a Refusal of whatever was thrown.
export function refusalOf(thrown: unknown): Refusal {
  return thrown instanceof Refusal ? thrown : new Refusal('internal')
}
