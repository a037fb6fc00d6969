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
    const accept = element('button', { class: 'bench-yes' }, yes)
    const refuse = element('button', { class: 'bench-no' }, no ?? '')
    const answers = element('div', { class: 'bench-answers' }, ...(no ? [refuse, accept] : [accept]))
    const box = element('div', { class: 'bench-asked', role: 'dialog', 'aria-label': title }, element('div', { class: 'bench-question' }, ...words, answers))
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
