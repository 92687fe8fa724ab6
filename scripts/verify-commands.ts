/**
 * Runs the built command on every dump of a folder of recordings and compares what it prints with what the servers
 * said: contents, expiries and stream facts of `export`, columns of `keys`.
 *
 *     npx tsx scripts/verify-commands.ts RECORDINGS [--only TEXT]
 *
 * Prints a line per dump and ends with 1 when anything differs.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { compareFacts } from '../test/helpers/compare-facts.js'
import { type ExportedKey, exportedFacts } from '../test/helpers/export-facts.js'
import { type Recording, rdbVersionOf, readRecordings, readServer, recordedDumps } from './recordings.js'

const CLI = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url))
const MAX_OUTPUT_BYTES = 1 << 30

interface KeysLine {
  readonly db: number
  readonly key: string
  readonly keyBase64?: string
  readonly type: string
  readonly elements: number
  readonly longestElementBytes: number
  readonly expiresAtMs: number | null
  readonly idleSeconds: number | null
  readonly freq: number | null
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: '' } },
})
const [recordings] = positionals
if (recordings === undefined) {
  console.error('usage: npx tsx scripts/verify-commands.ts RECORDINGS [--only TEXT]')
  process.exit(2)
}

let dumps = 0
let keys = 0
let wrong = 0
for (const { name, folder, input } of recordedDumps(recordings, values.only)) {
  const expected = readRecordings(folder)
  const differences = [
    ...verifyExport(input, expected, rdbVersionOf(readServer(folder))),
    ...verifyKeys(input, expected),
  ]
  dumps++
  keys += expected.length
  if (differences.length > 0) wrong++
  console.log(`${differences.length === 0 ? 'OK      ' : 'DIFFERS '} ${name} (${differences.length} differences)`)
  for (const difference of differences.slice(0, 5)) console.log(`    ${difference}`)
}
console.log(`${dumps} dumps, ${keys} keys, ${wrong} dumps differ`)
process.exit(wrong === 0 && dumps > 0 ? 0 : 1)

function verifyExport(input: string, expected: readonly Recording[], rdbVersion: number): string[] {
  const lines = run(['export', '--format', 'jsonl', '--binary', 'base64', input])
  const facts = exportedFacts(
    lines.map((line) => JSON.parse(line) as ExportedKey),
    rdbVersion,
  )
  // Idle times and frequencies are columns of `keys`.
  const said = expected.map(({ idletime: _idle, freq: _freq, ...rest }) => rest)
  return compareFacts(facts, { key_count: expected.length, keys: said }).map((what) => `export: ${what}`)
}

function verifyKeys(input: string, expected: readonly Recording[]): string[] {
  const lines = run(['keys', '--format', 'jsonl', input]).map((line) => JSON.parse(line) as KeysLine)
  const byName = new Map(lines.map((line) => [`${line.db} ${keyBase64(line)}`, line]))
  const differences: string[] = []
  if (lines.length !== expected.length) differences.push(`keys: ${lines.length} rows, there are ${expected.length}`)
  for (const key of expected) {
    const line = byName.get(`${key.db} ${key.key_b64}`)
    const say = (column: string, is: unknown, should: unknown): void => {
      differences.push(`keys: db ${key.db} ${key.key_b64}: ${column} is ${is}, expected ${should}`)
    }
    if (line === undefined) {
      say('row', 'missing', 'there')
      continue
    }
    const type = key.module === true ? 'module' : key.type
    if (line.type !== type) say('type', line.type, type)
    if (line.expiresAtMs !== (key.pexpiretime ?? null)) say('expiresAtMs', line.expiresAtMs, key.pexpiretime)
    if (key.module === true) continue
    if (line.elements !== key.elements) say('elements', line.elements, key.elements)
    if (line.longestElementBytes !== key.longest_element) {
      say('longestElementBytes', line.longestElementBytes, key.longest_element)
    }
    if (key.freq !== undefined && line.freq !== key.freq) say('freq', line.freq, key.freq)
    if (key.idletime !== undefined && !(Math.abs((line.idleSeconds ?? -9) - key.idletime) <= 1)) {
      say('idleSeconds', line.idleSeconds, key.idletime)
    }
  }
  return differences
}

function keyBase64(line: KeysLine): string {
  return line.keyBase64 ?? Buffer.from(line.key).toString('base64')
}

function run(args: readonly string[]): string[] {
  const child = spawnSync(process.execPath, [CLI, ...args, '--no-progress'], { maxBuffer: MAX_OUTPUT_BYTES })
  if (child.status !== 0) throw new Error(`rdblens ${args.join(' ')} ended with ${child.status}: ${child.stderr}`)
  return child.stdout.toString().split('\n').slice(0, -1)
}
