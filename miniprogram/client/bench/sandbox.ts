// The stand-in for WeChat that the demo runs: its endpoints below /sandbox/wechat/.
export interface Identity {
  openid: string
  nickname: string
}

export interface Message {
  openid: string
  page: string
  data: Record<string, string>
  at: string
}

export interface Place {
  path: string
  query: string
}

async function ask(path: string, body?: BodyInit): Promise<any> {
  const response = await fetch(`/sandbox/wechat/${path}`, body === undefined ? {} : { method: 'POST', body })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
}

const json = (body: object) => JSON.stringify(body)

export const sandbox = {
  identities: async (): Promise<Identity[]> => (await ask('identities')).items,
  visit: (openid?: string, nickname?: string): Promise<Identity> => ask('identities', json({ openid, nickname })),
  loginCode: async (openid: string): Promise<string> => (await ask('codes', json({ openid }))).code,
  grant: (openid: string, template_id: string) => ask('grants', json({ openid, template_id, count: 1 })),
  messages: async (openid: string): Promise<Message[]> => (await ask('messages')).items.filter((message: Message) => message.openid === openid),

  // scan reads a picture as the phone's camera would.
  async scan(picture: Blob): Promise<Place> {
    const { page, scene } = await ask('scan', picture)
    return { path: page, query: `scene=${encodeURIComponent(scene)}` }
  },

  // read understands what people are sent as text: a link of either kind, or the bare token.
  async read(text: string, home: string): Promise<Place> {
    const link = /\/sandbox\/wechat\/l\/(\w+)/.exec(text)
    if (link) return ask(`l/${link[1]}`)
    const token = /\/i\/([\w.-]+)/.exec(text)?.[1] ?? text.trim()
    return { path: home, query: `scene=${encodeURIComponent(token)}` }
  },
}
