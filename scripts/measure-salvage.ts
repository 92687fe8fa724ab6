/**
 * Damages dumps with 64 random bytes somewhere in their middle, reads them with salvage, and says how many keys came
 * back and how many were never there:
 *
 *     npx tsx scripts/measure-salvage.ts DUMP... [--times N] [--seed S]
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { IgnoreAll, type RdbKey, RdbParser, SalvageParser } from '../parsers/index.js'
import { decompressBlob } from '../src/io/compression/blob.js'
import { randomFrom, seedFrom } from '../test/helpers/robustness.js'

const DAMAGE_BYTES = 64
const CHUNK_BYTES = 1 << 20
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { times: { type: 'string', default: '40' }, seed: { type: 'string' } },
})
const seed = seedFrom(values.seed ?? process.env.RDBLENS_SEED)
const random = randomFrom(seed)
const times = Number(values.times)

/** How often each key was told: database, type and name. A key that broke off counts, too. */
class Keys extends IgnoreAll {
  readonly told = new Map<string, number>()
  keys = 0

  override endKey({ key, db, layout }: RdbKey): void {
    const { bytes, start, end } = key.load()
    const id = `${db} ${layout.redisType} ${Buffer.from(bytes.subarray(start, end)).toString('latin1')}`
    this.told.set(id, (this.told.get(id) ?? 0) + 1)
    this.keys++
  }
}

function salvaged(bytes: Uint8Array): Keys {
  const keys = new Keys()
  const parser = new SalvageParser(keys, { decompress: decompressBlob })
  parser.limit = bytes.length
  try {
    for (let from: number | null = 0; from !== null; from = parser.rewindTo) {
      if (from > 0) parser.rewound()
      for (let at = from; at < bytes.length && parser.rewindTo === null; at += CHUNK_BYTES) {
        parser.push(bytes.subarray(at, at + CHUNK_BYTES))
      }
      if (parser.rewindTo === null) parser.end()
    }
  } catch {
    // Nothing more was found.
  }
  return keys
}

console.log(`seed ${seed}`)
for (const path of positionals) {
  const bytes = new Uint8Array(readFileSync(path))
  const whole = new Keys()
  new RdbParser(whole, { decompress: decompressBlob }).push(bytes)
  let lost = 0
  let most = 0
  let invented = 0
  for (let i = 0; i < times; i++) {
    const damaged = bytes.slice()
    const at = Math.floor(bytes.length * (0.1 + (0.8 * random(1e6)) / 1e6))
    for (let j = 0; j < DAMAGE_BYTES; j++) damaged[at + j] = random(256)
    const { told } = salvaged(damaged)
    let missing = 0
    for (const [id, count] of whole.told) missing += Math.max(0, count - (told.get(id) ?? 0))
    for (const [id, count] of told) invented += Math.max(0, count - (whole.told.get(id) ?? 0))
    lost += missing
    most = Math.max(most, missing)
  }
  const share = (missing: number): string => `${(100 * (1 - missing / whole.keys)).toFixed(3)} %`
  console.log(
    `${path}: ${whole.keys} keys, ${share(lost / times)} came back, ${share(most)} in the worst of ${times}; ${invented} invented`,
  )
}
