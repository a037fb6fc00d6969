// The places in a content that a comment may be pinned to.
import { fill, words } from '../../lib/words'
import { paragraphsOf } from '../preview/body'
import { shown, type Content, type Picture } from '../preview/shown'
import { clock, type Anchor } from './threads'

export interface Place { key: string; name: string; small: string; anchor: Anchor }

const shownOf = 80 // characters of a paragraph in the list
const quoted = 200 // characters that the service takes

export function picturesOf(content: Content): Picture[] {
  const { cover, pictures, inBody } = shown(content, '')
  return [...(cover ? [cover] : []), ...inBody, ...pictures]
}

export function placesOf(content: Content, second: number): Place[] {
  const { anchors, pictureOf } = words().talk
  const everything = { key: 'article', name: anchors.article, small: '', anchor: { kind: 'article' as const } }
  const film = content.video ? [{ key: 'second', name: fill(anchors.second, { time: clock(second) }), small: '', anchor: { kind: 'second' as const, second: Math.floor(second) } }] : []
  const pictures = picturesOf(content).map(({ id, small }, at) => ({ key: id, name: fill(pictureOf, { number: at + 1 }), small, anchor: { kind: 'picture' as const, media_id: id } }))
  const paragraphs = paragraphsOf(content.body_html ?? '').map(({ block, text }) => ({
    key: `p${block}`,
    name: cut(text, shownOf),
    small: '',
    anchor: { kind: 'paragraph' as const, block, quote: Array.from(text).slice(0, quoted).join('') },
  }))
  return [everything, ...film, ...paragraphs, ...pictures]
}

function cut(text: string, length: number): string {
  const letters = Array.from(text)
  return letters.length > length ? `${letters.slice(0, length).join('')}…` : text
}
