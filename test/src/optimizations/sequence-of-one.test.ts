import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { simulate } from '../../../src/simulate.js'
import { type DumpWriter, dump } from '../../helpers/dump.js'
import { listpack } from '../../helpers/packed.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-sequence-of-one-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A data set in two databases, as bytes. */
function written(write: (writer: DumpWriter) => void): string {
  const path = join(folder, 'some.rdb')
  const writer = dump({ version: 10 })
  for (const db of [0, 3]) {
    writer.select(db)
    write(writer)
  }
  writeFileSync(path, writer.end())
  return path
}

function hash(writer: DumpWriter, name: string, fields: readonly (readonly [string, string])[]): void {
  writer.type(4, name).len(fields.length)
  for (const [field, value] of fields) writer.string(field).string(value)
}

/** Data on which each technique has something to do. */
const DATA: Readonly<Record<string, (writer: DumpWriter) => void>> = {
  // One key becomes two.
  'integer-sets': (writer) => {
    for (let i = 0; i < 100; i++) {
      writer.type(2, `tags:${i}`).len(21).string('none')
      for (let member = 0; member < 20; member++) writer.string(`${i * 100 + member}`)
    }
  },
  // Keys beside those that change: the list of values.
  'byte-dictionary': (writer) => {
    for (let i = 0; i < 500; i++) writer.type(0, `state:${i}`).string(`a state of some length, number ${i % 20}`)
  },
  'word-dictionary': (writer) => {
    for (let i = 0; i < 500; i++) {
      writer.type(0, `note:${i}`).string(`customer called about delivery of order ${i}, please answer tomorrow`)
    }
  },
  // A name that is known from keys which stay as they are.
  'merge-entity-keys': (writer) => {
    for (let i = 0; i < 300; i++) {
      for (const field of ['name', 'mail', 'city']) writer.type(0, `user:${i}:${field}`).string(`some ${field}`)
      hash(writer, `user:${i}`, [['a', 'b']])
    }
  },
  'bucket-strings': (writer) => {
    for (let i = 0; i < 500; i++) writer.type(0, `{cart}:${i}`).string(`item ${i}`)
  },
  // A setting that shows on what is pushed anew only: nodes as a queue leaves them, a few elements each.
  'list-node-size': (writer) => {
    for (let i = 0; i < 20; i++) {
      writer.type(18, `queue:${i}`).len(50)
      for (let node = 0; node < 50; node++) writer.len(2).string(listpack([`job ${node}`, `job ${node} again`, node]))
    }
  },
  // Lists are pushed anew: their nodes, half full before, are full then.
  'serialize-msgpack': (writer) => {
    for (let i = 0; i < 20; i++) {
      writer.type(18, `jobs:${i}`).len(20)
      const job = (n: number): string => JSON.stringify({ class: 'SendMail', to: n, again: true, tries: i })
      for (let node = 0; node < 20; node++) writer.len(2).string(listpack([job(node), job(1000 * i), job(node + i)]))
    }
  },
  'dedupe-values': (writer) => {
    for (let i = 0; i < 500; i++) writer.type(0, `страница:${i}`).string(`${'some text '.repeat(9)}${i % 50}`)
  },
}

describe('a sequence of one technique', () => {
  it.each(Object.entries(DATA))('is what %s says alone', async (id, write) => {
    const path = written(write)
    const inputs = [{ path, name: path, increments: [], notes: [] }]
    const { report } = await simulate({ inputs, filter: {}, settings: {}, verify: false }, { sequence: { ids: [id] } })
    const [alone] = report.techniques
    expect(alone!.savedBytes).toBeGreaterThan(0)
    expect(report.planSummary!.after.usedMemoryBytes).toBe(alone!.usedMemoryAfter)
    expect(report.plan[0]!.ramBytesAfter).toBe(alone!.ramBytesAfter)
  })

  it('is what list-node-size says alone of the lists that match', async () => {
    const path = written(DATA['list-node-size']!)
    const inputs = [{ path, name: path, increments: [], notes: [] }]
    const { report } = await simulate(
      { inputs, filter: {}, settings: {}, verify: false },
      { sequence: { ids: ['list-node-size'] }, parameters: { 'list-node-size': { match: 'queue:1*' } } },
    )
    const [alone] = report.techniques
    expect(alone!.keys).toBe(22)
    expect(report.planSummary!.after.usedMemoryBytes).toBe(alone!.usedMemoryAfter)
  })
})
