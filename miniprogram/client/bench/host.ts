// Runs the compiled mini-program on WeChat's own component framework, glass-easel.
import * as glassEasel from 'glass-easel'
import { MiniProgramEnv } from 'glass-easel-miniprogram-adapter'
import { element, part } from './bench'
import { builtins } from './builtins'
import { desk } from './desk'
import { launchOptions } from './launch'
import { Stack } from './stack'
import { tap } from './tap'
import { makeWx } from './wx'

export interface Entry {
  isPage: boolean
  scope: string // prefix of a component's classes; a page has none
  config: Record<string, any>
}

export interface Program {
  app: Record<string, any>
  theme: { light?: Record<string, string>; dark?: Record<string, string> }
  entries: Record<string, Entry>
  templates: Record<string, unknown>
  loadApp: () => void
  loads: Record<string, () => void>
}

export async function start(program: Program) {
  const { mount, code } = framework(program)
  const launch = launchOptions(program.app.pages[0])
  const stack = new Stack(program, mount)
  const phone = await desk(program.app.pages[0])
  let app: Record<string, any> = {}
  const globals = {
    wx: makeWx(stack, phone),
    App: (options: Record<string, any>) => (app = options),
    getApp: () => app,
    getCurrentPages: () => stack.pages(),
  }
  Object.assign(window, globals)
  performance.mark('launch') // from here on it is the mini-program's own time
  program.loadApp()
  for (const name of Object.keys(program.entries).reverse()) code.globalComponentEnv(window, name, program.loads[name]!)
  app.onLaunch?.(launch)
  app.onShow?.(launch)
  stack.watch(app, launch)
  stack.launch(launch.path, launch.query)
}

// framework registers templates and tags; mount makes a page of it in the document.
function framework({ entries, templates }: Program) {
  const env = new MiniProgramEnv()
  const context = new glassEasel.CurrentWindowBackendContext()
  const backend = env.associateBackend(context as any)
  const code = env.createCodeSpace('', true)
  for (const [tag, definition] of Object.entries(builtins(env.getGlobalCodeSpace().getComponentSpace()))) {
    code.getComponentSpace().setGlobalUsingComponent(tag, definition)
  }
  for (const [name, { config, scope }] of Object.entries(entries)) {
    code.addComponentStaticConfig(name, config)
    code.addCompiledTemplate(name, { groupList: templates, content: templates[name] } as any)
    // The rules themselves are in phone.css; here is only the prefix.
    backend.registerStyleSheetContent(name, '')
    code.addStyleSheet(name, name, scope || undefined)
  }
  listen(context)
  const mount = (name: string) => {
    const view = element('div', { class: 'mp-view' }, element('div', { class: 'mp-page', 'data-route': name }, element('span')))
    part('screen').append(view)
    const root = backend.createRoot('page-root', code, name)
    const attach = () => root.attach(view.firstChild as any, view.firstChild!.firstChild as any)
    return { view, page: root.get() as Record<string, any>, attach, release: () => root.release() }
  }
  return { mount, code }
}

// listen hands the browser's events on: 0.12 of the framework leaves that to its host. Keys
// and readers' aids click without touching; for WeChat that is a tap.
function listen(context: glassEasel.CurrentWindowBackendContext) {
  const dispatch = (target: any, type: string, detail: any, options: any) =>
    tap.during(type, () => {
      const event = new glassEasel.Event(type, detail, options)
      glassEasel.Event.dispatchEvent(target, event)
      return event.defaultPrevented() ? glassEasel.EventBubbleStatus.NoDefault : glassEasel.EventBubbleStatus.Normal
    })
  context.onEvent(dispatch)
  document.body.addEventListener('click', ({ detail, target }) => {
    let node = target as any
    while (node && !node.__wxElement) node = node.parentNode
    if (detail === 0 && node && !node.disabled) dispatch(node.__wxElement, 'tap', { x: 0, y: 0 }, { bubbles: true, composed: true })
  })
}
