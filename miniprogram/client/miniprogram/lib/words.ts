// words is the dictionary of the chosen language. A page puts it into its data as `w`.
import { keep, type Language } from './keep'
import { en } from './words/en'
import { reviewWords } from './words/review'
import { zh } from './words/zh'

const dictionaries = {
  'zh-CN': { ...zh, ...reviewWords.zh },
  en: { ...en, ...reviewWords.en },
}

export type Words = (typeof dictionaries)['zh-CN']
export type { Language }

// language is what the user chose, else what his WeChat speaks: Chinese in any form, else English.
export function language(): Language {
  return keep.get('language') ?? (wx.getAppBaseInfo().language.startsWith('zh') ? 'zh-CN' : 'en')
}

export function setLanguage(chosen: Language) {
  keep.set('language', chosen)
}

export function words(): Words {
  return dictionaries[language()]
}

// fill puts values into a text's {places}.
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => (name in values ? String(values[name]) : place))
}
