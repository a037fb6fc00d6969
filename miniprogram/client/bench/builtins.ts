// WeChat's built-in tags, as thin components over real DOM elements: a browser's own input is
// what a test types into. Only the tags that the mini-program uses are here.
import type { ComponentSpace } from 'glass-easel'
import { ours } from './bench'
import { fields } from './fields'
import { richText } from './richtext'
import { flag, text, type Host, type Tag } from './tag'

const aids = ['role', 'label', 'hidden', 'busy', 'selected', 'checked', 'disabled', 'expanded', 'live', 'modal']
const common: Tag['props'] = {
  hidden: flag,
  hoverClass: { type: String, value: '' },
  ...Object.fromEntries(aids.map((name) => [ariaProp(name), { type: null, value: null }])),
}

function ariaProp(name: string): string {
  return `aria${name[0]!.toUpperCase()}${name.slice(1)}`
}

// setAids hands aria-role and its like to the browser, which calls the role by another name.
function setAids(dom: HTMLElement, data: Record<string, any>) {
  for (const name of aids) {
    const value = data[ariaProp(name)]
    const attribute = name === 'role' ? 'role' : `aria-${name}`
    if (value === null || value === undefined) dom.removeAttribute(attribute)
    else dom.setAttribute(attribute, String(value))
  }
  if (data.ariaRole === 'button' || data.ariaRole === 'tab') dom.tabIndex = 0
}

// hover shows a tag's hover-class while a finger is on it.
function hover(host: Host) {
  const { dom } = host
  const named = () => (host.data.hoverClass === 'none' ? '' : host.data.hoverClass)
  const off = () => named() && dom.classList.remove(named())
  dom.addEventListener('pointerdown', () => named() && dom.classList.add(named()))
  for (const name of ['pointerup', 'pointerleave', 'pointercancel']) dom.addEventListener(name, off)
}

const image: Tag = {
  props: { src: text, mode: text, lazyLoad: flag, showMenuByLongpress: flag },
  setup: ({ dom, emit }) => {
    const inner = dom.appendChild(document.createElement('img'))
    inner.alt = ''
    inner.draggable = false
    inner.addEventListener('load', () => emit('load', { width: inner.naturalWidth, height: inner.naturalHeight }))
    inner.addEventListener('error', () => inner.hasAttribute('src') && emit('error', { errMsg: 'fail to load image' }))
  },
  draw: (dom, { src, mode }) => {
    const inner = dom.querySelector('img')
    dom.dataset.mode = mode
    if (!src) inner.removeAttribute('src')
    else if (inner.getAttribute('src') !== ours(src)) inner.src = ours(src)
  },
}

const video: Tag = {
  props: { src: text, poster: text, controls: flag, objectFit: text, autoplay: flag, loop: flag, muted: flag, showCenterPlayBtn: flag, enableProgressGesture: flag },
  setup: ({ dom, emit }) => {
    dom.addEventListener('timeupdate', (event: Event) => {
      event.stopImmediatePropagation()
      emit('timeupdate', { currentTime: dom.currentTime, duration: dom.duration })
    })
  },
  draw: (dom, { src, poster, objectFit }) => {
    if (dom.getAttribute('src') !== ours(src)) dom.src = ours(src)
    if (poster) dom.poster = ours(poster)
    dom.controls = true
    dom.preload = 'metadata'
    dom.style.objectFit = objectFit || 'contain'
  },
}

const scroll: Tag = {
  props: { scrollX: flag, scrollY: flag, scrollIntoView: text, enhanced: flag, showScrollbar: flag },
  draw: (dom, { scrollX, scrollY }) => {
    dom.classList.toggle('mp-scroll-x', scrollX)
    dom.classList.toggle('mp-scroll-y', scrollY)
  },
}

const pageMeta: Tag = {
  props: { pageStyle: text, rootFontSize: text },
  draw: (dom, { pageStyle }) => dom.closest('.mp-page')?.setAttribute('style', pageStyle),
}

const tags: Record<string, Tag> = { view: {}, text: {}, label: {}, image, video, 'scroll-view': scroll, 'rich-text': richText, 'page-meta': pageMeta, ...fields }

export function builtins(space: ComponentSpace): Record<string, any> {
  return Object.fromEntries(Object.entries(tags).map(([name, tag]) => [name, define(space, name, tag)]))
}

function define(space: ComponentSpace, name: string, { props, setup, draw }: Tag) {
  const all = { ...common, ...props }
  let builder: any = space.define(name).options({ virtualHost: false })
  for (const [prop, options] of Object.entries(all)) builder = builder.property(prop, options)
  return builder
    .init(({ self, observer, lifetime }: any) => {
      const dom = self.$$
      const host: Host = { dom, get data() { return self.data }, emit: (event, detail) => self.triggerEvent(event, detail), set: (data) => self.setData(data) }
      hover(host)
      setup?.(host)
      const update = () => {
        dom.hidden = Boolean(self.data.hidden)
        setAids(dom, self.data)
        draw?.(dom, self.data)
      }
      observer(Object.keys(all), update)
      lifetime('attached', update)
    })
    .registerComponent()
}
