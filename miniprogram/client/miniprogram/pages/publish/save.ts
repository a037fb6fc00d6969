import { words } from '../../lib/words'

// savePicture puts a picture of ours into the phone's album and says what came of it.
export async function savePicture(url: string): Promise<string> {
  const file = await download(url)
  try {
    await wx.saveImageToPhotosAlbum({ filePath: file })
    return words().publish.saved
  } catch (thrown) {
    return await explained(thrown as { errMsg: string })
  }
}

function download(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    wx.downloadFile({ url, success: ({ tempFilePath }) => resolve(tempFilePath), fail: reject })
  })
}

// A user who said no once is not asked again; only WeChat's settings can change that.
async function explained({ errMsg }: { errMsg: string }): Promise<string> {
  if (/cancel/.test(errMsg)) return words().cancelled
  const answer = await wx.showModal({ title: words().publish.denied, confirmText: words().open, cancelText: words().cancel })
  if (answer.confirm) await wx.openSetting({})
  return words().cancelled
}
