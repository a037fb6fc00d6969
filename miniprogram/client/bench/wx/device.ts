// What wx tells of the phone, and does with it.
const dark = matchMedia('(prefers-color-scheme: dark)')
const version = '3.8.12' // of the base library that the bench follows

function screenOf() {
  const { clientWidth, clientHeight } = document.getElementById('screen')!
  const size = { windowWidth: clientWidth, windowHeight: clientHeight, screenWidth: clientWidth, screenHeight: clientHeight, pixelRatio: devicePixelRatio }
  return { ...size, statusBarHeight: 0, safeArea: { left: 0, top: 0, right: clientWidth, bottom: clientHeight, width: clientWidth, height: clientHeight } }
}

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

// A listener of the browser's, in the shape that wx gives to one.
const network = (tell: (of: object) => void) => {
  const say = () => tell({ isConnected: navigator.onLine, networkType: navigator.onLine ? 'wifi' : 'none' })
  for (const name of ['online', 'offline']) addEventListener(name, say)
}

export const device = {
  atOnce: {
    getAccountInfoSync: () => ({ miniProgram: { appId: 'touristappid', envVersion: 'develop', version: '' } }),
    getWindowInfo: screenOf,
    getAppBaseInfo: base,
    getDeviceInfo: () => ({ brand: 'bench', model: 'bench', system: 'bench', platform: 'devtools' }),
    getSystemInfoSync: () => ({ ...screenOf(), ...base() }),
    getMenuButtonBoundingClientRect: () => document.getElementById('capsule')!.getBoundingClientRect(),
    getUpdateManager: () => ({ onCheckForUpdate: none, onUpdateReady: none, onUpdateFailed: none, applyUpdate: () => location.reload() }),
    canIUse: () => true,
    createVideoContext: film,
    nextTick: (run: () => void) => setTimeout(run), // WeChat: the next slice of time, like setTimeout
    onThemeChange: (tell: (of: object) => void) => dark.addEventListener('change', () => tell({ theme: dark.matches ? 'dark' : 'light' })),
    offThemeChange: none,
    onNetworkStatusChange: network,
    offNetworkStatusChange: none,
    onNeedPrivacyAuthorization: none,
  },
  later: {
    getSystemInfo: () => ({ ...screenOf(), ...base() }),
    getNetworkType: () => ({ networkType: navigator.onLine ? 'wifi' : 'none' }),
    setClipboardData: ({ data }: { data: string }) => navigator.clipboard.writeText(data).catch(none), // a browser may forbid it
    vibrateShort: () => navigator.vibrate?.(15),
    authorize: () => ({}),
  },
}
