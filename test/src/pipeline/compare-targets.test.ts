import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { analyze } from '../../../src/analyze.js'
import type { ReadRequest } from '../../../src/requests.js'
import { simulate } from '../../../src/simulate.js'
import { dump } from '../../helpers/dump.js'
import { SAMPLES_FOLDER } from '../../helpers/samples.js'

const path = join(SAMPLES_FOLDER, 'redis-7.4.1/cluster.rdb')

describe('the same keys on other servers', () => {
  const inputs = [{ path, name: path, increments: [], notes: [] }]
  const request: ReadRequest = { inputs, filter: {}, settings: {}, verify: false, threads: 1 }
  const options = { top: 1, values: false, targets: ['redis-7.4', 'redis-7.0'] }

  it.each([
    ['as the dump shows it', {}],
    ['without a cluster', { cluster: false }],
    ['with 32 bits', { bits: 32 as const }],
  ])('are priced in the cluster mode and word size of the target: %s', async (_, more) => {
    const { totals, targets = [] } = (await analyze({ ...request, ...more }, options)).report
    const [own, other] = targets
    expect(own).toMatchObject({ ramBytes: totals.ramBytes, memoryUsageBytes: totals.memoryUsageBytes })
    expect(own!.overheadBytes).toBe(totals.overheadBytes)
    // One table for all slots there.
    expect(other!.overheadBytes).toBeLessThan(8000)
  })
})

describe('an upgrade of a node that has some of the slots', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rdblens-slots-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is reckoned with the slots of the node, not with all of a cluster', async () => {
    const [slots, keysPerSlot] = [100, 50]
    const node = dump()
      .aux('redis-ver', '7.4.1')
      .select(0)
      .resize(slots * keysPerSlot, 0)
    for (let slot = 0; slot < slots; slot++) {
      node.u8(244).len(slot).len(keysPerSlot).len(0)
      for (let i = 0; i < keysPerSlot; i++) node.type(0, `key:${slot}:${i}`).string('value')
    }
    const file = join(folder, 'node.rdb')
    writeFileSync(file, node.end())
    const inputs = [{ path: file, name: file, increments: [], notes: [] }]
    const parameters = { 'upgrade-server': { to: 'redis-8.0' } }
    const options = { techniques: ['upgrade-server'], parameters, plan: false as const }
    const { report } = await simulate({ inputs, filter: {}, settings: {}, verify: false }, options)
    const { usedMemoryBefore, usedMemoryAfter } = report.techniques[0]!
    // Of the slots that are there, each has a larger struct on 8.0 (2560 bytes instead of 64).
    const more = usedMemoryAfter! - usedMemoryBefore!
    expect(Math.abs(more / (slots * (2560 - 64)) - 1)).toBeLessThan(0.1)
  })
})
