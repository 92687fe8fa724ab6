import { finishName, NAME_FACTOR } from '../../name-figures.js'
import { BYTE, byteClasses, KIND, LETTERS } from './classes.js'
import { FNV_OFFSET, FNV_PRIME, finishA, finishB, KIND_HASH, stepA, stepB } from './edges.js'
import { MAX_LITERAL_BYTES, MIN_NUMBER_BYTES, MIN_TOKEN_BYTES, PartKinds } from './part-kinds.js'
import {
  base64RunEnd,
  caseChanges,
  dateEnd,
  digitsNeedALook,
  ipv4End,
  isDash,
  isHashLength,
  trailingDigits,
  uuidEnd,
} from './recognize.js'

/** Parts of a name that are told apart; what follows is one `rest` part. */
export const MAX_TOKENS = 24
/** Bytes of a name that are looked at; what follows is one `rest` part. */
export const MAX_SCAN_BYTES = 512

// Plain constants for the loop over bytes: looking them up in an object costs there.
const SEPARATOR = BYTE.separator
const DIGIT = BYTE.digit
const LITERAL = KIND.literal
const INT = KIND.int
const WORD_INT = KIND.wordInt
const REST = KIND.rest

/** Stands for the byte behind the last one. */
const END = 256

const HEX = BYTE.digit | BYTE.hexLower | BYTE.hexUpper
const LOWER = BYTE.hexLower | BYTE.lower
const UPPER = BYTE.hexUpper | BYTE.upper

/** What dashes and underscores hold together is looked at as one token from this many bytes on. */
const MIN_RUN_BYTES = 16
/** `=` */
const PADDING = 61

/** In place of the length of a part that is variable. */
const VARIABLE = -1

/** Powers of the factor of name hashes. */
const NAME_POWERS = new Int32Array(MAX_SCAN_BYTES + 1)
NAME_POWERS[0] = 1
for (let i = 1; i <= MAX_SCAN_BYTES; i++) NAME_POWERS[i] = Math.imul(NAME_POWERS[i - 1]!, NAME_FACTOR)

/**
 * Cuts a key name into parts in one pass over its bytes: separators, then a literal or a recognised class.
 *
 * The result stands in the arrays until the next call. `edgeA`/`edgeB` identify a part with the separators before
 * it (two hashes, 64 bits together); `pathA`/`pathB` the shape of the whole name: literals by their bytes, variable
 * parts by their class only.
 */
export class Tokenizer {
  readonly classes: Uint8Array
  count = 0
  pathA = 0
  pathB = 0
  /** Result of `shape`. */
  shapeA = 0
  shapeB = 0
  /** Result of `shape`: all parts are letters or digits, so that the shape does not depend on which digits they are. */
  plain = false
  readonly #digitsSeparate: boolean
  readonly separatorStart = new Int32Array(MAX_TOKENS)
  readonly start = new Int32Array(MAX_TOKENS)
  readonly end = new Int32Array(MAX_TOKENS)
  readonly kind = new Uint8Array(MAX_TOKENS)
  readonly edgeA = new Int32Array(MAX_TOKENS)
  readonly edgeB = new Int32Array(MAX_TOKENS)
  /** OR of `BYTE` bits. */
  readonly mask = new Uint8Array(MAX_TOKENS)
  /** Where the digits of a `wordInt` begin, or of a literal such as `v2` that may become one; else 0. */
  readonly digitsAt = new Int32Array(MAX_TOKENS)

  readonly #kinds: PartKinds
  #nameHash = 0
  /** The name whose hash nobody has asked for yet. */
  #unhashed: Uint8Array | null = null
  #hashStart = 0
  #hashEnd = 0

  constructor(separators: string) {
    this.classes = byteClasses(separators)
    this.classes[END] = SEPARATOR
    this.#kinds = new PartKinds(this.classes)
    this.#digitsSeparate = /[0-9]/.test(separators)
  }

