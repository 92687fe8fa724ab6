/**
 * `npm run build`: src, parsers and reports as JavaScript with declarations in dist/; before that the page of the HTML
 * report.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildClient } from './build-client.js'
import bundleCommand from './bundle-command.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const bin = join(root, 'dist/src/cli/main.js')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

const page = await buildClient()
rmSync(join(root, 'dist'), { recursive: true, force: true })
const run = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit', cwd: root })
if (run.status !== 0) process.exit(run.status ?? 1)

if (!readFileSync(bin, 'utf8').startsWith('#!/usr/bin/env node\n')) {
  console.error('build: src/cli/main.ts must start with #!/usr/bin/env node, or the command does not run')
  process.exit(1)
}
await bundleCommand(root, page)
chmodSync(bin, 0o755)
