// The token that a code or link carries, and what it leads to.
import { call, type Answer } from './api'

export type Scene = Answer<'GET', '/scenes/{token}'>

// Kind, a dot, 128 bits of base64url: what is none of ours is not worth a question.
const shape = /^[a-z]\.[\w-]{22}$/

// read takes the token from a page's query: a code hands it over percent-encoded once.
export function read(query: Record<string, string | undefined>): string {
  const raw = query.scene ?? query.s ?? ''
  try {
    return decodeURIComponent(raw)
  } catch {
    return raw
  }
}

export function wellFormed(token: string): boolean {
  return shape.test(token)
}

// ofBinding: the code was made on a computer by the one who scans it.
export function ofBinding(token: string): boolean {
  return token.startsWith('b.')
}

// The last look is handed from the entry to the page it leads to, which need not ask again.
let last: { token: string; scene: Scene } | undefined

export async function look(token: string): Promise<Scene> {
  const scene = await call('GET', '/scenes/{token}', { path: { token } })
  last = { token, scene }
  return scene
}

export async function recall(token: string): Promise<Scene> {
  const scene = last?.token === token ? last.scene : await look(token)
  last = undefined
  return scene
}
