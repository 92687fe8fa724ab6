import type { RdbKey } from '../../parsers/index.js'
import { KIND } from '../analysis/patterns/classes.js'
import { FNV_OFFSET, FNV_PRIME, stepA, stepB } from '../analysis/patterns/edges.js'
import type { NamePatterns } from './names.js'

const OPENING_BRACE = 123
const CLOSING_BRACE = 125

/** A hash tag begins in these bytes and does not end there. */
function isTagOpen(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = end - 1; i >= start; i--) {
    if (bytes[i] === CLOSING_BRACE) return false
    if (bytes[i] === OPENING_BRACE) return true
  }
  return false
}

/**
 * Cuts names such as `user:17:name` behind their last variable part: the entity `user:17`, and `name`, which belongs to
 * it. Reused.
 */
export class EntityName {
  /** Length of the entity's name. */
  entityBytes = 0
  /** Where the text behind its separators begins, from the start of the name; -1 when nothing stands there. */
  fieldAt = -1
  /** Identity of the shape of the entity's name, literals with their bytes, and of what separates the field from it. */
  family = 0
  /** Hash of the entity's name: two numbers of 32 bits. */
  hashA = 0
  hashB = 0

  /**
   * Cuts the name of a key that `names` has looked at, as it is called now; false when nothing in it is variable.
   */
  read(names: NamePatterns, key: RdbKey): boolean {
    const { tokens } = names
    let last = tokens.count - 1
    while (last >= 0 && tokens.kind[last] === KIND.literal) last--
    if (last < 0 || tokens.kind[last] === KIND.rest) return false
    let pathA = FNV_OFFSET
    let pathB = 0
    for (let t = 0; t <= last; t++) {
      pathA = stepA(pathA, tokens.edgeA[t]!)
      pathB = stepB(pathB, tokens.edgeB[t]!)
    }
    const { bytes, start, end } = key.key.load()
    const parts = names.partsNow(key)
    const { shift } = names
    let entityEnd = parts.end[last]! + shift
    if (entityEnd <= start || entityEnd > end) return false
    // The braces of a hash tag belong together: {17}, {user:17}.
    if (bytes[entityEnd] === CLOSING_BRACE && entityEnd < end && isTagOpen(bytes, start, entityEnd)) entityEnd++
    this.entityBytes = entityEnd - start
    // Behind a last separator there may be an empty part.
    const next = last + 1 < tokens.count ? parts.start[last + 1]! + shift : end
    this.fieldAt = next < end ? next - start : -1
    this.family = (pathA >>> 0) * 0x200000 + (pathB & 0x1fffff)
    return true
  }

  /** Fills `hashA` and `hashB`. */
  hash(bytes: Uint8Array, start: number): void {
    let a = FNV_OFFSET
    let b = 0
    const end = start + this.entityBytes
    for (let i = start; i < end; i++) {
      a = Math.imul(a ^ bytes[i]!, FNV_PRIME)
      b = (Math.imul(b, 0x2c1b3c6d) + bytes[i]! + 1) | 0
    }
    a = Math.imul(a ^ (a >>> 16), 0x7feb352d)
    a = Math.imul(a ^ (a >>> 15), 0x846ca68b)
    this.hashA = a ^ (a >>> 16)
    this.hashB = b ^ (b >>> 15)
  }
}
