// The service that each edition of the mini-program talks to. Before a release, put your
// own hosts here; each must be listed as a request domain in the mini-program's console.
const hosts = {
  develop: 'http://127.0.0.1:8080',
  trial: 'https://countersign.example.com',
  release: 'https://countersign.example.com',
}

const { miniProgram } = wx.getAccountInfoSync()

export const host = hosts[miniProgram.envVersion]

// Only a release carries a version; the other editions say what they are.
export const version = miniProgram.version || miniProgram.envVersion
