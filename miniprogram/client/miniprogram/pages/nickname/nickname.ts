// Asks for a nickname once, and again to change it; then it goes back to where it was asked.
import { call } from '../../lib/api'
import { explain, face, say } from '../../lib/page'
import { refusalOf } from '../../lib/refusal'
import { route } from '../../lib/route'
import { me, noteMe } from '../../lib/session'
import { language, words } from '../../lib/words'

type Submit = WechatMiniprogram.FormSubmit
type Reviewed = WechatMiniprogram.CustomEvent<{ pass: boolean; timeout: boolean }>

Page({
  data: { ...face(), nickname: '', known: false, consent: true, ready: false, wrong: '', busy: false },

  onLoad() {
    const nickname = me()?.nickname ?? ''
    this.setData({ ...face(), nickname, known: nickname !== '' })
    wx.setNavigationBarTitle({ title: words().nickname.nav })
    return this.askConsent()
  },

  // Without consent WeChat silently gives a plain keyboard, without the user's nickname on it.
  async askConsent() {
    try {
      if (wx.requirePrivacyAuthorize) await wx.requirePrivacyAuthorize({})
      this.setData({ consent: true, ready: true })
    } catch {
      this.setData({ consent: false, ready: false })
    }
  },

  onType() {
    if (this.data.wrong) this.setData({ wrong: '' })
  },

  // WeChat looks at the nickname when the field is left, and empties it when it objects.
  onReviewed({ detail }: Reviewed) {
    if (!detail.pass && !detail.timeout) this.setData({ nickname: '', wrong: words().nickname.emptied })
  },

  // The form has what WeChat left in the field; what was typed may no longer be it.
  async save({ detail }: Submit) {
    const nickname = String(detail.value.nickname ?? '').trim()
    if (!nickname) return this.setData({ wrong: words().nickname.missing })
    this.setData({ busy: true, wrong: '', nickname })
    try {
      noteMe(await call('PATCH', '/person', { body: { nickname, language: language() } }))
      await this.done()
    } catch (thrown) {
      this.setData({ wrong: reasonOf(thrown) })
    } finally {
      this.setData({ busy: false })
    }
  },

  async done() {
    if (this.data.known) say(words().nickname.saved)
    await (getCurrentPages().length > 1 ? wx.navigateBack() : route.inbox())
  },
})

// reasonOf prefers what is wrong with the field over what is wrong with the request.
function reasonOf(thrown: unknown): string {
  const { fields } = refusalOf(thrown)
  const { title, detail } = explain(thrown)
  return fields[0]?.message ?? `${title}${language() === 'en' ? '. ' : '，'}${detail}`
}
