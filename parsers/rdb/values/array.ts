import { PART, type StreamId } from '../visitor.js'
import type { ValueDecoder } from './reader.js'

const TAG = { string: 0, integer: 1, double: 2, shortString: 3 } as const
const LONGEST_SHORT_STRING = 7

/**
 * Sparse array (Redis 8.8).
 *
 *     length  elements, length flag, (flag 1: length insert index)
 *     repeated: length index, length tag, then 0 string, 1 signed 64-bit, 2 double, 3 string of at most 7 bytes
 */
export const array: ValueDecoder = {
  typeId: 28,
  name: 'array',
  redisType: 'array',
  read(reader) {
    const { frame, cursor, a, visitor } = reader
    if (!frame.begun) {
      const count = cursor.length()
      const flag = cursor.length()
      if (count === 0) reader.fail({ code: 'bad-value', what: 'an array without elements' })
      if (flag > 1) reader.fail({ code: 'bad-value', what: `array flag ${flag} is unknown` })
      if (flag === 1) cursor.length64()
      frame.begun = true
      frame.remaining = count
      reader.elements = count
      cursor.commit()
      if (!reader.skim) visitor.count(count)
    }
    const { id } = reader
    while (frame.remaining > 0) {
      if (frame.phase === 0) {
        cursor.length64()
        const { high, low } = cursor
        if (high === -1 && low === -1)
          reader.fail({ code: 'bad-value', what: 'the index of an array element is 2^64-1' })
        frame.inner = cursor.length()
        // Indexes are kept where a stream ID would be, in halves: the one at hand, then the one before it.
        id.set(high, low, id.seqHigh, id.seqLow)
      }
      if (frame.inner === TAG.integer) {
        cursor.u64le()
        a.setInt64(cursor.high, cursor.low, 8)
      } else if (frame.inner === TAG.double) {
        const text = asciiBytes(String(cursor.f64le()))
        a.setRaw(text, 0, text.length, 8)
      } else if (frame.inner === TAG.string || frame.inner === TAG.shortString) {
        if (frame.phase === 1 || !cursor.string(a)) {
          frame.phase = 1
          cursor.longString(a, PART.element)
        }
        if (frame.inner === TAG.shortString && a.length > LONGEST_SHORT_STRING) {
          reader.fail({ code: 'bad-value', what: `a short string of an array has ${a.length} bytes` })
        }
      } else {
        reader.fail({ code: 'bad-value', what: `array tag ${frame.inner} is unknown` })
      }
      frame.phase = 0
      frame.remaining--
      cursor.commit()
      if (frame.stage > 0 && !ascends(id)) reader.warn('array-order', 'the indexes of an array do not ascend')
      frame.stage = 1
      id.set(id.msHigh, id.msLow, id.msHigh, id.msLow)
      if (!reader.skim) visitor.arrayElement(id.msHigh, id.msLow, a)
    }
  },
}

/** True when the index at hand (in the ms half) is above the one before it (in the seq half). */
function ascends(id: StreamId): boolean {
  return id.msHigh === id.seqHigh ? id.msLow > id.seqLow : id.msHigh > id.seqHigh
}

function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
