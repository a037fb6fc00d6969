// A phone's storage; each identity has its own, so that changing it is changing phones.
export function storage(openid: string) {
  const at = (key: string) => `wx:${openid}:${key}`
  const read = (key: string) => {
    const kept = localStorage.getItem(at(key))
    return kept === null ? undefined : JSON.parse(kept)
  }
  const write = (key: string, data: unknown) => localStorage.setItem(at(key), JSON.stringify(data))
  const drop = (key: string) => localStorage.removeItem(at(key))
  return {
    getStorageSync: (key: string) => read(key) ?? '',
    setStorageSync: write,
    removeStorageSync: drop,
  }
}
