// Rules of a page or component: what its WXML and its other files must agree on.
import fs from 'node:fs'
import path from 'node:path'

const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '')

// handlerFaults: a tap on a handler that is not there does nothing, and says nothing.
export function handlerFaults(root, file, text) {
  const code = read(path.join(root, file.replace(/\.wxml$/, '.ts')))
  if (!code) return [] // a shared template; its pages have the handlers
  return [...text.matchAll(/\b(?:bind|catch|capture-bind|mut-bind)[:\w-]*="(\w+)"/g)]
    .filter(([, name]) => !new RegExp(`\\b${name}\\s*(?:\\(|:)`).test(code))
    .map(({ index, 1: name }) => ({ line: text.slice(0, index).split('\n').length, says: `${name} is no method of its script` }))
}

// styleFaults: a page's rule for a bare class reaches into its components, where WeChat lets
// it win over theirs.
export function styleFaults(root, file) {
  const base = path.join(root, file.replace(/\.wxml$/, ''))
  const config = JSON.parse(read(`${base}.json`) || '{}')
  if (config.component) return []
  const styled = new Set([...read(`${base}.wxss`).matchAll(/(?:^|[},])\s*\.([\w-]+)\s*(?=[,{])/gm)].map(([, name]) => name))
  return reached(root, config).flatMap((component) => {
    const both = [...classesOf(read(`${component}.wxml`))].filter((name) => styled.has(name))
    return both.map((name) => ({ line: 1, says: `.${name} of the page also changes ${path.relative(root, component)}` }))
  })
}

// reached are the components that take a page's rules, and those that these use.
function reached(root, config, seen = new Set()) {
  for (const use of Object.values(config.usingComponents ?? {})) {
    const file = path.join(root, use)
    const inner = JSON.parse(read(`${file}.json`) || '{}')
    if (seen.has(file)) continue
    if (inner.styleIsolation === 'apply-shared') seen.add(file)
    reached(root, inner, seen)
  }
  return [...seen]
}

function classesOf(wxml) {
  const values = [...wxml.matchAll(/\bclass="([^"]*)"/g)].map(([, value]) => value)
  return new Set(values.flatMap((value) => value.match(/[a-z][\w-]*/g) ?? []))
}
