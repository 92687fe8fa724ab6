/**
 * Reads every dump of a folder of recordings with the parser and compares each key with what the server said:
 *
 *     npx tsx scripts/verify-oracle.ts RECORDINGS [--chunk BYTES] [--only TEXT] [--max-bytes BYTES]
 *
 * `--only redis-7.4.1/lfu` picks dumps by a part of their path, `--max-bytes` leaves out larger files (for `--chunk
 * 1`). Prints a line per dump and ends with 1 when anything differs.
 */
import { readFileSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { compareFacts } from '../test/helpers/compare-facts.js'
import { factsOf } from '../test/helpers/digest.js'
import { readRecordings, recordedDumps } from './recordings.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { chunk: { type: 'string' }, only: { type: 'string', default: '' }, 'max-bytes': { type: 'string' } },
})
const [recordings] = positionals
if (recordings === undefined) {
  console.error('usage: npx tsx scripts/verify-oracle.ts RECORDINGS [--chunk BYTES] [--only TEXT] [--max-bytes BYTES]')
  process.exit(2)
}

const maxBytes = Number(values['max-bytes'] ?? Number.POSITIVE_INFINITY)
let dumps = 0
let keys = 0
let wrong = 0
const layouts = new Map<string, number>()
for (const { name, folder, rdbPath } of recordedDumps(recordings, values.only)) {
  if (statSync(rdbPath).size > maxBytes) continue
  dumps++
  const differences = verify(folder, rdbPath)
  if (differences.length > 0) wrong++
  console.log(`${differences.length === 0 ? 'OK      ' : 'DIFFERS '} ${name} (${differences.length} differences)`)
  for (const difference of differences.slice(0, 5)) console.log(`    ${difference}`)
}
console.log(
  `layouts: ${[...layouts]
    .sort()
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')}`,
)
console.log(`${dumps} dumps, ${keys} keys, ${wrong} dumps differ`)
process.exit(wrong === 0 && dumps > 0 ? 0 : 1)

function verify(folder: string, path: string): string[] {
  const expected = readRecordings(folder)
  const bytes = readFileSync(path)
  try {
    const facts = factsOf(bytes, values.chunk === undefined ? bytes.length : Number(values.chunk))
    keys += facts.keys.length
    for (const { layout } of facts.keys) layouts.set(layout, (layouts.get(layout) ?? 0) + 1)
    return compareFacts(facts, { key_count: expected.length, keys: expected })
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  }
}
