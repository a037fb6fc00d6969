// WXSS to CSS. WeChat gives every page a web view of its own; here they share a document, so a
// page's rules are kept to it by @scope, and a component's classes carry its name.
import path from 'node:path'
import postcss from 'postcss'
import selectorParser from 'postcss-selector-parser'

export function cssOf(entries, read, has) {
  const parts = [sheet('app', '', read, has)]
  for (const [name, { isPage, scope }] of Object.entries(entries)) {
    const css = sheet(name, scope, read, has)
    parts.push(isPage ? keptTo(name, css) : css)
  }
  return parts.join('\n')
}

// sheet is one file with what it imports.
function sheet(name, scope, read, has, seen = new Set()) {
  const file = name.endsWith('.wxss') ? name : `${name}.wxss`
  if (seen.has(file) || !has(file)) return ''
  seen.add(file)
  const tree = postcss.parse(read(file), { from: file })
  let imported = ''
  tree.walkAtRules('import', (rule) => {
    imported += sheet(target(file, rule.params.replace(/['"]/g, '')), scope, read, has, seen)
    rule.remove()
  })
  tree.walkDecls((decl) => (decl.value = measured(decl.value)))
  tree.walkRules((rule) => rename(rule, scope))
  return `${imported}\n${tree}`
}

function target(file, to) {
  return to.startsWith('/') ? to.slice(1) : path.posix.join(path.posix.dirname(file), to)
}

// The screen of the phone is a container: 750 rpx wide, 100 vh high between its bars.
function measured(value) {
  return value
    .replace(/(-?\d*\.?\d+)rpx\b/g, (_, n) => `calc(${n} * 100cqw / 750)`)
    .replace(/(-?\d*\.?\d+)v([hw])\b/g, (_, n, side) => `${n}cq${side}`)
}

function rename(rule, scope) {
  if (/keyframes$/.test(rule.parent.name ?? '')) return
  rule.selector = selectorParser((selectors) => {
    selectors.walkTags((tag) => {
      if (tag.value === 'page') tag.replaceWith(selectorParser.className({ value: 'mp-page' }))
    })
    if (!scope) return
    selectors.walkClasses((name) => {
      if (name.value !== 'mp-page') name.value = `${scope}--${name.value}`
    })
    selectors.walkPseudos((pseudo) => {
      if (pseudo.value === ':host') pseudo.replaceWith(selectorParser.attribute({ attribute: 'wx-host', value: `"${scope}"`, operator: '=', raws: {} }))
    })
  }).processSync(rule.selector)
}

// keptTo holds rules to one page. Keyframes stay outside, where the whole document finds them.
function keptTo(name, css) {
  const tree = postcss.parse(css)
  const frames = []
  tree.walkAtRules(/keyframes$/, (rule) => {
    frames.push(rule.toString())
    rule.remove()
  })
  return `${frames.join('\n')}\n@scope (.mp-page[data-route="${name}"]) {\n${tree}\n}`
}
