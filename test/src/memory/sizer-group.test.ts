import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { IgnoreAll, type RdbKey, RdbParser, type RdbVisitor } from '../../../parsers/index.js'
import { targets } from '../../../src/memory/models/index.js'
import { KeySizer } from '../../../src/memory/sizer.js'
import { SizerGroup } from '../../../src/memory/sizer-group.js'
import { createTarget } from '../../../src/memory/target.js'
import { sample } from '../../helpers/samples.js'

/** Hands all value events to a sizer or a group of them, and notes what comes out for each key. */
function visitorFor(sizer: KeySizer | SizerGroup, note: () => void): RdbVisitor {
  const own = Object.assign(new IgnoreAll(), {
    key(key: RdbKey): boolean {
      sizer.begin(key)
      return true
    },
    endKey(key: RdbKey): void {
      sizer.end(key)
      note()
    },
  })
  const forwarded = new Set(Object.getOwnPropertyNames(SizerGroup.prototype))
  return new Proxy(own, {
    get(target, name) {
      if (name === 'begin' || name === 'end' || !forwarded.has(String(name)))
        return Reflect.get(target, name) as unknown
      const handler = Reflect.get(sizer, name) as (...values: unknown[]) => unknown
      return handler.bind(sizer)
    },
  })
}

function read(path: string, visitor: RdbVisitor): void {
  const parser = new RdbParser(visitor)
  parser.push(readFileSync(path))
  if (!parser.done) parser.end()
}

it('prices a dump on all targets at once as on each alone', () => {
  const { rdbPath } = sample('redis-7.4.1/tuned')
  const all = targets.map((model) => createTarget(model))
  const group = new SizerGroup(all)
  const together = all.map((): number[] => [])
  const groupNote = (): void => {
    group.sizers.forEach((sizer, i) => {
      together[i]!.push(sizer.ramBytes, sizer.memoryUsageBytes, sizer.payloadBytes, sizer.longestElementBytes)
    })
  }
  read(rdbPath, visitorFor(group, groupNote))
  all.forEach((target, i) => {
    const sizer = new KeySizer(target)
    const alone: number[] = []
    const note = (): void => {
      alone.push(sizer.ramBytes, sizer.memoryUsageBytes, sizer.payloadBytes, sizer.longestElementBytes)
    }
    read(rdbPath, visitorFor(sizer, note))
    expect(together[i], target.model.id).toEqual(alone)
  })
})
