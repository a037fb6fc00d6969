import path from 'node:path'

// entriesOf lists every page, and every component that they use, with what the host must know.
export function entriesOf(app, json) {
  const entries = {}
  const visit = (name, isPage) => {
    if (entries[name]) return
    const config = json(`${name}.json`)
    const using = resolved(name, { ...app.usingComponents, ...config.usingComponents })
    entries[name] = { isPage, scope: isPage ? '' : name.replace(/\W/g, '_'), config: { ...config, usingComponents: using } }
    for (const file of Object.values(using)) visit(file.slice(1), false)
  }
  for (const page of app.pages) visit(page, true)
  return entries
}

// resolved turns the paths of components, which may be relative, into paths from the root.
function resolved(name, using) {
  const from = path.posix.dirname(name)
  const absolute = (file) => (file.startsWith('/') ? file : `/${path.posix.join(from, file)}`)
  return Object.fromEntries(Object.entries(using).map(([tag, file]) => [tag, absolute(file)]))
}
