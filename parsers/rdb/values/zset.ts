import type { ValueDecoder, ValueReader } from './reader.js'
import { parseScore } from './score.js'
import { readMember, walkMembers } from './shapes.js'

/** From here on the length byte is no length: 253 nan, 254 inf, 255 -inf. */
const TEXT_NAN = 253
const TEXT_POSITIVE_INFINITY = 254
const DIGIT_NINE = 57

/**
 * Sorted set with scores as text (RDB up to 7).
 *
 *     length  members
 *     repeated: string member; one byte n, then n bytes of decimal text (253 nan, 254 inf, 255 -inf)
 */
export const zset: ValueDecoder = {
  typeId: 3,
  name: 'zset',
  redisType: 'zset',
  read(reader) {
    const { frame, cursor, a, b, visitor } = reader
    reader.beginCount()
    while (frame.remaining > 0) {
      readMember(reader)
      const score = textDouble(reader)
      frame.phase = 0
      frame.remaining--
      cursor.commit()
      if (reader.skim) continue
      if (Number.isNaN(score)) warnNan(reader)
      visitor.member(a, score, b.length > 0 ? b : null)
    }
  },
}

/** The score at the cursor; its text is left in `reader.b` (empty for nan and the infinities). */
function textDouble(reader: ValueReader): number {
  const { cursor, b } = reader
  const length = cursor.u8()
  if (length >= TEXT_NAN) {
    b.setRaw(cursor.bytes, cursor.pos, cursor.pos, 1)
    if (length === TEXT_NAN) return Number.NaN
    return length === TEXT_POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  }
  cursor.need(length)
  const start = cursor.pos
  cursor.pos += length
  b.setRaw(cursor.bytes, start, cursor.pos, length + 1)
  const score = parseScore(cursor.bytes, start, cursor.pos)
  // Words have their own length bytes; only digits may stand for what is too large for a double.
  const isWord = score !== null && !Number.isFinite(score) && cursor.bytes[cursor.pos - 1]! > DIGIT_NINE
  if (score === null || isWord) reader.fail({ code: 'bad-double', what: `${length} bytes of text are no number` })
  return score
}

/**
 * Sorted set with binary scores (RDB 8 and later).
 *
 *     length  members
 *     repeated: string member, 8 bytes score (IEEE 754 double, little-endian)
 */
export const zset2: ValueDecoder = {
  typeId: 5,
  name: 'zset2',
  redisType: 'zset',
  read(reader) {
    const { frame, cursor, a, visitor } = reader
    reader.beginCount()
    if (reader.skim) {
      reader.skipAll(1, 8)
      return
    }
    while (frame.remaining > 0) {
      reader.lengthRuns(8)
      if (frame.remaining === 0) return
      readMember(reader)
      const score = cursor.f64le()
      frame.phase = 0
      frame.remaining--
      cursor.commit()
      if (Number.isNaN(score)) warnNan(reader)
      visitor.member(a, score, null)
    }
  },
}

/** One ziplist of member, score, member, score... in ascending order of scores (Redis up to 6.2). */
export const zsetZiplist: ValueDecoder = {
  typeId: 12,
  name: 'zset-ziplist',
  redisType: 'zset',
  read(reader) {
    reader.elements = reader.packedGroups('ziplist', 2, walkMembers)
  },
}

/** The same in a listpack (Redis 7.0 and later). */
export const zsetListpack: ValueDecoder = {
  typeId: 17,
  name: 'zset-listpack',
  redisType: 'zset',
  read(reader) {
    reader.elements = reader.packedGroups('listpack', 2, walkMembers)
  },
}

function warnNan(reader: ValueReader): void {
  reader.warn('nan-score', 'a score is not a number; a server would refuse it')
}
