// Rules of one WXML file. A fault is { line, says }.

// The built-in tags that the mini-program may use: those that the bench stands in for.
const builtin = new Set(
  ('view text label image video scroll-view rich-text page-meta input textarea switch button form ' + // components
    'block template import include slot wxs').split(' '), // the language's own
)

const line = (text, at) => text.slice(0, at).split('\n').length

const comments = /<!--[\s\S]*?-->/g

// blank keeps lines and places, without what is no code.
function blank(text) {
  return text.replace(comments, (found) => found.replace(/[^\n]/g, ' '))
}

export function tagFaults(text, components) {
  const clean = blank(text).replace(/\{\{[\s\S]*?\}\}/g, (found) => found.replace(/[^\n]/g, ' '))
  const known = (tag) => builtin.has(tag) || components.includes(tag)
  return [...clean.matchAll(/<([a-zA-Z][\w-]*)/g)]
    .filter(([, tag]) => !known(tag))
    .map(({ index, 1: tag }) => ({ line: line(text, index), says: `<${tag}> is no tag of the bench and no declared component` }))
}

// What an expression must not hold: WeChat compiles it on its servers, to code without these.
const refused = [
  [/\?\./, 'optional chaining (?.)'],
  [/\?\?/, '?? in place of ||'],
  [/`/, 'a template string'],
  [/=>/, 'an arrow function'],
  [/\bnew\s/, 'new'],
  [/\b(?:typeof|instanceof|delete|void|await)\b/, 'an operator of scripts'],
]

export function expressionFaults(text) {
  const clean = blank(text)
  const modules = [...clean.matchAll(/<wxs[^>]*module="(\w+)"/g)].map(([, name]) => name)
  return [...clean.matchAll(/([\w:-]*)=?"?\{\{([\s\S]*?)\}\}/g)].flatMap(({ index, 1: attribute, 2: code }) =>
    wrong(code, attribute, modules).map((says) => ({ line: line(text, index), says: `{{${code.trim()}}} has ${says}` })),
  )
}

function wrong(code, attribute, modules) {
  const bare = code.replace(/'[^']*'|"[^"]*"/g, "''")
  const found = refused.filter(([pattern]) => pattern.test(bare)).map(([, says]) => says)
  if (/\.\.\./.test(bare) && attribute !== 'data') found.push('a spread outside of data')
  if (calls(bare).some((name) => !modules.includes(name.split('.')[0]))) found.push('a call')
  return found
}

// calls are the names before a parenthesis; those of a wxs module may be called.
function calls(bare) {
  return [...bare.matchAll(/([\w$.]+|[\])])\s*\(/g)].map(([, name]) => name)
}
