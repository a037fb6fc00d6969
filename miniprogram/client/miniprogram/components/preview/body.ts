// What is done to an article's body, which the service has reduced to safe HTML, so that
// <rich-text> shows it as WeChat's article page does: it knows no style sheet of ours.
const looks: Record<string, string> = {
  p: 'margin:0 0 1em',
  section: 'margin:0 0 .6em',
  h1: 'margin:1.2em 0 .6em;font-size:1.35em;line-height:1.4;font-weight:650',
  h2: 'margin:1.2em 0 .6em;font-size:1.2em;line-height:1.4;font-weight:650',
  h3: 'margin:1.1em 0 .5em;font-size:1.08em;line-height:1.4;font-weight:650',
  ul: 'margin:0 0 1em;padding-left:1.4em',
  ol: 'margin:0 0 1em;padding-left:1.4em',
  li: 'margin:0 0 .3em',
  blockquote: 'margin:0 0 1em;padding:0 0 0 .9em;border-left:3px solid #d5d7dd;color:#5b606b',
  pre: 'margin:0 0 1em;white-space:pre-wrap',
  figure: 'margin:0 0 1em',
  figcaption: 'margin:.4em 0 0;font-size:.85em;color:#6b707b;text-align:center',
  img: 'max-width:100%;height:auto;border-radius:4px',
  table: 'width:100%;margin:0 0 1em;border-collapse:collapse;font-size:.9em',
  td: 'padding:.4em;border:1px solid #d5d7dd',
  th: 'padding:.4em;border:1px solid #d5d7dd;font-weight:650',
  a: 'color:#3d5a96',
  hr: 'margin:1.4em 0;border:0;border-top:1px solid #e4e5ea',
}

// dress puts our looks before the author's own, which win.
export function dress(html: string): string {
  return html.replace(/<([a-z][a-z0-9]*)((?:\s[^<>]*)?)>/g, (whole, tag: string, rest: string) => {
    const look = looks[tag]
    if (!look) return whole
    if (/\sstyle="/.test(rest)) return `<${tag}${rest.replace(/\sstyle="/, ` style="${look};`)}>`
    return `<${tag} style="${look}"${rest}>`
  })
}

// linksOf lists where a body's links lead: <rich-text> opens none, and a reviewer must see them.
export function linksOf(html: string): string[] {
  const found = [...html.matchAll(/<a\s[^<>]*href="([^"]*)"/g)].map(([, href]) => unescape(href))
  return [...new Set(found)]
}

const block = /^(p|div|section|blockquote|pre|ul|ol|li|h[1-6]|figure|figcaption|table|thead|tbody|tfoot|tr|td|th|hr|img)$/

export interface Paragraph { block: number; text: string }

// paragraphsOf numbers a body's paragraphs as the service does, where a comment is pinned to
// one: a picture counts, an empty paragraph does not.
export function paragraphsOf(html: string): Paragraph[] {
  const out: Paragraph[] = []
  let count = 0
  let open = ''
  const flush = () => {
    const text = unescape(open).split(/\s+/).filter(Boolean).join(' ')
    open = ''
    if (text) out.push({ block: count++, text })
  }
  for (const [, tag, text] of html.matchAll(/<\/?([a-z][a-z0-9]*)[^<>]*>|([^<]+)/g)) {
    if (text) open += text
    else if (tag === 'br') open += '\n'
    else if (block.test(tag)) flush()
    if (tag === 'img') count++
  }
  flush()
  return out
}

const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

function unescape(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, dec, hex, name) => {
    if (name) return named[name] ?? whole
    return String.fromCodePoint(dec ? Number(dec) : parseInt(hex, 16))
  })
}
