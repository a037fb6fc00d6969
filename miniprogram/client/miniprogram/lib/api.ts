// call speaks to the service, typed by its OpenAPI description (schema.d.ts). It signs in by
// itself, repeats what may be repeated under one Idempotency-Key, and rejects with a Refusal.
import { Refusal } from './refusal'
import type { paths } from './schema'
import { signIn, token } from './session'
import { download, persist, passing, type Headers, type Letter } from './transport'

export { Refusal } from './refusal'

type Method = Letter['method']
type PathOf<M extends Method> = { [P in keyof paths]: paths[P] extends Record<Lowercase<M>, object> ? P : never }[keyof paths]
type Operation<M extends Method, P> = P extends keyof paths ? (paths[P] extends Record<Lowercase<M>, infer O> ? O : never) : never
type Json<T> = T extends { content: { 'application/json': infer B } } ? B : never

type Path<O> = O extends { parameters: { path: infer V } } ? { path: V } : { path?: undefined }
type Query<O> = O extends { parameters: { query?: infer V } } ? { query?: V } : { query?: undefined }
type Body<O> = O extends { requestBody: infer V } ? { body: Json<V> } : { body?: undefined }

export type Options<O> = Path<O> & Query<O> & Body<O> & { ifMatch?: number | string; key?: string }
export type Answer<M extends Method, P extends PathOf<M>> = Operation<M, P> extends { responses: { 200: infer R } } ? Json<R> : void
type Rest<O> = {} extends Options<O> ? [options?: Options<O>] : [options: Options<O>]

const running = new Map<string, Promise<unknown>>()
const unanswered = new Map<string, string>() // act → its key, until an answer came

// The same act, called while it runs, gives the same promise: a second tap does nothing twice.
export function call<M extends Method, P extends PathOf<M>>(method: M, path: P, ...rest: Rest<Operation<M, P>>): Promise<Answer<M, P>> {
  const options = (rest[0] ?? {}) as Loose
  const letter: Letter = { method, url: address(path, options), body: options.body, headers: {} }
  const act = JSON.stringify([method, letter.url, letter.body])
  const asked = running.get(act) ?? deliver(letter, act, options).finally(() => running.delete(act))
  running.set(act, asked)
  return asked as Promise<Answer<M, P>>
}

// picture fetches one that only the reader may have, and gives the file on the phone. <image>
// sends no session.
export function picture(url: string): Promise<string> {
  return signed((session) => download({ method: 'GET', url, headers: session }))
}

// newKey names one act: 24 characters drawn anew, so that no two acts share one.
export function newKey(): string {
  const draw = () => Math.random().toString(36).slice(2, 10).padEnd(8, '0')
  return Date.now().toString(36).padStart(8, '0') + draw() + draw()
}

interface Loose {
  path?: object
  query?: object
  body?: object
  ifMatch?: number | string
  key?: string
}

function address(path: string, options: Loose): string {
  const values = (options.path ?? {}) as Record<string, string>
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name]))
  const query = Object.entries(options.query ?? {}).filter(([, value]) => value !== undefined)
  if (!query.length) return filled
  return `${filled}?${query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`
}

// deliver keeps the key of an act that got no answer: tried again later, it is the same act.
async function deliver(letter: Letter, act: string, { ifMatch, key }: Loose): Promise<unknown> {
  if (ifMatch !== undefined) letter.headers!['If-Match'] = `"${ifMatch}"`
  if (letter.method === 'POST') {
    unanswered.set(act, key ?? unanswered.get(act) ?? newKey())
    letter.headers!['Idempotency-Key'] = unanswered.get(act)!
  }
  try {
    const answer = await signed((session) => persist({ ...letter, headers: { ...letter.headers, ...session } }))
    unanswered.delete(act)
    return answer
  } catch (thrown) {
    if (!passing(thrown as Refusal)) unanswered.delete(act)
    throw thrown
  }
}

// signed sends with the session; one that has ended is renewed once, unseen by the caller.
async function signed<T>(send: (session: Headers) => Promise<T>): Promise<T> {
  await signIn()
  const used = token()
  try {
    return await send(session())
  } catch (thrown) {
    if ((thrown as Refusal).status !== 401) throw thrown
    await signIn(used)
    return send(session())
  }
}

function session(): Headers {
  return { Authorization: `Bearer ${token()}` }
}
