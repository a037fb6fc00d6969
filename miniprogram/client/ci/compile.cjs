// node compile.cjs compiles the mini-program with WeChat's own compiler, without WeChat: no
// account, no upload. It finds what the tools here cannot, and how large the package gets.
const { generateKeyPairSync } = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const most = 150 * 1024 // bytes of the package; WeChat itself takes 2 MB
const limit = 120_000 // ms

// The compiler wants an upload key, though it uploads nothing.
function key(folder) {
  const file = path.join(folder, 'key.pem')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs1', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } })
  fs.writeFileSync(file, privateKey)
  return file
}

// What WeChat's server would tell of the account: a plain mini-program with the usual limits.
const account = {
  platform: false,
  appType: 0,
  isSandbox: false,
  released: false,
  setting: {
    MaxCodeSize: 2,
    MaxSubpackageSubCodeSize: 2,
    MaxSubpackageFullCodeSize: 30,
    NavigateMiniprogramLimit: 10,
    MaxSubPackageLimit: 100,
    MinTabbarCount: 2,
    MaxTabbarCount: 5,
    MaxTabbarIconSize: 40,
    MaxCustomTabbarCount: 5,
  },
}

async function compile(folder) {
  const ci = require('miniprogram-ci')
  const client = path.resolve(__dirname, '..')
  const { setting } = JSON.parse(fs.readFileSync(path.join(client, 'project.config.json'), 'utf8'))
  const ignores = ['node_modules/**/*', 'bench/**/*', 'ci/**/*', 'test/**/*', 'tools/**/*']
  const project = new ci.Project({ appid: 'wx0123456789abcdef', type: 'miniProgram', projectPath: client, privateKeyPath: key(folder), ignores })
  Object.assign(project, { attr: async () => account, attrSync: () => account, _attr: account })
  const { es6, useCompilerPlugins } = setting
  const files = await ci.getCompiledResult({ project, version: '0.0.0', desc: '', setting: { es6, minify: true, useCompilerPlugins }, onProgressUpdate: () => {} }, path.join(folder, 'out.zip'))
  return Object.values(files).reduce((sum, file) => sum + Buffer.byteLength(file), 0)
}

async function main() {
  try {
    require.resolve('miniprogram-ci')
  } catch {
    console.log('skipped: miniprogram-ci is not installed; npm ci in miniprogram/client/ci brings it')
    return 0
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-compile-'))
  const size = await compile(folder).finally(() => fs.rmSync(folder, { recursive: true }))
  console.log(`the package has ${Math.ceil(size / 1024)} KB, at most ${most / 1024} are allowed`)
  return size > most ? 1 : 0
}

// The compiler leaves timers behind, and logs what it cannot reach: the exit is ours.
setTimeout(() => process.exit(1), limit).unref()
main().then((code) => process.exit(code), (thrown) => {
  console.error(thrown.message ?? thrown)
  process.exit(1)
})
