// The page that every code, link and message opens. It shows nothing when all is well: it leads on.
import { call } from '../../lib/api'
import { explain, face, type State, type Trouble } from '../../lib/page'
import { refusalOf } from '../../lib/refusal'
import { over, route } from '../../lib/route'
import { look, ofBinding, read, wellFormed, type Scene } from '../../lib/scene'
import { signIn } from '../../lib/session'
import { words } from '../../lib/words'

type Stop = 'ended' | 'malformed' | 'foreign' | 'settled' | 'risk'

Page({
  data: { ...face(), state: 'loading' as State, trouble: {} as Trouble, onward: false },

  scene: '',
  query: {} as Record<string, string | undefined>,

  onLoad(query) {
    this.query = query
    this.scene = read(query)
    return this.load()
  },

  async load() {
    this.setData({ ...face(), state: 'loading' })
    try {
      await signIn()
      if (!this.scene) return await this.fromMessage()
      if (!wellFormed(this.scene)) return this.stop('malformed')
      await this.follow(await look(this.scene))
    } catch (thrown) {
      this.fail(thrown)
    }
  },

  // A message names the task, or the post to publish, that it is about; other ways name nothing.
  async fromMessage() {
    const { task, post, brand } = this.query
    if (task) return over.review(task)
    if (post && brand) return over.publish(post, brand)
    return route.inbox()
  },

  async follow(scene: Scene) {
    if (scene.kind === 'binding') return route.bind(this.scene)
    if (scene.kind === 'invitation') return scene.member ? route.inbox() : route.join(this.scene)
    if (scene.post) return this.toPost(scene.post)
    this.stop('foreign')
  },

  // toPost lands on what the reader can do with a post, an open task before all else.
  async toPost({ id, tasks }: NonNullable<Scene['post']>) {
    const open = tasks.find(({ state }) => state === 'open')
    if (open) return over.review(open.id)
    const mine = (await call('GET', '/to-publish')).items.find(({ post_id }) => post_id === id)
    if (mine) return over.publish(id, mine.brand_id)
    if (tasks.length) return over.review(tasks[0].id)
    this.stop('settled')
  },

  fail(thrown: unknown) {
    const { code } = refusalOf(thrown)
    if (code === 'code_ended' && ofBinding(this.scene)) return route.bind(this.scene)
    if (code === 'code_ended') return this.stop('ended')
    if (code === 'wechat_risk_user') return this.stop('risk')
    this.setData({ state: 'error', trouble: explain(thrown), onward: false })
  },

  stop(why: Stop) {
    const { entry } = words()
    this.setData({ state: 'error', trouble: { title: entry[why], detail: entry[`${why}Detail`], retry: why === 'risk' }, onward: why !== 'risk' })
  },

  toInbox() {
    return route.inbox()
  },
})
