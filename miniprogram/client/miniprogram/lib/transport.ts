import { host } from './config'
import { Refusal, type Problem, type Silence } from './refusal'
import { language } from './words'

export type Headers = Record<string, string>

export interface Letter {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string // below /api/v1, query included
  body?: object
  headers?: Headers
}

const patience = 15_000 // ms
const pauses = [500, 1500] // ms before the second and the third try
const longestPause = 4_000

// send makes one request and gives the answer's JSON, or rejects with a Refusal.
export function send(letter: Letter): Promise<unknown> {
  return new Promise((resolve, reject) => {
    wx.request({
      ...verb(letter.method, letter.headers),
      url: `${host}/api/v1${letter.url}`,
      data: letter.body,
      timeout: patience,
      success: (answer) => {
        if (answer.statusCode < 300) resolve(answer.data)
        else reject(refused(answer))
      },
      fail: ({ errMsg }) => reject(new Refusal(silence(errMsg))),
    })
  })
}

// download fetches a picture into a file of the phone's.
export function download({ url, headers }: Letter): Promise<string> {
  return new Promise((resolve, reject) => {
    wx.downloadFile({
      url: `${host}/api/v1${url}`,
      header: headers,
      timeout: patience,
      success: ({ statusCode, tempFilePath }) => {
        if (statusCode < 300) resolve(tempFilePath)
        else reject(new Refusal(statusCode > 500 ? 'unavailable' : 'internal', statusCode)) // what it says is in the file
      },
      fail: ({ errMsg }) => reject(new Refusal(silence(errMsg))),
    })
  })
}

// verb is how a method travels: wx.request cannot send PATCH, so it goes as a POST that says so.
function verb(method: Letter['method'], headers: Letter['headers']) {
  const header: Headers = { 'Accept-Language': language(), 'Content-Type': 'application/json', ...headers }
  if (method !== 'PATCH') return { method, header }
  return { method: 'POST' as const, header: { ...header, 'X-HTTP-Method-Override': method } }
}

function silence(errMsg: string): Silence {
  return /time?d? ?out/i.test(errMsg) ? 'slow' : 'offline'
}

// refused reads a problem; what is none came from something in between, such as a proxy.
function refused({ statusCode, data, header }: WechatMiniprogram.RequestSuccessCallbackResult): Refusal {
  const problem = (typeof data === 'object' ? data : undefined) as Problem | undefined
  const after = Object.keys(header).find((name) => name.toLowerCase() === 'retry-after')
  const code = problem?.code ?? (statusCode > 500 ? 'unavailable' : 'internal')
  return new Refusal(code, statusCode, problem, after ? Number(header[after as keyof typeof header]) || 0 : 0)
}

// persist repeats a request whose answer was lost, or that found the service busy, twice at
// most. Everything sent here is safe to repeat: it reads, replaces, or carries a key.
export async function persist(letter: Letter, tried = 0): Promise<unknown> {
  try {
    return await send(letter)
  } catch (thrown) {
    const refusal = thrown as Refusal
    if (tried === pauses.length || !passing(refusal)) throw refusal
    await pause(Math.max(pauses[tried], Math.min(refusal.retryAfter * 1000, longestPause)))
    return persist(letter, tried + 1)
  }
}

// passing says that the same request may well succeed a moment later.
export function passing({ code, status }: Refusal): boolean {
  return code === 'offline' || code === 'slow' || status === 503
}

export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}
