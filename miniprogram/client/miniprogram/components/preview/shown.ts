// shown is a content as its preview has it: one of three kinds, with addresses and lines.
import type { components } from '../../lib/schema'
import { words } from '../../lib/words'
import { dress, linksOf } from './body'

export type Content = components['schemas']['ContentOut']
type Media = components['schemas']['MediaOut']

export interface Picture { id: string; url: string; small: string }

const kinds: Record<string, 'article' | 'film'> = { wechat_official: 'article', douyin: 'film' }

export function shown(content: Content, platform: string) {
  const { title = '', author = '', summary = '', text = '', body_html = '', original_url = '', link = '', video } = content
  return {
    kind: kinds[platform] ?? 'generic',
    title: title || (text ? '' : words().review.untitled),
    author,
    summary,
    text,
    body: dress(body_html),
    links: linksOf(body_html),
    original: original_url,
    link,
    tags: [...(content.hashtags ?? []).map((tag) => `#${tag}`), ...(content.mentions ?? []).map((name) => `@${name}`)],
    cover: content.cover && picture(content.cover),
    video: video?.url ?? '',
    wide: Boolean(video?.width && video.height && video.width > video.height),
    pictures: (content.pictures ?? []).map(picture),
    inBody: (content.body_pictures ?? []).map(picture),
  }
}

function picture({ id, url = '', thumb_url = url }: Media): Picture {
  return { id, url, small: thumb_url }
}
