// The content as it will be published: an article on its page, a film with its words, or a post.
import { say } from '../../lib/page'
import { words } from '../../lib/words'
import { shown, type Content } from './shown'

Component({
  properties: {
    content: Object,
    platform: String,
  },

  data: {
    w: words().review,
    c: {} as ReturnType<typeof shown>,
  },

  observers: {
    'content, platform'(content: Content | null, platform: string) {
      if (content && platform) this.setData({ w: words().review, c: shown(content, platform) })
    },
  },

  methods: {
    // All pictures are one album, in the order in which they are shown.
    view({ currentTarget }: WechatMiniprogram.TouchEvent) {
      const { cover, pictures, inBody } = this.data.c
      const album = [...(cover ? [cover] : []), ...inBody, ...pictures]
      wx.previewImage({ urls: album.map(({ url }) => url), current: currentTarget.dataset.url as string })
    },

    async copy({ currentTarget }: WechatMiniprogram.TouchEvent) {
      await wx.setClipboardData({ data: currentTarget.dataset.link as string })
      say(words().review.copied)
    },

    tick({ detail }: WechatMiniprogram.VideoTimeUpdate) {
      this.triggerEvent('tick', { second: detail.currentTime })
    },

    seek(second: number) {
      const film = wx.createVideoContext('film', this)
      film.seek(second)
      film.play()
    },

    // Addresses of pictures live for an hour or two.
    broken() {
      this.triggerEvent('broken')
    },
  },
})
