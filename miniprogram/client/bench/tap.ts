// WeChat grants some calls only within a tap: while its handler runs, before anything is awaited.
export const tap = {
  active: false,

  during<T>(type: string, run: () => T): T {
    tap.active = type === 'tap'
    try {
      return run()
    } finally {
      tap.active = false
    }
  },
}
