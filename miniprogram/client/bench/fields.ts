// The tags of a form. A field's DOM events are replaced by WeChat's, which carry detail.value.
import { bench } from './bench'
import { flag, text, type Host, type Tag } from './tag'

const named = new WeakMap<Element, { name: () => string; value: () => unknown }>()

const typed: Tag['props'] = {
  value: text,
  name: text,
  type: text,
  placeholder: text,
  placeholderClass: text,
  maxlength: { type: Number, value: 140 },
  disabled: flag,
  focus: flag,
  autoFocus: flag,
  autoHeight: flag,
  password: flag,
  confirmType: text,
  cursorSpacing: { type: Number, value: 0 },
  adjustPosition: { type: Boolean, value: true },
  showConfirmBar: { type: Boolean, value: true },
  fixed: flag,
}

function typing(host: Host) {
  const { dom, emit, set } = host
  named.set(dom, { name: () => host.data.name, value: () => dom.value })
  for (const name of ['input', 'change', 'focus', 'blur']) {
    dom.addEventListener(name, (event: Event) => {
      event.stopImmediatePropagation()
      if (name === 'input') set({ value: dom.value })
      if (name !== 'change') emit(name, { value: dom.value })
      if (name === 'blur' && host.data.type === 'nickname') review(dom, emit, set)
    })
  }
  dom.addEventListener('keydown', (event: KeyboardEvent) => {
    if (event.key === 'Enter' && dom.localName === 'input') emit('confirm', { value: dom.value })
  })
}

// review is WeChat's look at a nickname that was typed: it empties the field when it objects.
function review(dom: HTMLInputElement, emit: Host['emit'], set: Host['set']) {
  const pass = bench.mock.nicknamereview ? Boolean(bench.mock.nicknamereview({ value: dom.value })) : true
  if (!pass) set({ value: (dom.value = '') })
  emit('nicknamereview', { pass, timeout: false })
}

function draw(dom: HTMLInputElement, data: Record<string, any>) {
  if (dom.value !== data.value) dom.value = data.value
  dom.placeholder = data.placeholder
  dom.disabled = data.disabled
  if (data.maxlength >= 0) dom.maxLength = data.maxlength
  dom.classList.toggle('mp-auto', data.autoHeight)
  const wanted = data.focus || data.autoFocus
  if (wanted && !dom.dataset.focused) requestAnimationFrame(() => dom.focus())
  dom.dataset.focused = wanted ? '1' : ''
}

const toggle: Tag = {
  props: { checked: flag, disabled: flag, color: text, name: text },
  setup: (host) => {
    const { dom, emit, set } = host
    const box = dom.appendChild(document.createElement('input'))
    box.type = 'checkbox'
    box.setAttribute('role', 'switch')
    named.set(dom, { name: () => host.data.name, value: () => box.checked })
    box.addEventListener('change', (event: Event) => {
      event.stopImmediatePropagation()
      set({ checked: box.checked })
      emit('change', { value: box.checked })
    })
  },
  draw: (dom, { checked, disabled, color, ariaLabel }) => {
    const box = dom.querySelector('input')
    box.checked = checked
    box.disabled = disabled
    box.style.setProperty('--on', color || '')
    if (ariaLabel) box.setAttribute('aria-label', ariaLabel)
  },
}

const button: Tag = {
  props: { type: text, size: text, plain: flag, disabled: flag, loading: flag, openType: text, formType: text },
  setup: (host) => {
    host.dom.addEventListener('click', () => {
      const { formType, disabled } = host.data
      if (formType && !disabled) host.dom.closest('form')?.dispatchEvent(new CustomEvent(`mp-${formType}`))
    })
  },
  draw: (dom, { type, size, disabled, loading }) => {
    dom.disabled = disabled
    if (type) dom.setAttribute('type', type)
    dom.toggleAttribute('loading', loading)
    dom.toggleAttribute('mini', size === 'mini')
  },
}

const form: Tag = {
  setup: ({ dom, emit }) => {
    // WeChat's submit is ours, with the values; the browser's own would reach the page without any.
    dom.addEventListener('submit', (event: Event) => {
      event.preventDefault()
      event.stopImmediatePropagation()
    }, true)
    dom.addEventListener('mp-submit', () => emit('submit', { value: valuesOf(dom) }))
    dom.addEventListener('mp-reset', () => emit('reset', {}))
  },
}

function valuesOf(dom: Element): Record<string, unknown> {
  const found = [...dom.querySelectorAll('*')].map((inner) => named.get(inner)).filter((field) => field?.name())
  return Object.fromEntries(found.map((field) => [field!.name(), field!.value()]))
}

export const fields: Record<string, Tag> = {
  input: { props: typed, setup: typing, draw },
  textarea: { props: typed, setup: typing, draw },
  switch: toggle,
  button,
  form,
}
