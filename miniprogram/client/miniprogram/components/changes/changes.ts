// What changed between two versions: words that came and went, and media.
import { call } from '../../lib/api'
import { explain, type State, type Trouble } from '../../lib/page'
import { words } from '../../lib/words'
import { shown as contentShown, type Content } from '../preview/shown'
import { shown } from './shown'

Component({
  properties: {
    article: String,
    from: Number,
    to: Number,
    content: Object, // of the newer version: its pictures have addresses
  },

  data: {
    w: words(),
    state: 'loading' as State,
    trouble: {} as Trouble,
    diff: {} as ReturnType<typeof shown>,
  },

  lifetimes: {
    attached() {
      this.setData({ w: words() })
      this.load()
    },
  },

  methods: {
    async load() {
      const { article, from, to, content } = this.data
      try {
        const diff = await call('GET', '/articles/{article}/revisions/{number}/diff', { path: { article, number: to }, query: { against: from } })
        const { cover, pictures, inBody } = contentShown(content as Content, '')
        this.setData({ state: diff.fields.length ? 'ready' : 'empty', diff: shown(diff, [...(cover ? [cover] : []), ...pictures, ...inBody]) })
      } catch (thrown) {
        this.setData({ state: 'error', trouble: explain(thrown) })
      }
    },
  },
})
