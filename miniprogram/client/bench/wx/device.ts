// What wx tells of the phone, and does with it.
const dark = matchMedia('(prefers-color-scheme: dark)')
const version = '3.8.12' // of the base library that the bench follows

function base() {
  const language = navigator.language.startsWith('zh') ? 'zh_CN' : 'en'
  return { SDKVersion: version, version: '8.0.60', language, theme: dark.matches ? 'dark' : 'light', fontSizeSetting: 17, enableDebug: false, host: { env: 'WeChat' } }
}

const none = () => undefined

// A page of ours has one film at most, so the one that is shown is meant.
function film() {
  const shown = document.querySelector<HTMLVideoElement>('.mp-view:not([hidden]) video')
  return {
    play: () => shown?.play().catch(none), // a browser may forbid it
    pause: () => shown?.pause(),
    seek: (second: number) => shown && (shown.currentTime = second),
  }
}

export const device = {
  atOnce: {
    getAccountInfoSync: () => ({ miniProgram: { appId: 'touristappid', envVersion: 'develop', version: '' } }),
    getAppBaseInfo: base,
    getUpdateManager: () => ({ onCheckForUpdate: none, onUpdateReady: none, onUpdateFailed: none, applyUpdate: () => location.reload() }),
    createVideoContext: film,
    nextTick: (run: () => void) => setTimeout(run), // WeChat: the next slice of time, like setTimeout
  },
  later: {
    setClipboardData: ({ data }: { data: string }) => navigator.clipboard.writeText(data).catch(none), // a browser may forbid it
    vibrateShort: () => navigator.vibrate?.(15),
  },
}
