// What WeChat knows of the user: who he is, and what he agreed to.
import type { Desk } from '../desk'
import { sheet } from '../sheet'
import { tap } from '../tap'

const most = 3 // templates of one question

export function account(desk: Desk) {
  const agreed = `bench:privacy:${desk.openid}`
  return {
    login: async () => ({ code: await desk.loginCode() }),

    requestSubscribeMessage: async ({ tmplIds = [] }: { tmplIds?: string[] }) => {
      if (!tap.active) throw refused(20001, 'can only be invoked by user TAP gesture.')
      if (!tmplIds.length || tmplIds.length > most) throw refused(20003, 'The maximum number of templates is 3')
      const allowed = await sheet(desk.words.subscribe)
      if (allowed) await Promise.all(tmplIds.map((id) => desk.grant(id)))
      return Object.fromEntries(tmplIds.map((id) => [id, allowed ? 'accept' : 'reject']))
    },

    // Without the declaration at WeChat's console the real one refuses; here it is taken as made.
    requirePrivacyAuthorize: async () => {
      if (localStorage.getItem(agreed)) return
      if (!(await sheet(desk.words.privacy))) throw new Error('privacy permission is not authorized')
      localStorage.setItem(agreed, 'yes')
    },
    openSetting: () => ({ authSetting: {} }),
  }
}

function refused(errCode: number, text: string) {
  return { errCode, errMsg: `requestSubscribeMessage:fail ${text}` }
}
