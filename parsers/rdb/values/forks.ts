import { PART } from '../visitor.js'
import type { ValueDecoder, ValueReader } from './reader.js'

/**
 * Values that only forks and special builds write. They are shown like module values: a name, then their
 * numbers and strings in order.
 */
type Step = 'length' | 'double' | 'string' | 'chunks' | 'milliseconds' | 'i64 grid' | readonly Step[]

/**
 * A value as a list of steps; a nested list is repeated as often as the length before it says.
 * `chunks`: a total, then strings until they add up to it. `i64 grid`: as many 64-bit integers as the first
 * two lengths multiply to.
 */
function stepped(typeId: number, name: string, moduleName: string, steps: readonly Step[]): ValueDecoder {
  return {
    typeId,
    name,
    redisType: 'module',
    read(reader) {
      if (!reader.frame.begun) {
        reader.frame.begun = true
        reader.elements = 1
        reader.frame.inner = 1
        if (!reader.skim) reader.visitor.module(moduleName, 0)
      }
      run(reader, steps)
    },
  }
}

/** `frame.stage` is the step; `frame.rounds` what is left of a nested list; `frame.step` the step inside it. */
function run(reader: ValueReader, steps: readonly Step[]): void {
  const { frame } = reader
  while (frame.stage < steps.length) {
    const step = steps[frame.stage]!
    if (typeof step === 'string') {
      one(reader, step)
    } else {
      if (frame.rounds < 0) frame.rounds = frame.remaining
      while (frame.rounds > 0) {
        while (frame.step < step.length) {
          one(reader, step[frame.step] as Exclude<Step, readonly Step[]>)
          frame.step++
        }
        frame.step = 0
        frame.rounds--
      }
      frame.rounds = -1
    }
    frame.stage++
  }
}

function one(reader: ValueReader, step: Exclude<Step, readonly Step[]>): void {
  const { cursor, frame, visitor } = reader
  const show = !reader.skim
  switch (step) {
    case 'length':
      cursor.length64()
      frame.remaining = (cursor.high >>> 0) * 4294967296 + (cursor.low >>> 0)
      if (frame.stage < 2) frame.inner *= frame.remaining
      cursor.commit()
      if (show) visitor.moduleInteger(cursor.high, cursor.low)
      return
    case 'milliseconds':
      cursor.u64le()
      cursor.commit()
      if (show) visitor.moduleInteger(cursor.high, cursor.low)
      return
    case 'double': {
      const value = cursor.f64le()
      cursor.commit()
      if (show) visitor.moduleDouble(value)
      return
    }
    case 'string':
      text(reader)
      return
    case 'chunks':
      if (frame.phase === 0) {
        frame.remaining = cursor.length()
        frame.phase = 2
        cursor.commit()
      }
      while (frame.remaining > 0) {
        text(reader)
        if (reader.a.length > frame.remaining || reader.a.length === 0) {
          reader.fail({ code: 'bad-value', what: 'the chunks of a filter do not add up' })
        }
        frame.remaining -= reader.a.length
      }
      frame.phase = 0
      return
    case 'i64 grid':
      while (frame.inner > 0) {
        cursor.u64le()
        frame.inner--
        cursor.commit()
        if (show) visitor.moduleInteger(cursor.high, cursor.low)
      }
  }
}

function text(reader: ValueReader): void {
  const { cursor, frame, a } = reader
  if (frame.phase === 1 || frame.phase === 3 || !cursor.string(a)) {
    // 3 is 1 inside a list of chunks.
    if (frame.phase !== 1 && frame.phase !== 3) frame.phase = frame.phase === 2 ? 3 : 1
    cursor.longString(a, PART.value)
    frame.phase = frame.phase === 3 ? 2 : 0
  }
  cursor.commit()
  if (!reader.skim) reader.visitor.moduleString(a)
}

/** KeyDB's CRON: a script that runs at intervals. */
export const keydbCron = stepped(64, 'cron', 'keydb-cron', [
  'string',
  'milliseconds',
  'milliseconds',
  'length',
  ['string'],
  'length',
  ['string'],
])

/** Rate limiter of special builds: "theoretical arrival time" in microseconds. */
export function gcra(typeId: number): ValueDecoder {
  const decoder = stepped(typeId, 'gcra', 'gcra', ['length'])
  return {
    ...decoder,
    read(reader) {
      if (!reader.frame.begun) reader.warn('gcra', 'a rate limiter (GCRA): only special builds write this type')
      decoder.read(reader)
    },
  }
}

/** Dragonfly's own types (their numbers mean something else in Redis). */
export const dragonflyLayouts: readonly ValueDecoder[] = [
  stepped(30, 'df-json', 'ReJSON-RL', ['string']),
  stepped(33, 'df-bloom', 'MBbloom--', [
    'length',
    'double',
    'double',
    'length',
    'length',
    'length',
    'length',
    ['length', 'string'],
  ]),
  stepped(34, 'df-bloom2', 'MBbloom--', [
    'length',
    'double',
    'double',
    'length',
    'length',
    'length',
    'length',
    ['length', 'chunks'],
  ]),
  stepped(35, 'df-cms', 'CMSk-TYPE', ['length', 'length', 'length', 'i64 grid']),
  stepped(36, 'df-topk', 'TopK-TYPE', [
    'length',
    'length',
    'length',
    'length',
    'double',
    'length',
    ['string', 'length'],
    'string',
  ]),
  stepped(37, 'df-cuckoo', 'MBbloomCF', [
    'length',
    'length',
    'length',
    'length',
    'length',
    'length',
    'length',
    ['chunks'],
  ]),
]

/** Dragonfly's JSON of old versions, under the number that Redis later used for listpack sets. */
export const dragonflyOldJson = stepped(20, 'df-json-old', 'ReJSON-RL', ['string'])
