/**
 * Changes dumps at random and reads them in every way:
 *
 *     npm run fuzz -- [--seconds N] [--seed S] [--threads 1,2] [--pipes N] [--keep FOLDER]
 *
 * Structure-aware: records of all samples and of a dump of each dialect are put together anew, then lengths, opcodes,
 * encodings, LZF data, headers of packed containers are changed, pieces cut, doubled, moved between dumps.
 * Each input must end within two seconds and bounded memory, in a result or an RdbError, and in the same one whole and
 * in chunks, with and without salvage. One in some is made rows of, key by key and together, and is read by one parser
 * and range by range, as pipes are. One in some hundred goes through `analyze` with each number of threads and through
 * `export`, and one in `--pipes` (300) through `analyze` from a pipe, with one thread and three.
 * Prints the seed; a finding is written to the folder (default: /tmp), to become a file of test/robustness/corpus once
 * it is mended. Ends with 1 when there was one.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkCommands, checkOnce, checkParser, checkPipe, checkRows } from '../test/helpers/fuzz-check.js'
import { fuzzSeeds, mutant } from '../test/helpers/mutate.js'
import { MAX_GROWTH_BYTES, randomFrom, seedFrom } from '../test/helpers/robustness.js'

/**
 * One input in so many is read in this way, too; of those that go through whole commands, one in so many with all
 * threads.
 */
const SALVAGE_STEP = 8
const ROWS_STEP = 10
const ONCE_STEP = 4
const MOST_CHUNKS = 3000
const COMMAND_STEP = 100
const THREADS_STEP = 3
const MOST_FINDINGS = 20

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    threads: { type: 'string', default: '1,2' },
    pipes: { type: 'string', default: '300' },
    keep: { type: 'string', default: tmpdir() },
  },
})
const seed = seedFrom(values.seed ?? process.env.RDBLENS_SEED)
const threads = values.threads.split(',').map(Number)
const pipesStep = Number(values.pipes)
const random = randomFrom(seed)
const seeds = fuzzSeeds()
const folder = mkdtempSync(join(tmpdir(), 'rdblens-fuzz-'))
const path = join(folder, 'fuzz.rdb')
const startBytes = process.memoryUsage.rss()
const end = performance.now() + Number(values.seconds) * 1000
let inputs = 0
let findings = 0
let mostBytes = startBytes

console.log(`${seeds.length} dumps as seeds, threads ${values.threads}, seed ${seed}`)
while (performance.now() < end && findings < MOST_FINDINGS) {
  const from = seeds[inputs % seeds.length]!
  const bytes = mutant(seeds, from, random)
  note(bytes, from.name, checkParser(bytes, 1 + random(random(2) === 0 ? 40 : 3000), inputs % SALVAGE_STEP === 0))
  if (inputs % ROWS_STEP === 0) note(bytes, from.name, checkRows(bytes, 1 + random(3000)))
  if (inputs % ONCE_STEP === 0) {
    const chunkBytes = sizeUpTo([40, 500, 5000, 100_000]) + Math.floor(bytes.length / MOST_CHUNKS)
    note(bytes, from.name, await checkOnce(bytes, chunkBytes, 64 + sizeUpTo([200, 1500, 20_000]), random(6)))
  }
  if (inputs % pipesStep === 0) note(bytes, from.name, await checkPipe(bytes, sizeUpTo([500, 5000, 100_000]), [1, 3]))
  if (inputs % COMMAND_STEP === 0) {
    writeFileSync(path, bytes)
    note(bytes, from.name, await checkCommands(path, [1], inputs % (2 * COMMAND_STEP) === 0))
    if (threads.length > 1 && inputs % (COMMAND_STEP * THREADS_STEP) === 0) {
      note(bytes, from.name, await checkCommands(path, threads, false))
    }
  }
  inputs++
  if (inputs % 500 === 0) mostBytes = Math.max(mostBytes, process.memoryUsage.rss())
}
rmSync(folder, { recursive: true })
const grown = mostBytes - startBytes
if (grown > MAX_GROWTH_BYTES) {
  findings++
  console.log(`memory grew by ${Math.round(grown / 1e6)} MB`)
}
const cpu = process.cpuUsage()
const minutes = ((cpu.user + cpu.system) / 6e7).toFixed(1)
console.log(
  `${inputs} inputs, ${findings} findings, ${minutes} CPU-minutes, memory +${Math.round(grown / 1e6)} MB, seed ${seed}`,
)
process.exitCode = findings === 0 ? 0 : 1

/** A small or a larger number, as often. */
function sizeUpTo(limits: readonly number[]): number {
  return 1 + random(limits[random(limits.length)]!)
}

function note(bytes: Uint8Array, name: string, problem: string | null): void {
  if (problem === null) return
  findings++
  mkdirSync(values.keep, { recursive: true })
  const file = join(values.keep, `rdblens-finding-${seed}-${inputs}.rdb`)
  writeFileSync(file, bytes)
  console.log(`FINDING in input ${inputs} (of ${name}, ${bytes.length} bytes): ${file}\n${problem}\n`)
}
