// node tools/fresh.mjs makes what is generated anew, elsewhere, and says what was stale:
// sandbox/phone of the bench, and lib/schema.d.ts of docs/openapi.yaml.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const client = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'countersign-fresh-'))
const run = (script, ...args) => execFileSync('npm', ['run', '--silent', script, '--', ...args], { cwd: client, stdio: ['ignore', 'ignore', 'inherit'] })

const stale = []
const compare = (committed, made, how) => {
  const before = fs.existsSync(committed) ? fs.readFileSync(committed) : Buffer.alloc(0)
  if (!before.equals(fs.readFileSync(made))) stale.push(`${path.relative(path.join(client, '../..'), committed)} is stale: ${how}`)
}

try {
  run('build', scratch)
  for (const file of fs.readdirSync(scratch)) compare(path.join(client, '../../sandbox/phone', file), path.join(scratch, file), 'make phone')
  const schema = path.join(scratch, 'schema.d.ts')
  run('api', '-o', schema)
  compare(path.join(client, 'miniprogram/lib/schema.d.ts'), schema, 'npm run schema in miniprogram/client')
} finally {
  fs.rmSync(scratch, { recursive: true })
}
if (stale.length) {
  console.error(stale.join('\n'))
  process.exit(1)
}
