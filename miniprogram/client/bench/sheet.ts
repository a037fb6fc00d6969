// WeChat's own questions: what comes up over the mini-program and waits for an answer.
import { element, part } from './bench'

export interface Question {
  title: string
  detail?: string
  yes: string
  no?: string
}

export function sheet({ title, detail, yes, no }: Question): Promise<boolean> {
  return new Promise((resolve) => {
    const words = [element('strong', {}, title), ...(detail ? [element('p', {}, detail)] : [])]
    const accept = element('button', { class: 'yes' }, yes)
    const refuse = element('button', { class: 'no' }, no ?? '')
    const answers = element('div', { class: 'answers' }, ...(no ? [refuse, accept] : [accept]))
    const box = element('div', { class: 'asked', role: 'dialog', 'aria-label': title }, element('div', { class: 'question' }, ...words, answers))
    const answer = (said: boolean) => {
      box.remove()
      resolve(said)
    }
    accept.onclick = () => answer(true)
    refuse.onclick = () => answer(false)
    part('over').append(box)
    accept.focus({ preventScroll: true })
  })
}
