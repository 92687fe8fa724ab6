import { PART } from '../visitor.js'
import type { ValueDecoder, ValueReader } from './reader.js'

const OPCODE = { eof: 0, signed: 1, unsigned: 2, float: 3, double: 4, string: 5 } as const

const NAME_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const NAME_LENGTH = 9

/** A module ID: nine characters of six bits, then ten bits of encoding version. */
export function moduleName(high: number, low: number): string {
  const id = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
  let name = ''
  for (let i = 0; i < NAME_LENGTH; i++) name += NAME_ALPHABET[Number((id >> BigInt(58 - 6 * i)) & 63n)]
  return name
}

export function moduleVersion(low: number): number {
  return low & 1023
}

/**
 * Module value (since 4.0).
 *
 *     length  module ID (64 bits)
 *     module stream: opcodes with their payloads, ended by opcode 0
 *
 * The opcodes say how long their payload is, so any module's value can be passed over.
 */
export const module2: ValueDecoder = {
  typeId: 7,
  name: 'module2',
  redisType: 'module',
  read(reader) {
    const { cursor, frame } = reader
    if (!frame.begun) {
      cursor.length64()
      const { high, low } = cursor
      frame.begun = true
      reader.elements = 1
      cursor.commit()
      if (!reader.skim) reader.visitor.module(cachedName(high, low), moduleVersion(low))
    }
    readModuleStream(reader)
  },
}

let lastHigh = 0
let lastLow = 0
let lastName = ''

function cachedName(high: number, low: number): string {
  if (high !== lastHigh || low !== lastLow || lastName === '') {
    lastHigh = high
    lastLow = low
    lastName = moduleName(high, low)
  }
  return lastName
}

/** Opcodes up to and including 0. May be entered again after NEED_MORE. `show` false: only passed over. */
export function readModuleStream(reader: ValueReader, show = !reader.skim): void {
  const { cursor, frame, a, visitor } = reader
  for (;;) {
    const opcode = frame.phase === 1 ? OPCODE.string : cursor.length()
    switch (opcode) {
      case OPCODE.eof:
        cursor.commit()
        return
      case OPCODE.signed:
      case OPCODE.unsigned: {
        cursor.length64()
        const { high, low } = cursor
        cursor.commit()
        if (show) visitor.moduleInteger(high, low)
        break
      }
      case OPCODE.float:
      case OPCODE.double: {
        const value = opcode === OPCODE.float ? cursor.f32le() : cursor.f64le()
        cursor.commit()
        if (show) visitor.moduleDouble(value)
        break
      }
      case OPCODE.string:
        if (frame.phase === 1 || !cursor.string(a)) {
          frame.phase = 1
          cursor.longString(a, PART.value)
          frame.phase = 0
        }
        cursor.commit()
        if (show) visitor.moduleString(a)
        break
      default:
        reader.fail({ code: 'bad-value', what: `module opcode ${opcode} is unknown` })
    }
  }
}

/** Module value of the 4.0 release candidates (type 6): it has no opcodes, so its end cannot be found. */
export const modulePreGa: ValueDecoder = {
  typeId: 6,
  name: 'module',
  redisType: 'module',
  read(reader) {
    reader.cursor.length64()
    const name = moduleName(reader.cursor.high, reader.cursor.low)
    reader.fail({
      code: 'unsupported',
      what: `the value of module ${name} is in the form of the Redis 4.0 release candidates, which does not say where it ends`,
    })
  },
}
