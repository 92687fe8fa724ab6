/**
 * Cuts every sample at every 97th byte and changes single bytes, and reads what is left in every way:
 *
 *     npx tsx scripts/robustness.ts [--mutations N] [--seed N] [--only TEXT] [--step BYTES]
 *
 * Each must end in a result or an RdbError, within two seconds and 300 MB, and in the same way whole and in chunks
 * of 4 KiB. What is cut or changed is read from a record some KiB in front of it, so that a large file takes no longer
 * per try. Prints a line per sample, and the seed; ends with 1 when anything is wrong.
 */
import { parseArgs } from 'node:util'
import { MAX_GROWTH_BYTES, randomFrom, SampleRecords, sampleBytes, seedFrom } from '../test/helpers/robustness.js'

const { values } = parseArgs({
  options: {
    mutations: { type: 'string', default: '5000' },
    seed: { type: 'string' },
    only: { type: 'string', default: '' },
    step: { type: 'string', default: '97' },
  },
})
const seed = seedFrom(values.seed ?? process.env.RDBLENS_SEED)
const step = Number(values.step)
const mutations = Number(values.mutations)
const samples = sampleBytes()
  .filter(({ name }) => name.includes(values.only))
  .map((sample) => new SampleRecords(sample))
const random = randomFrom(seed)
let wrong = 0
let mostBytes = process.memoryUsage.rss()
const startBytes = mostBytes

console.log(`${samples.length} samples, a cut every ${step} bytes, ${mutations} mutations, seed ${seed}`)
for (const records of samples) {
  const { sample } = records
  const start = performance.now()
  let cuts = 0
  for (let size = 0; size < sample.bytes.length; size += step) {
    note(records.tryCut(size))
    cuts++
  }
  console.log(`${sample.name}: ${cuts} cuts in ${((performance.now() - start) / 1000).toFixed(1)} s`)
}
// As many for each sample, so that the large ones do not take all the time or none.
for (let i = 0; i < mutations; i++) note(samples[i % samples.length]!.tryMutation(random))
console.log(`${mutations} mutations`)

const grownBytes = mostBytes - startBytes
if (grownBytes > MAX_GROWTH_BYTES) note(`memory grew by ${Math.round(grownBytes / 1e6)} MB`)
console.log(`${wrong} wrong; memory grew by ${Math.round(grownBytes / 1e6)} MB at most`)
process.exitCode = wrong === 0 ? 0 : 1

function note(problem: string | null): void {
  mostBytes = Math.max(mostBytes, process.memoryUsage.rss())
  if (problem === null) return
  wrong++
  console.log(`WRONG: ${problem}`)
}
