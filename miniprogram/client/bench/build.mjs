// node bench/build.mjs compiles ../miniprogram into sandbox/phone, a page that any browser opens:
// index.html, phone.js, phone.css. The same sources always give the same bytes.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { entriesOf } from './entries.mjs'
import { templatesOf } from './wxml.mjs'
import { cssOf } from './wxss.mjs'

const bench = path.dirname(fileURLToPath(import.meta.url))
const client = path.dirname(bench)
const out = path.resolve(process.argv[2] ?? path.join(client, '../../sandbox/phone'))

const { miniprogramRoot } = JSON.parse(fs.readFileSync(path.join(client, 'project.config.json'), 'utf8'))
const root = path.join(client, miniprogramRoot)
const read = (file) => fs.readFileSync(path.join(root, file), 'utf8')
const has = (file) => fs.existsSync(path.join(root, file))
const json = (file) => (has(file) ? JSON.parse(read(file)) : {})

const app = json('app.json')
const entries = entriesOf(app, json)
const { templates, problems } = templatesOf(Object.keys(entries), read)
if (problems.length) {
  console.error(problems.join('\n'))
  process.exit(1)
}

// The bundle is one script: the mini-program's own modules, run by the host.
function source() {
  const loads = Object.keys(entries).map((name) => `${JSON.stringify(name)}: () => require(${JSON.stringify(`./${name}`)})`)
  return `
    import { start } from 'bench/host.ts'
    start({
      app: ${JSON.stringify(app)},
      theme: ${JSON.stringify(app.themeLocation ? json(app.themeLocation) : {})},
      entries: ${JSON.stringify(entries)},
      templates: ${templates},
      loadApp: () => require('./app'),
      loads: {${loads.join(', ')}},
    })`
}

const compiled = await build({
  stdin: { contents: source(), resolveDir: root, sourcefile: 'phone', loader: 'js' },
  absWorkingDir: client,
  alias: { bench, 'glass-easel': path.join(client, 'node_modules/glass-easel/dist/glass_easel.all.es.js') },
  bundle: true,
  format: 'iife',
  target: 'es2022',
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  resolveExtensions: ['.ts', '.js'],
  write: false,
  logLevel: 'warning',
})

const style = await build({
  stdin: { contents: fs.readFileSync(path.join(bench, 'phone.css'), 'utf8') + cssOf(entries, read, has), loader: 'css' },
  minify: true,
  charset: 'utf8',
  target: 'chrome120',
  write: false,
  logLevel: 'warning',
})

fs.mkdirSync(out, { recursive: true })
fs.copyFileSync(path.join(bench, 'index.html'), path.join(out, 'index.html'))
fs.writeFileSync(path.join(out, 'phone.js'), compiled.outputFiles[0].contents)
fs.writeFileSync(path.join(out, 'phone.css'), style.outputFiles[0].contents)
console.log(fs.readdirSync(out).sort().map((file) => `${file} ${fs.statSync(path.join(out, file)).size}`).join(', '))
