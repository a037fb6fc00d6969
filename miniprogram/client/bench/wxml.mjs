import path from 'node:path'
import { TmplGroup } from 'glass-easel-template-compiler'

// templatesOf compiles WXML, and what it imports, with the compiler of WeChat's framework. The
// answer is the source of an object: template by path.
export function templatesOf(names, read) {
  const group = new TmplGroup()
  const problems = []
  const added = new Set()
  const add = (name) => {
    if (added.has(name)) return
    added.add(name)
    for (const found of group.addTmpl(name, read(`${name}.wxml`))) problems.push(`${found.path}:${found.startLine}:${found.startColumn} ${found.message}`)
    for (const other of group.getDirectDependencies(name)) add(other)
    for (const script of group.getScriptDependencies(name)) addScript(script.replace(/\.wxs$/, ''))
  }
  const addScript = (name) => {
    if (added.has(`${name}.wxs`)) return
    added.add(`${name}.wxs`)
    const text = read(`${name}.wxs`)
    group.addScript(name, text)
    group.addScript(`${name}.wxs`, text) // require('./x.wxs') looks it up with the ending
    for (const [, other] of text.matchAll(/require\(['"](.+?)(?:\.wxs)?['"]\)/g)) addScript(path.posix.join(path.posix.dirname(name), other))
  }
  for (const name of names) add(name)
  return { templates: group.getTmplGenObjectGroups(), problems }
}