  tokenize(bytes: Uint8Array, start: number, end: number): void {
    const classes = this.classes
    const kinds = this.#kinds
    const stop = end - start > MAX_SCAN_BYTES ? start + MAX_SCAN_BYTES : end
    let t = 0
    let i = start
    let pathA = FNV_OFFSET
    let pathB = 0
    for (;;) {
      const separatorAt = i
      let separatorHash = FNV_OFFSET
      let separatorHashBefore = FNV_OFFSET
      while (i < stop && classes[bytes[i]!] === SEPARATOR) {
        separatorHashBefore = separatorHash
        separatorHash = Math.imul(separatorHash ^ bytes[i]!, FNV_PRIME)
        i++
      }
      let at = i
      let a = FNV_OFFSET
      let b = 0
      let mask = 0
      while (i < stop) {
        const byte = bytes[i]!
        const byteClass = classes[byte]!
        if (byteClass === SEPARATOR) break
        mask |= byteClass
        a = Math.imul(a ^ byte, FNV_PRIME)
        b = ((b << 5) - b + byte) | 0
        i++
      }

      const length = i - at
      let kind: number
      let digitsAt = 0
      let separatorStart = separatorAt
      const random = this.#isRandomRun(bytes, start, separatorAt, at, i, end)
      if (!random && (mask & ~LETTERS) === 0 && !this.#lettersNeedALook(bytes, i, end, length, mask)) kind = LITERAL
      else if (!random && mask === DIGIT && !digitsNeedALook(bytes, i, end, length)) kind = INT
      else {
        kind = random ? KIND.base64 : kinds.kindOf(bytes, start, at, i, end, mask)
        digitsAt = kinds.digitsAt
        if (kinds.partEnd !== i || kinds.partStart !== at) {
          // The part reaches over separators, forward or (mail addresses) back over earlier parts.
          i = kinds.partEnd
          if (kinds.partStart !== at) {
            at = kinds.partStart
            while (t > 0 && this.start[t - 1]! >= at) separatorStart = this.separatorStart[--t]!
            separatorHash = FNV_OFFSET
            for (let k = separatorStart; k < at; k++) separatorHash = Math.imul(separatorHash ^ bytes[k]!, FNV_PRIME)
            pathA = FNV_OFFSET
            pathB = 0
            for (let k = 0; k < t; k++) {
              pathA = stepA(pathA, this.edgeA[k]!)
              pathB = stepB(pathB, this.edgeB[k]!)
            }
          }
        }
      }

      if (kind === INT && at > separatorAt && bytes[at - 1] === 45) {
        // A minus right behind another separator (or at the start) is a sign, not a separator.
        if (at - 1 === start || (at - separatorAt > 1 && bytes[at - 2] !== 45)) {
          at--
          separatorHash = separatorHashBefore
        }
      }
      const last = i < end && (i >= stop || t === MAX_TOKENS - 1)
      if (last) {
        kind = REST
        i = end
      }

      if (kind !== LITERAL) {
        a = KIND_HASH[kind]!
        b = 0
        if (kind === WORD_INT) {
          for (let k = at; k < digitsAt; k++) {
            a = Math.imul(a ^ bytes[k]!, FNV_PRIME)
            b = ((b << 5) - b + bytes[k]!) | 0
          }
        }
      }
      const edgeA = finishA(a, separatorHash)
      const edgeB = finishB(b, separatorHash)

      this.separatorStart[t] = separatorStart
      this.start[t] = at
      this.end[t] = i
      this.kind[t] = kind
      this.edgeA[t] = edgeA
      this.edgeB[t] = edgeB
      this.mask[t] = mask
      this.digitsAt[t] = digitsAt
      t++
      pathA = stepA(pathA, edgeA)
      pathB = stepB(pathB, edgeB)
      if (i >= end) break
    }
    this.count = t
    this.pathA = pathA
    this.pathB = pathB
    this.#unhashed = bytes
    this.#hashStart = start
    this.#hashEnd = stop
  }

  /**
   * Hash over all bytes looked at, classes or not: picks examples. To be asked for while the name lies where it was.
   */
  get nameHash(): number {
    const bytes = this.#unhashed
    if (bytes !== null) {
      let name = 0
      for (let k = this.#hashStart; k < this.#hashEnd; k++) name = (Math.imul(name, NAME_FACTOR) + bytes[k]!) | 0
      this.#nameHash = finishName(name)
      this.#unhashed = null
    }
    return this.#nameHash
  }

  /**
   * The quick way for names made of words, integers, UUIDs and hex: `shapeA`/`shapeB` identify the shape, as
   * `pathA`/`pathB` do but with other numbers, and `nameHash` is set. Says false where only `tokenize` can tell.
   * Two names with equal shapes have equal paths.
   */
  shape(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start > MAX_SCAN_BYTES) return false
    const classes = this.classes
    const kinds = this.#kinds
    let plain = !this.#digitsSeparate
    let shapeA = FNV_OFFSET
    let shapeB = 0
    let name = 0
    let i = start
    /** Where the separators begin that stand before the part at hand. */
    let separatorAt = start
    for (;;) {
      const at = i
      const nameBefore = name
      let mask = 0
      while (i < end) {
        const byte = bytes[i]!
        const byteClass = classes[byte]!
        if (byteClass === SEPARATOR) break
        mask |= byteClass
        name = (Math.imul(name, NAME_FACTOR) + byte) | 0
        i++
      }
      let next = i < end ? bytes[i]! : END
      let length = i - at
      let identity = mask
      const isUuid = length === 8 && next === 45 && uuidEnd(bytes, at, end) !== 0
      if (length > 0 && !isUuid && this.#isRandomRun(bytes, start, separatorAt, at, i, end)) {
        if (kinds.partStart !== at) return false
        plain = false
        for (; i < kinds.partEnd; i++) name = (Math.imul(name, NAME_FACTOR) + bytes[i]!) | 0
        next = i < end ? bytes[i]! : END
        identity = KIND.base64
        length = VARIABLE
      } else if (mask !== DIGIT) {
        if ((mask & ~LETTERS) === 0) {
          // A minus behind another separator, or at the start, may be a sign.
          if (length === 0 && next === 45) return false
          if (length >= 8 && this.#lettersNeedALook(bytes, i, end, length, mask)) return false
          // Both cases beside a dash may be a piece of a base64url token.
          if ((mask & UPPER) !== 0 && (mask & LOWER) !== 0) {
            if (isDash(next) || (at > start && isDash(bytes[at - 1]!))) return false
          }
          // The hash of these letters alone.
          identity = (name - Math.imul(nameBefore, NAME_POWERS[length]!)) | 0
        } else if ((mask & ~HEX) !== 0) {
          if ((mask & ~(LETTERS | DIGIT)) !== 0) return false
          // What stands beside a dash, or before padding, may be a piece of a token.
          if (isDash(next) || next === PADDING || (at > start && isDash(bytes[at - 1]!))) return false
          plain = false
          if (length < MIN_TOKEN_BYTES) {
            if (!this.#isNumberedText(bytes, at, i)) return false
            identity = (name - Math.imul(nameBefore, NAME_POWERS[length]!)) | 0
          } else {
            if (!isPlainToken(bytes, at, i)) return false
            identity = KIND.base64
            length = VARIABLE
          }
        } else {
          plain = false
          if (length > 8) {
            if ((mask & BYTE.hexLower) !== 0 && (mask & BYTE.hexUpper) !== 0) return false
            identity = isHashLength(length) ? KIND.hash : KIND.hex
          } else {
            if (!isUuid) return false
            for (; i < at + 36; i++) name = (Math.imul(name, NAME_FACTOR) + bytes[i]!) | 0
            next = i < end ? bytes[i]! : END
            if (classes[next] !== SEPARATOR) return false
            identity = KIND.uuid
          }
          length = VARIABLE
        }
      } else {
        if ((length <= 4 || length === 8 || length === 14) && digitsNeedALook(bytes, i, end, length)) {
          const found = length === 4 ? dateEnd(bytes, at, end) : next === 46 ? ipv4End(bytes, at, end) : 0
          if (found === 0) return false
          plain = false
          for (; i < found; i++) name = (Math.imul(name, NAME_FACTOR) + bytes[i]!) | 0
          next = i < end ? bytes[i]! : END
          // Behind a date, a blank may lead to a time of day.
          if (classes[next] !== SEPARATOR || next === 32) return false
          identity = length === 4 ? KIND.date : KIND.ip
        }
        length = VARIABLE
      }
      shapeA = (Math.imul(shapeA ^ identity, 0x2127599b) + next) | 0
      shapeA ^= shapeA >>> 15
      shapeB = (Math.imul(shapeB ^ identity, 0x01000193) + length) | 0
      if (i >= end) break
      if (length !== 0) separatorAt = i
      name = (Math.imul(name, NAME_FACTOR) + next) | 0
      i++
    }
    this.shapeA = shapeA
    this.shapeB = shapeB
    this.plain = plain
    this.#nameHash = finishName(name)
    this.#unhashed = null
    return true
  }

  /** `v2`, `top10`: letters and digits, few of them, that are a literal. False where only `tokenize` can tell. */
  #isNumberedText(bytes: Uint8Array, at: number, end: number): boolean {
    // Dates and addresses begin with a digit or a hex digit.
    if ((this.classes[bytes[at]!]! & (BYTE.lower | BYTE.upper)) === 0) return false
    const digits = trailingDigits(bytes, at, end)
    return digits === 0 || end - digits < MIN_NUMBER_BYTES
  }

  /** Letters alone are a literal, unless they are long, or the first group of a UUID. */
  #lettersNeedALook(bytes: Uint8Array, i: number, end: number, length: number, mask: number): boolean {
    if (length === 8) return i + 28 <= end && bytes[i] === 45 && bytes[i + 5] === 45
    if (length < 12) return false
    return length > MAX_LITERAL_BYTES || ((mask & LOWER) !== 0 && (mask & UPPER) !== 0)
  }

  /**
   * Whether a name segment that begins here is one base64url token, dashes and underscores included. Where it is stands
   * in `#kinds`.
   */
  #isRandomRun(
    bytes: Uint8Array,
    start: number,
    separatorAt: number,
    at: number,
    tokenEnd: number,
    end: number,
  ): boolean {
    let runStart = at
    if (at > separatorAt && isDash(bytes[at - 1]!)) {
      // The token itself may begin with a dash, when a stronger separator stands before it.
      if (at - 1 > start && (at - 1 === separatorAt || isDash(bytes[at - 2]!))) return false
      runStart--
    } else if (tokenEnd >= end || !isDash(bytes[tokenEnd]!)) return false
    const runEnd = base64RunEnd(bytes, runStart, end)
    return runEnd - runStart >= MIN_RUN_BYTES && this.#kinds.isRandomRun(bytes, runStart, runEnd, at, tokenEnd, end)
  }
}

/** Letters and digits that are a token by themselves. False where only `tokenize` can tell. */
function isPlainToken(bytes: Uint8Array, at: number, end: number): boolean {
  const length = end - at
  // A moment, a ULID, `0x`.
  if (length === 15 || length === 16 || length === 26 || (bytes[at] === 48 && bytes[at + 1] === 120)) return false
  return caseChanges(bytes, at, end) * 4 >= length
}
