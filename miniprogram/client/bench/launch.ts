// How the mini-program is opened. The address says it: ?as=OPENID#/pages/entry/entry?scene=a%2Eb
export interface Launch {
  path: string
  query: Record<string, string>
  scene: number
  referrerInfo: object
}

const byCode = 1047 // WeChat's number for "opened by a mini-program code"

export function launchOptions(home: string): Launch {
  return { ...parse(location.hash.replace(/^#\/?/, '') || home), scene: byCode, referrerInfo: {} }
}

// parse divides an address of a page. Values stay as they are written: WeChat decodes none.
export function parse(url: string): { path: string; query: Record<string, string> } {
  const [path = '', query = ''] = url.replace(/^\//, '').split('?')
  const pairs = query.split('&').filter(Boolean).map((pair) => {
    const at = pair.indexOf('=')
    return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
  })
  return { path, query: Object.fromEntries(pairs) }
}

// relaunch closes the mini-program and opens it anew, as a scan does; without a path, at home.
export function relaunch(openid: string, path = '', query = '') {
  const hash = `#/${path.replace(/^\//, '')}${query ? `?${query}` : ''}`
  history.replaceState(null, '', `?as=${encodeURIComponent(openid)}${path ? hash : ''}`)
  location.reload()
}
