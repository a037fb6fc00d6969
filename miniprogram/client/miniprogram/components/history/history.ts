// Everything that happened to the task's article, in its order and in sentences of the service.
import { call, type Answer } from '../../lib/api'
import { explain, type State, type Trouble } from '../../lib/page'
import { when } from '../../lib/when'
import { words } from '../../lib/words'

type Happened = Answer<'GET', '/tasks/{task}/timeline'>['items'][number]

Component({
  properties: {
    task: String,
    zone: String,
  },

  data: {
    w: words(),
    state: 'loading' as State,
    trouble: {} as Trouble,
    lines: [] as ReturnType<typeof lineOf>[],
    cursor: '',
  },

  lifetimes: {
    attached() {
      this.setData({ w: words() })
      this.load()
    },
  },

  methods: {
    load() {
      return this.read([], '')
    },

    more() {
      return this.read(this.data.lines, this.data.cursor)
    },

    // again goes on where it stopped.
    again() {
      return this.data.cursor ? this.more() : this.load()
    },

    async read(before: ReturnType<typeof lineOf>[], cursor: string) {
      const { task, zone } = this.data
      try {
        const { items, next_cursor = '' } = await call('GET', '/tasks/{task}/timeline', { path: { task }, query: { cursor: cursor || undefined } })
        const all = [...before, ...items.map((item, n) => lineOf(item, before.length + n, zone))]
        this.setData({ state: all.length ? 'ready' : 'empty', lines: all, cursor: next_cursor })
      } catch (thrown) {
        this.setData({ state: 'error', trouble: explain(thrown) })
      }
    },
  },
})

const tones: Record<string, string> = { 'task.approved': 'good', 'task.rejected': 'warn' }

function lineOf({ at, kind, text, comment = '' }: Happened, key: number, zone: string) {
  const said = text.includes(comment) ? '' : comment // some sentences have the words already
  return { key, at: when(at, zone || undefined), text, comment: said, tone: tones[kind] ?? '' }
}
