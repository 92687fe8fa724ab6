/**
 * Records data sets before and after a change, as a real server measures them, for the tests and the examples in the
 * documentation.
 *
 *     npx tsx scripts/record-savings.ts test/fixtures/savings
 *
 * Writes `<technique>/redis-<version>/before.rdb` and `measured.json` of each. Needs `redis-server`.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Bench, type Command, type Settings } from './measure-commands.js'

interface Recording {
  readonly technique: string
  readonly description: string
  readonly parameters: Readonly<Record<string, unknown>>
  before(): Iterable<Command>
  after(): Iterable<Command>
  readonly settingsBefore?: Settings
  readonly settingsAfter?: Settings
}

const CITIES = ['Amsterdam', 'Berlin', 'Chicago', 'Dublin', 'Edinburgh', 'Florence', 'Geneva']

function* people(): Generator<readonly [id: number, fields: readonly (string | number)[]]> {
  for (let i = 0; i < 900; i++) {
    const fields: (string | number)[] = ['name', `Person ${(i * 7919) % 10_000}`, 'visits', (i * 31) % 5000]
    if (i % 2 === 0) fields.push('mail', `p${i}@example.org`)
    if (i % 3 === 0) fields.push('city', CITIES[i % CITIES.length]!)
    yield [1000 + i * 7, fields]
  }
}

function* numbers(): Generator<readonly [id: number, members: readonly string[], others: readonly string[]]> {
  for (let i = 0; i < 60; i++) {
    const members = Array.from({ length: 20 + ((i * 37) % 200) }, (_, m) => String((m * 7919 + i) % 30_000))
    yield [i, members, ['none', '007'].slice(0, i % 3)]
  }
}

function* lists(): Generator<Command> {
  for (let i = 0; i < 20; i++) {
    const elements = Array.from({ length: 100 + ((i * 37) % 700) }, (_, e) =>
      e % 3 ? `task ${e} of list ${i}` : String(e * i),
    )
    yield ['RPUSH', `tasks:${i}`, ...elements]
  }
}

const RECORDINGS: readonly Recording[] = [
  {
    technique: 'merge-entity-keys',
    description: 'person:<id>:name, person:<id>:mail ... -> one hash per person',
    parameters: {},
    *before() {
      for (const [id, fields] of people()) {
        for (let f = 0; f < fields.length; f += 2) yield ['SET', `person:${id}:${fields[f]}`, fields[f + 1]!]
      }
    },
    *after() {
      for (const [id, fields] of people()) yield ['HSET', `person:${id}`, ...fields]
    },
  },
  {
    technique: 'integer-sets',
    description: 'sets of numbers with a few other members -> intsets, and the others in sets of their own',
    parameters: {},
    *before() {
      for (const [id, members, others] of numbers()) yield ['SADD', `ids:${id}`, ...members, ...others]
    },
    *after() {
      for (const [id, members, others] of numbers()) {
        yield ['SADD', `ids:${id}`, ...members]
        if (others.length > 0) yield ['SADD', `ids:${id}:text`, ...others]
      }
    },
  },
  {
    technique: 'list-node-size',
    description: 'lists with nodes of 16 elements, pushed anew with nodes of 8 KiB',
    parameters: { size: -2 },
    before: lists,
    after: lists,
    settingsBefore: { 'list-max-listpack-size': 16 },
    settingsAfter: { 'list-max-listpack-size': -2 },
  },
]

async function main(folder: string): Promise<void> {
  const bench = await Bench.open()
  for (const recording of RECORDINGS) {
    const { technique, description, parameters, before, after, settingsBefore = {}, settingsAfter = {} } = recording
    const { version } = bench.binary
    const place = join(folder, technique, `redis-${version}`)
    mkdirSync(place, { recursive: true })
    const afterBytes = await bench.memoryOf(after(), settingsAfter)
    const beforeBytes = await bench.memoryOf(before(), settingsBefore)
    copyFileSync(bench.dump, join(place, 'before.rdb'))
    const measured = {
      technique,
      description,
      server: 'redis',
      version,
      // Debian's build rounds up to multiples of 16.
      allocator: 'jemalloc-16',
      parameters,
      before: { used_memory_delta: beforeBytes, options: settingsBefore },
      after: { used_memory_delta: afterBytes, options: settingsAfter },
    }
    writeFileSync(join(place, 'measured.json'), `${JSON.stringify(measured, null, 2)}\n`)
    console.log(`${technique}: ${beforeBytes} -> ${afterBytes}`)
  }
  await bench.close()
}

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('name the folder to write to: npx tsx scripts/record-savings.ts FOLDER')
  process.exitCode = 2
} else await main(folder)
