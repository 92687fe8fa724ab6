/**
 * `npm start`: analyzes a sample of the repository, or with arguments (`npm start -- my.rdb`) whatever they say.
 * Runs the sources, so that a fresh clone needs no build.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SAMPLE = 'samples/redis-7.4.1/app.rdb'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
if (process.argv.length === 2) {
  process.argv.push(join(root, SAMPLE))
  console.error(`npm start: analyzing the sample ${SAMPLE}; your own dump: npm start -- path/to/dump.rdb\n`)
} else if (process.env.INIT_CWD !== undefined) {
  // npm runs scripts in the package folder; paths are meant from where the user typed.
  process.chdir(process.env.INIT_CWD)
}
// `npm ci` made the script of the HTML report; a clone updated without it may lack it.
if (!existsSync(join(root, 'reports/html/client.generated.ts'))) await (await import('./build-client.js')).default()
await import(new URL('../src/cli/main.ts', import.meta.url).href)
