/**
 * Kills rdblens in the middle of writing every kind of output and looks what is left:
 *
 *     npx tsx scripts/kill-outputs.ts DUMP [--times N] [--seed S] [--only TEXT]     (after npm run build)
 *
 * After kill -9 a file is there as a whole or not at all; after SIGINT and SIGTERM no temporary file is left, either.
 * The moments are drawn over the time that the command takes, more of them towards its end, where files are written.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { randomFrom, seedFrom } from '../test/helpers/robustness.js'

const MAIN = join(import.meta.dirname, '../dist/src/cli/main.js')
/** What is written, and how; FOLDER is a fresh folder each time. */
const KINDS: readonly (readonly string[])[] = [
  ['keys', '-o', 'FOLDER/keys.csv'],
  ['keys', '--csv-rows', '1000', '-o', 'FOLDER/keys.csv'],
  ['keys', '--format', 'jsonl', '-o', 'FOLDER/keys.jsonl'],
  ['keys', '--format', 'parquet', '-o', 'FOLDER/keys.parquet'],
  ['export', '-o', 'FOLDER/all.jsonl'],
  ['export', '--format', 'json', '-o', 'FOLDER/all.json'],
  ['export', '--format', 'resp', '-o', 'FOLDER/all.resp'],
  ['check', '--format', 'json', '-o', 'FOLDER/check.json'],
  ['analyze', '-o', 'FOLDER/report.txt'],
  ['analyze', '--format', 'csv:FOLDER/tables'],
  [
    'analyze',
    ...['html:FOLDER/r.html', 'json:FOLDER/r.json', 'md:FOLDER/r.md', 'prom:FOLDER/r.prom'].flatMap((f) => [
      '--format',
      f,
    ]),
  ],
  ['simulate', '--format', 'json', '-o', 'FOLDER/savings.json'],
]
const SIGNALS = ['SIGKILL', 'SIGINT', 'SIGTERM'] as const

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    times: { type: 'string', default: '9' },
    seed: { type: 'string' },
    only: { type: 'string', default: '' },
  },
})
const dump = positionals[0]
if (dump === undefined) throw new Error('name a dump')
const seed = seedFrom(values.seed)
const random = randomFrom(seed)
let wrong = 0
let killed = 0

console.log(`seed ${seed}`)
for (const kind of KINDS) {
  if (!kind.join(' ').includes(values.only)) continue
  const whole = await run(kind, null, 0)
  if (whole.files.size === 0) {
    console.log(`${kind.join(' ')}: wrote nothing (exit ${whole.code}): ${whole.err}`)
    wrong++
    continue
  }
  let caught = 0
  for (let i = 0; i < Number(values.times); i++) {
    const signal = SIGNALS[i % SIGNALS.length]!
    const moment = Math.sqrt(random(1000) / 1000) * whole.ms * 1.05
    const left = await run(kind, signal, moment)
    if (left.killed) caught++
    for (const [name, bytes] of left.files) {
      const isTemporary = /\.tmp$/.test(name)
      if (isTemporary && signal === 'SIGKILL') continue
      if (isTemporary) report(kind, signal, moment, `${name} is left`)
      else if (whole.files.get(name)?.equals(bytes) !== true) report(kind, signal, moment, `${name} is not whole`)
    }
    // Before the program is up, the signal alone ends it.
    if (left.code !== null && left.code > 128 && !left.err.includes(`stopped by ${signal}`)) {
      report(kind, signal, moment, `no message: ${left.err}`)
    }
  }
  killed += caught
  console.log(
    `${kind.join(' ')}: ${whole.files.size} files in ${Math.round(whole.ms)} ms, killed ${caught} of ${values.times} times`,
  )
}
console.log(`${killed} killed, ${wrong} wrong`)
process.exitCode = wrong === 0 ? 0 : 1

function report(kind: readonly string[], signal: string, moment: number, what: string): void {
  wrong++
  console.log(`WRONG: ${kind.join(' ')}, ${signal} after ${Math.round(moment)} ms: ${what}`)
}

interface Left {
  readonly files: ReadonlyMap<string, Buffer>
  readonly ms: number
  readonly code: number | null
  readonly err: string
  readonly killed: boolean
}

async function run(kind: readonly string[], signal: NodeJS.Signals | null, moment: number): Promise<Left> {
  const folder = mkdtempSync(join(tmpdir(), 'rdblens-kill-'))
  const [command = '', ...rest] = kind.map((word) => word.replaceAll('FOLDER', folder))
  const start = performance.now()
  const child = spawn(process.execPath, [MAIN, command, dump!, '--no-progress', ...rest], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const timer = signal === null ? null : setTimeout(() => child.kill(signal), moment)
  const { code, by } = await new Promise<{ code: number | null; by: string | null }>((resolve) =>
    child.on('close', (code, by) => resolve({ code, by })),
  )
  if (timer !== null) clearTimeout(timer)
  const ms = performance.now() - start
  const files = new Map<string, Buffer>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    // Reports name neither their folder nor the moment, so that they can be compared.
    files.set(path.slice(folder.length + 1), readFileSync(path))
  }
  rmSync(folder, { recursive: true })
  return { files, ms, code, err: err.replaceAll(folder, basename(folder)), killed: by !== null || (code ?? 0) > 128 }
}
