import type { StringSource } from '../need-more.js'
import type { PackedReader } from '../packed/reader.js'
import type { RdbString } from '../strings.js'
import { PART } from '../visitor.js'
import type { ValueReader } from './reader.js'
import { parseScore } from './score.js'

/**
 * The shapes that values have whatever their container: elements, field-value pairs, members with scores.
 * Each loop commits after an element and shows it after the commit, so that an event happens once.
 *
 * `frame.phase` tells where in an element the loop was when the data ended:
 * 0 at its start, 1 in a long first string, 2 behind the first string, 3 in a long second string,
 * 4 behind both.
 */

/** List elements or set members from a packed container. */
export function walkElements(reader: ValueReader, packed: PackedReader): void {
  const { frame, a, visitor } = reader
  while (frame.phase > 0 || packed.more()) {
    readElement(reader, packed)
    packed.commit()
    visitor.element(a, -1)
  }
}

/** One element into `reader.a`. The caller commits. */
export function readElement(reader: ValueReader, source: StringSource): void {
  const { frame, a } = reader
  if (frame.phase === 1 || !source.string(a)) {
    frame.phase = 1
    source.longString(a, PART.element)
    frame.phase = 0
  }
}

/** Field and value into `reader.a` and `reader.b`, leaving `frame.phase` at 0 or 4. The caller commits. */
export function readPair(reader: ValueReader, source: StringSource): void {
  const { frame, a, b } = reader
  if (frame.phase < 2 && (frame.phase === 1 || !source.string(a))) {
    frame.phase = 1
    source.longString(a, PART.field)
    frame.phase = 2
  }
  if (frame.phase === 4) return
  if (frame.phase === 3 || !source.string(b)) {
    if (frame.phase !== 3) {
      a.pin()
      frame.phase = 3
      source.commit()
    }
    source.longString(b, PART.value)
    frame.phase = 4
  }
}

/** Hash fields from a packed container. */
export function walkPairs(reader: ValueReader, packed: PackedReader): void {
  const { frame, a, b, visitor } = reader
  while (frame.phase > 0 || packed.more()) {
    readPair(reader, packed)
    frame.phase = 0
    packed.commit()
    visitor.field(a, b, -1)
  }
}

/** Server limit of a field's expiry (EB_EXPIRE_TIME_MAX, 48 bits), in ms since 1970. */
export const MAX_FIELD_EXPIRY_MS = 2 ** 48 - 1

/**
 * Hash fields with an absolute expiry each (0: none), from a packed container: those that expire first, in order
 * of time. `frame.ttl` is the expiry before the one at hand.
 */
export function walkTriples(reader: ValueReader, packed: PackedReader): void {
  const { frame, a, b, c, visitor } = reader
  while (frame.phase > 0 || packed.more()) {
    readPair(reader, packed)
    if (!packed.string(c) || !c.isInteger) packed.fail('the expiry of a field is not an integer')
    const expiresAtMs = c.intValue()
    const before = frame.ttl
    frame.ttl = expiresAtMs === 0 ? Number.POSITIVE_INFINITY : expiresAtMs
    frame.phase = 0
    packed.commit()
    if (expiresAtMs < 0 || expiresAtMs > MAX_FIELD_EXPIRY_MS) warnFieldExpiry(reader, expiresAtMs)
    else if (frame.ttl < before) reader.warn('field-expiry', 'the fields are not in the order in which they expire')
    visitor.field(a, b, expiresAtMs <= 0 ? -1 : expiresAtMs)
  }
}

export function warnFieldExpiry(reader: ValueReader, expiresAtMs: number): void {
  reader.warn('field-expiry', `the expiry of a field, ${expiresAtMs} ms, is out of range`)
}

/** Members and scores from a packed container; a score is an integer entry or text. */
export function walkMembers(reader: ValueReader, packed: PackedReader): void {
  const { frame, a, b, visitor } = reader
  while (frame.phase > 0 || packed.more()) {
    if (frame.phase < 2 && (frame.phase === 1 || !packed.string(a))) {
      frame.phase = 1
      packed.longString(a, PART.member)
      frame.phase = 2
    }
    if (!packed.string(b)) packed.fail('a score is no number')
    const score = b.isInteger ? b.intValue() : parseScore(b.bytes, b.start, b.end)
    if (score === null) packed.fail(`the score of the entry before is no number`)
    frame.phase = 0
    packed.commit()
    if (Number.isNaN(score)) reader.warn('nan-score', 'a score is not a number; a server would refuse it')
    visitor.member(a, score, b)
  }
}

/** Member of a sorted set stored element by element, into `reader.a`; leaves `frame.phase` at 0 or 2. */
export function readMember(reader: ValueReader): void {
  const { frame, a, cursor } = reader
  if (frame.phase < 2 && (frame.phase === 1 || !cursor.string(a))) {
    frame.phase = 1
    cursor.longString(a, PART.member)
    frame.phase = 2
  }
}

/** Reads a string that nobody streams (names of groups, consumers): too long is an error. */
export function shortString(reader: ValueReader, into: RdbString, what: string): void {
  if (!reader.cursor.string(into)) reader.fail({ code: 'limit', what: `${what} is longer than 1 MiB` })
}
