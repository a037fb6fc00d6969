// The pages by name, and the ways between them.
const at = (page: string) => `/pages/${page}/${page}`

export const route = {
  inbox: () => wx.switchTab({ url: at('inbox') }),
  me: () => wx.switchTab({ url: at('me') }),
  join: (scene: string) => wx.redirectTo({ url: `${at('join')}?scene=${scene}` }),
  bind: (scene: string) => wx.redirectTo({ url: `${at('bind')}?scene=${scene}` }),
  nickname: () => wx.navigateTo({ url: at('nickname') }),
  review: (task: string) => wx.navigateTo({ url: `${at('review')}?task=${task}` }),
  publish: (post = '', brand = '') => wx.navigateTo({ url: `${at('publish')}?post=${post}&brand=${brand}` }),
}

// A reader who came through a code finds the inbox behind the page when he goes back.
export const over = {
  review: (task: string) => onInbox(`${at('review')}?task=${task}`),
  publish: (post: string, brand: string) => onInbox(`${at('publish')}?post=${post}&brand=${brand}`),
}

async function onInbox(url: string) {
  await route.inbox()
  await wx.navigateTo({ url })
}
