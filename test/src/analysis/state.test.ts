import { describe, expect, it } from 'vitest'
import { type CollectedReport, Collectors } from '../../../src/analysis/collectors.js'
import { StateError } from '../../../src/analysis/state.js'
import { inBatches, type KeySpec } from '../../helpers/batches.js'
import { NOW_MS, randomKeys } from '../../helpers/random-keys.js'
import { targetById } from '../../helpers/targets.js'

const target = targetById('redis-7.4')
const keys = randomKeys(6000, 11)
const options = { top: 10 }

function collectorsOf(specs: readonly KeySpec[], groups = false): Collectors {
  const collectors = new Collectors(
    groups ? { ...options, groups: [{ glob: 'a*', group: 'a', owner: null }] } : options,
  )
  collectors.setNow(NOW_MS)
  inBatches(specs, (batch) => collectors.add(batch))
  return collectors
}

function report(collectors: Collectors): CollectedReport {
  return collectors.report({ nowMs: NOW_MS, target })
}

describe('states of collectors', () => {
  it('go through structuredClone and give the same report', () => {
    const whole = collectorsOf(keys, true)
    const state = structuredClone(whole.state())
    expect(report(Collectors.restored(options, [{ state, firstFile: 0 }]))).toEqual(report(whole))
  })

  it('of parts add up to what one collector has seen, with files in a row', () => {
    const states = [keys.slice(0, 10), keys.slice(10, 4000), [], keys.slice(4000)].map((part) => {
      return { state: collectorsOf(part, true).state(), firstFile: 0 }
    })
    expect(report(Collectors.restored(options, states))).toEqual(report(collectorsOf(keys, true)))
    const [a, b] = states
    const shifted = report(Collectors.restored(options, [a!, { ...b!, firstFile: 7 }]))
    expect(shifted.files.map(({ file, keys: count }) => [file, count])).toEqual([
      [0, 10],
      [7, 3990],
    ])
    expect(new Set(shifted.bigKeys.map(({ file }) => file))).toEqual(new Set([7]))
  })

  it('stay what they are when they are restored', () => {
    const state = collectorsOf(keys).state()
    expect(Collectors.restored(options, [{ state, firstFile: 0 }]).state()).toEqual(state)
  })

  it('with limits keep sums, and say what intervals may lack', () => {
    const spread = Array.from({ length: 3000 }, (_, i) => ({
      key: `k{${i}}`,
      ramBytes: 100 + (i % 7),
      expiresAtMs: NOW_MS + i * 3_600_000,
    }))
    const whole = collectorsOf(spread)
    const state = whole.state({ intervals: 100, hashTags: 50 })
    expect(state.ttl.hours.gaps.length).toBeLessThanOrEqual(100)
    expect(state.slots!.tags.tags.names).toHaveLength(50)
    const restored = report(Collectors.restored({ top: 0 }, [{ state, firstFile: 0 }]))
    expect(restored.totals).toEqual(report(whole).totals)
    expect(restored.ttl.stampedeUndercount).toBeGreaterThan(0)
    expect(restored.slots!.keysWithHashTag).toBe(3000)
  })

  it('that are damaged are refused', () => {
    const state = collectorsOf(keys).state()
    const { patterns, totals, biggest, slots } = state
    const broken = [
      { ...state, totals: { ...totals, codes: totals.codes.map(() => 255) } },
      { ...state, totals: { ...totals, sums: totals.sums.subarray(1) } },
      { ...state, biggest: { ...biggest, byBytes: biggest.byBytes.slice(1) } },
      { ...state, slots: { ...slots!, keys: [] as unknown as Float64Array } },
      {
        ...state,
        patterns: { ...patterns, tree: { ...patterns.tree, parents: patterns.tree.parents.map((p) => p + 9) } },
      },
      {
        ...state,
        patterns: { ...patterns, cells: { ...patterns.cells, nodes: patterns.cells.nodes.map(() => 99_999) } },
      },
    ]
    for (const part of broken) {
      expect(() => Collectors.restored(options, [{ state: part, firstFile: 0 }])).toThrow(StateError)
    }
  })
})
