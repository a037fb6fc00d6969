// What a test sees of the bench, and may change: window.bench.
export interface Bench {
  calls: [name: string, options: unknown][] // every wx call, oldest first
  mock: Record<string, (options: any) => unknown> // by wx name; answers in place of the stand-in
  pull: () => Promise<void> // pulls the page down, as a finger would
  leave: () => void // the user goes to another app
  comeBack: () => void
  lasting: boolean // a toast stays until the next: a busy machine may look later than it fades
}

// A test may have put its mocks there before this script began.
const given: Partial<Bench> = (window as any).bench ?? {}
export const bench: Bench = { calls: [], mock: {}, pull: async () => {}, leave: () => {}, comeBack: () => {}, lasting: false, ...given }
Object.assign(window, { bench })

export function record(name: string, options: unknown) {
  const text = JSON.stringify(options) // none of a function
  bench.calls.push([name, text === undefined ? undefined : JSON.parse(text)])
}

export function part(id: string): HTMLElement {
  return document.getElementById(id)!
}

// element makes a DOM element; what stands in attributes is set as it is.
export function element<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, string> = {}, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

// ours is an address on the one server that the bench knows: its own. The sources name the
// hosts of each edition, and pictures the service's public address.
export function ours(url: string): string {
  if (!/^https?:/.test(url)) return url
  const { pathname, search } = new URL(url)
  return location.origin + pathname + search
}
