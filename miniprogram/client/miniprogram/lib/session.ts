import { keep, type Person } from './keep'
import { Refusal } from './refusal'
import type { components } from './schema'
import { pause, passing, send } from './transport'

type Login = components['schemas']['WeChatLoginOut']

let running: Promise<void> | undefined

export function token(): string | undefined {
  const session = keep.get('session')
  return session && Date.parse(session.until) > Date.now() ? session.token : undefined
}

// me is the person as the service told last, undefined before the first login.
export function me(): Person | undefined {
  return keep.get('session')?.person
}

export function noteMe(person: Person) {
  const session = keep.get('session')
  if (session) keep.set('session', { ...session, person })
}

// signIn makes sure of a session; whoever calls meanwhile waits for the same login. A token
// that was refused is named, so that only the first who was refused with it logs in anew.
export async function signIn(refused?: string): Promise<void> {
  const current = token()
  if (current && current !== refused) return
  running = running ?? login().finally(() => (running = undefined))
  return running
}

// login exchanges a fresh code. A code works once: every try takes a new one.
async function login(tries = 3): Promise<void> {
  try {
    const answer = (await send({ method: 'POST', url: '/wechat/login', body: { code: await freshCode() } })) as Login
    keep.set('session', { token: answer.token, until: answer.expires_at, person: answer.person })
  } catch (thrown) {
    const refusal = thrown as Refusal
    if (tries === 1 || !(passing(refusal) || refusal.code === 'wechat_code_used')) throw refusal
    await pause(700)
    return login(tries - 1)
  }
}

async function freshCode(): Promise<string> {
  try {
    return (await wx.login()).code
  } catch {
    throw new Refusal('offline') // WeChat itself was not reached
  }
}
