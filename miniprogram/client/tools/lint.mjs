// node tools/lint.mjs refuses what WeChat's compiler lets through, or finds only on its servers.
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expressionFaults, tagFaults } from './wxml.mjs'
import { handlerFaults, styleFaults } from './page.mjs'

const client = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const root = path.join(client, 'miniprogram')

const files = fs.readdirSync(root, { recursive: true }).filter((file) => file.endsWith('.wxml')).sort()
const faults = files.flatMap((file) => {
  const text = fs.readFileSync(path.join(root, file), 'utf8')
  return [...expressionFaults(text), ...tagFaults(text, componentsOf(file)), ...handlerFaults(root, file, text), ...styleFaults(root, file)].map((fault) => `${file}:${fault.line} ${fault.says}`)
})

// componentsOf are the tags that a page or component declares; a shared template declares none.
function componentsOf(file) {
  const config = path.join(root, file.replace(/\.wxml$/, '.json'))
  return fs.existsSync(config) ? Object.keys(JSON.parse(fs.readFileSync(config, 'utf8')).usingComponents ?? {}) : []
}

if (faults.length) {
  console.error(faults.join('\n'))
  process.exit(1)
}
