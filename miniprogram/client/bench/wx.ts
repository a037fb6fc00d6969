// The stand-in for wx: real where a browser can be real, and WeChat's rules where it cannot.
// Every call is recorded in window.bench.calls, and may be answered by window.bench.mock.
import { bench, record } from './bench'
import type { Desk } from './desk'
import type { Stack } from './stack'
import { device } from './wx/device'
import { download, request } from './wx/request'
import { screen } from './wx/screen'
import { storage } from './wx/storage'
import { account } from './wx/account'

export interface Options {
  success?: (result: object) => void
  fail?: (result: object) => void
  complete?: (result: object) => void
  [name: string]: any
}

type Real = (options: any) => unknown

export function makeWx(stack: Stack, desk: Desk): Record<string, unknown> {
  const later: Record<string, Real> = {
    ...account(desk),
    ...screen(stack),
    ...device.later,
    ...ways(stack),
  }
  const atOnce: Record<string, (...given: any[]) => unknown> = {
    ...device.atOnce,
    ...storage(desk.openid),
  }
  return { ...map(later, promised), ...map(atOnce, recorded), request, downloadFile: download }
}

function ways(stack: Stack): Record<string, Real> {
  return {
    navigateTo: (to) => stack.navigateTo(to),
    redirectTo: (to) => stack.redirectTo(to),
    switchTab: (to) => stack.switchTab(to),
    navigateBack: (to) => stack.navigateBack(to ?? {}),
  }
}

function map<T, U>(of: Record<string, T>, make: (name: string, value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, make(name, value)]))
}

// promised follows WeChat: callbacks when any is given, else a promise, rejected with { errMsg }.
function promised(name: string, real: Real) {
  return (options: Options = {}) => {
    record(name, options)
    const answer = perform(name, real, options)
    if (!options.success && !options.fail && !options.complete) return answer
    answer.then(
      (result) => {
        options.success?.(result)
        options.complete?.(result)
      },
      (failure) => {
        options.fail?.(failure)
        options.complete?.(failure)
      },
    )
  }
}

// perform starts at once, so that what belongs to a tap is still within it.
async function perform(name: string, real: Real, options: Options): Promise<object> {
  try {
    const result = await (bench.mock[name] ?? real)(options)
    return { errMsg: `${name}:ok`, ...(result as object) }
  } catch (thrown) {
    const { errMsg, message, ...rest } = thrown as Record<string, string>
    throw { ...rest, errMsg: errMsg ?? `${name}:fail ${message}` }
  }
}

function recorded(name: string, real: (...given: any[]) => unknown) {
  return (...given: any[]) => {
    record(name, given[0])
    return bench.mock[name] ? bench.mock[name]!(given[0]) : real(...given)
  }
}
