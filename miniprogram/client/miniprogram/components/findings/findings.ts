// What AI review found in one version: what weighs most first, with the words it is about.
import { call, type Answer } from '../../lib/api'
import { explain, type State, type Trouble } from '../../lib/page'
import { words } from '../../lib/words'

type Report = Answer<'GET', '/articles/{article}/revisions/{number}/ai-report'>
type Finding = Report['findings'][number]

const weight = { error: 0, warn: 1, info: 2 }
const tones = { error: 'bad', warn: 'warn', info: '' }

Component({
  properties: {
    article: String,
    revision: Number,
    stale: Boolean,
  },

  data: {
    w: words(),
    state: 'loading' as State,
    trouble: {} as Trouble,
    pending: false,
    findings: [] as ReturnType<typeof findingOf>[],
    silent: [] as string[],
  },

  lifetimes: {
    attached() {
      this.setData({ w: words() })
      this.load()
    },
  },

  methods: {
    async load() {
      const { article, revision } = this.data
      try {
        const report = await call('GET', '/articles/{article}/revisions/{number}/ai-report', { path: { article, number: revision } })
        this.setData({ state: 'ready', pending: report.state === 'pending', findings: sorted(report.findings).map(findingOf), silent: silentOf(report) })
      } catch (thrown) {
        this.setData({ state: 'error', trouble: explain(thrown) })
      }
    },
  },
})

function sorted(findings: Finding[]): Finding[] {
  return [...findings].sort((a, b) => weight[a.severity] - weight[b.severity])
}

function findingOf({ rule, field, start, severity, name, quote, reason, suggestion = '' }: Finding) {
  const { ai, fields } = words()
  return { key: `${rule} ${field} ${start}`, tone: tones[severity], severity: ai.severity[severity], name, where: fields[field] ?? field, quote, reason, suggestion }
}

// silentOf names the sources that gave no answer, with the reason in words.
function silentOf({ sources }: Report): string[] {
  const { ai, colon } = words()
  return sources.filter(({ state }) => state === 'unavailable').map(({ source, message }) => ai.sources[source] + (message ? colon + message : ''))
}
