import { words } from '../../lib/words'

// savePicture puts a file of the phone's into its album and says what came of it.
export async function savePicture(filePath: string): Promise<string> {
  try {
    await wx.saveImageToPhotosAlbum({ filePath })
    return words().publish.saved
  } catch (thrown) {
    return explained(thrown as { errMsg: string })
  }
}

// A user who said no once is not asked again; only WeChat's settings can change that.
async function explained({ errMsg }: { errMsg: string }): Promise<string> {
  if (/cancel/.test(errMsg)) return words().cancelled
  const answer = await wx.showModal({ title: words().publish.denied, confirmText: words().open, cancelText: words().cancel })
  if (answer.confirm) await wx.openSetting({})
  return words().cancelled
}
