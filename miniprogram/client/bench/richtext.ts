// <rich-text> shows the few tags that WeChat's does, and follows no link and runs no script.
import { ours } from './bench'
import type { Tag } from './tag'

const tags = new Set(
  ('a abbr b blockquote br code col colgroup dd del div dl dt em fieldset font h1 h2 h3 h4 h5 h6 hr i img ins label legend li ol p pre q s ' +
    'section small span strong sub sup table tbody td tfoot th thead tr u ul').split(' '),
)
const attributes = new Set(['class', 'style', 'alt', 'width', 'height', 'colspan', 'rowspan', 'start', 'type'])

export const richText: Tag = {
  props: { nodes: { type: null, value: '' }, space: { type: String }, userSelect: { type: Boolean } },
  draw: (dom, { nodes }) => {
    const source = typeof nodes === 'string' ? nodes : ''
    if (dom.source === source) return
    dom.source = source
    const parsed = new DOMParser().parseFromString(source, 'text/html')
    dom.replaceChildren(...copies(parsed.body))
  },
}

function copies(node: Node): Node[] {
  return [...node.childNodes].flatMap((child) => copy(child))
}

// copy keeps what is known; of a tag that is not, nothing is left, as in WeChat.
function copy(node: Node): Node[] {
  if (node.nodeType === Node.TEXT_NODE) return [document.createTextNode(node.nodeValue ?? '')]
  if (!(node instanceof Element) || !tags.has(node.localName)) return []
  const made = document.createElement(node.localName)
  for (const { name, value } of node.attributes) if (attributes.has(name)) made.setAttribute(name, value)
  const src = node.getAttribute('src')
  if (made instanceof HTMLImageElement && src) made.src = ours(src)
  made.append(...copies(node))
  return [made]
}
