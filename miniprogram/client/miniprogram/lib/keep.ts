// keep is the phone's storage, typed by key. A full or broken storage loses a convenience
// only: nothing that is kept here cannot be asked for again.
import type { components } from './schema'

export type Person = components['schemas']['PersonOut']
export type Language = 'zh-CN' | 'en'

interface Kept {
  session: { token: string; until: string; person: Person }
  language: Language
  templates: string[]
}

export const keep = {
  get<K extends keyof Kept>(key: K): Kept[K] | undefined {
    return wx.getStorageSync(key) || undefined
  },

  set<K extends keyof Kept>(key: K, value: Kept[K]) {
    try {
      wx.setStorageSync(key, value)
    } catch {
      wx.removeStorageSync(key)
    }
  },

  drop(key: keyof Kept) {
    wx.removeStorageSync(key)
  },
}
