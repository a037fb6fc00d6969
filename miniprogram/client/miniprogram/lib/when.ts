// Instants as people read them: in the brand's zone, near ones by the name of their day.
import { fill, language, words } from './words'

interface Clock { year: number; month: number; day: number; hour: number; minute: number }

const home = 'Asia/Shanghai'
const homeOffset = 8 * 3600_000 // ms; Shanghai has no summer time
const day = 24 * 3600_000

export function when(iso: string, zone = home): string {
  const at = clock(Date.parse(iso), zone)
  const now = clock(Date.now(), zone)
  const time = `${two(at.hour)}:${two(at.minute)}`
  if (same(at, now)) return `${words().today} ${time}`
  if (same(at, clock(Date.now() + day, zone))) return `${words().tomorrow} ${time}`
  return `${date(at, at.year !== now.year)} ${time}`
}

// left is a length of time as a clock shows it: 09:59, 1:09:59, 3 days.
export function left(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  if (ms >= 2 * day) return fill(words().days, { count: Math.floor(ms / day) })
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`
}

function date({ year, month, day }: Clock, withYear: boolean): string {
  if (language() === 'zh-CN') return `${withYear ? `${year}年` : ''}${month}月${day}日`
  const name = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')[month - 1]
  return `${name} ${day}${withYear ? `, ${year}` : ''}`
}

function clock(ms: number, zone: string): Clock {
  try {
    return parts(ms, zone)
  } catch {
    return shifted(ms, zone) // an older phone, whose Intl has no zones
  }
}

function parts(ms: number, zone: string): Clock {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' })
  const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  return part as unknown as Clock
}

function shifted(ms: number, zone: string): Clock {
  const offset = zone === home ? homeOffset : -new Date(ms).getTimezoneOffset() * 60_000
  const at = new Date(ms + offset)
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate(), hour: at.getUTCHours(), minute: at.getUTCMinutes() }
}

function same(a: Clock, b: Clock): boolean {
  return a.year === b.year && a.month === b.month && a.day === b.day
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}
