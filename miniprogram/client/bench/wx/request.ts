// wx.request and wx.downloadFile, over fetch, to the bench's own server.
import { bench, ours, record } from '../bench'
import type { Options } from '../wx'

const methods = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT'] // WeChat knows no PATCH
const patience = 60_000 // ms, WeChat's default

export function request(options: Options = {}) {
  const { url, method, data, header } = options
  record('request', { url, method, data, header })
  return answered('request', options, (signal) => fetched(options, signal))
}

export function download(options: Options = {}) {
  record('downloadFile', { url: options.url })
  return answered('downloadFile', options, async (signal) => {
    const response = await fetch(ours(options.url), { headers: options.header, signal })
    return { statusCode: response.status, tempFilePath: URL.createObjectURL(await response.blob()) }
  })
}

async function fetched({ url, method = 'GET', data, header, dataType = 'json' }: Options, signal: AbortSignal) {
  const verb = method.toUpperCase()
  if (!methods.includes(verb)) throw new Error('invalid method')
  const bodiless = verb === 'GET' || verb === 'HEAD'
  const body = bodiless || data === undefined ? undefined : typeof data === 'string' ? data : JSON.stringify(data)
  const headers = new Headers({ 'content-type': 'application/json' })
  for (const [name, value] of Object.entries(header ?? {})) headers.set(name, String(value))
  const response = await fetch(withQuery(ours(url), bodiless ? data : undefined), { method: verb, headers, body, signal })
  const text = await response.text()
  return { statusCode: response.status, data: dataType === 'json' ? parsed(text) : text, header: Object.fromEntries(response.headers), cookies: [] }
}

function withQuery(url: string, data: Record<string, unknown> | undefined): string {
  const full = new URL(url, location.origin)
  for (const [name, value] of Object.entries(data ?? {})) full.searchParams.set(name, String(value))
  return full.href
}

// parsed is what WeChat makes of an answer: JSON when it is, else the text.
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

// answered calls back, never rejects, and can be aborted: these two give a task, no promise.
function answered(name: string, options: Options, run: (signal: AbortSignal) => Promise<object>) {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(new Error('timeout')), options.timeout ?? patience)
  const mocked = bench.mock[name]
  const real = async () => ({ ...((mocked && (await mocked(options))) ?? (await run(abort.signal))) as object, errMsg: `${name}:ok` })
  real()
    .then(
      (result) => [options.success, result] as const,
      (thrown) => [options.fail, { errMsg: `${name}:fail ${(abort.signal.reason ?? thrown).message}`, errno: 600000 }] as const,
    )
    .then(([tell, result]) => {
      clearTimeout(timer)
      tell?.(result)
      options.complete?.(result)
    })
  const none = () => undefined
  return { abort: () => abort.abort(new Error('abort')), onHeadersReceived: none, offHeadersReceived: none, onProgressUpdate: none, offProgressUpdate: none }
}
