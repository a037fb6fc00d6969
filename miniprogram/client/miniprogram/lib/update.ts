import { words } from './words'

// offerUpdate restarts into a newer release once WeChat has fetched it, when the user agrees.
export function offerUpdate() {
  if (!wx.getUpdateManager) return
  const manager = wx.getUpdateManager()
  manager.onUpdateReady(async () => {
    const { title, confirm, cancel } = words().update
    const answer = await wx.showModal({ title, confirmText: confirm, cancelText: cancel })
    if (answer.confirm) manager.applyUpdate()
  })
}
