// What pages share: their states, how a refusal is told, and what every page has in its data.
import { refusalOf } from './refusal'
import { language, words } from './words'

export type State = 'loading' | 'ready' | 'empty' | 'offline' | 'error'

export interface Trouble {
  title: string
  detail: string
  retry: boolean // trying again may help
  good?: boolean // no trouble after all: it is done
}

// Refusals that stay as they are however often one asks.
const final = new Set(['not_found', 'forbidden', 'code_ended', 'ticket_ended', 'wechat_risk_user'])

// explain tells whatever was thrown in the user's language.
export function explain(thrown: unknown): Trouble {
  const { code, title, detail, body } = refusalOf(thrown)
  const { trouble } = words()
  if (code === 'offline' || code === 'slow') return { ...trouble[code], retry: true }
  if (!title) return { ...trouble.internal, retry: true }
  const request = code === 'internal' && body?.request_id ? `\n${body.request_id}` : ''
  return { title, detail: detail + request, retry: !final.has(code) }
}

export function stateOf(thrown: unknown): State {
  const { code } = refusalOf(thrown)
  return code === 'offline' || code === 'slow' ? 'offline' : 'error'
}

// face is what a page shows of the phone's settings: the language's words, and WeChat's font
// size as a style for <page-meta>.
export function face() {
  const { fontSizeSetting = 16 } = wx.getAppBaseInfo() as { fontSizeSetting?: number }
  const scale = Math.min(Math.max(fontSizeSetting / 17, 1), 1.5)
  return { w: words(), lang: language(), pageStyle: `--scale: ${scale.toFixed(2)}` }
}

export function say(title: string) {
  wx.showToast({ title, icon: 'none', duration: 2500 })
}

export function sayTrouble(thrown: unknown) {
  const { title, detail } = explain(thrown)
  wx.showModal({ title, content: detail, showCancel: false, confirmText: words().ok })
}

// nameTabs writes the tabs in the language; WeChat refuses it on pages that have none.
export function nameTabs() {
  const { inbox, me } = words().tabs
  for (const [index, text] of [inbox, me].entries()) wx.setTabBarItem({ index, text }).catch(() => undefined)
}
