// A phone's storage; each identity has its own, so that changing it is changing phones.
export function storage(openid: string) {
  const at = (key: string) => `wx:${openid}:${key}`
  const read = (key: string) => {
    const kept = localStorage.getItem(at(key))
    return kept === null ? undefined : JSON.parse(kept)
  }
  const write = (key: string, data: unknown) => localStorage.setItem(at(key), JSON.stringify(data))
  const drop = (key: string) => localStorage.removeItem(at(key))
  const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(at(''))).map((key) => key.slice(at('').length))
  return {
    atOnce: {
      getStorageSync: (key: string) => read(key) ?? '',
      setStorageSync: write,
      removeStorageSync: drop,
      clearStorageSync: () => keys().forEach(drop),
      getStorageInfoSync: () => ({ keys: keys(), currentSize: 0, limitSize: 10_240 }),
    },
    later: {
      getStorage: ({ key }: { key: string }) => {
        const data = read(key)
        if (data === undefined) throw new Error('data not found')
        return { data }
      },
      setStorage: ({ key, data }: { key: string; data: unknown }) => write(key, data),
      removeStorage: ({ key }: { key: string }) => drop(key),
      clearStorage: () => keys().forEach(drop),
    },
  }
}
