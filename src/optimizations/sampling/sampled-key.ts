import type { RdbKey } from '../../../parsers/index.js'
import type { ShapeType } from '../../memory/shape-pricer.js'
import { isPlainHash } from '../as-elements.js'
import type { SampledTally } from './tally.js'

/** A key of the sample with its value, as bytes one after the other. */
export interface SampledKey {
  /** Number of 32 bits that depends on the name of the key only. */
  readonly ticket: number
  readonly type: ShapeType
  /** Its name comes first in `bytes`. */
  readonly nameBytes: number
  readonly bytes: Uint8Array
  /** Lengths of what follows the name: the value; elements; or field, value, field, value ... */
  readonly lengths: Uint32Array
  readonly hasExpiry: boolean
  /** Elements of the value that each one of the sample stands for; 1: all are there. */
  readonly scale: number
  readonly ramBytes: number
  /** Code of `ENCODING`. */
  readonly encoding: number
  readonly tally: SampledTally
  /**
   * What the elements of the sample take unchanged, once somebody has asked; infinite when they would be stored
   * otherwise.
   */
  plainBytes: number
}

/** Types whose values are looked at: members of sorted sets and entries of streams are left alone. */
export function sampledType(key: RdbKey): ShapeType | null {
  switch (key.layout.redisType) {
    case 'string':
    case 'list':
    case 'set':
      return key.layout.redisType
    case 'hash':
      return isPlainHash(key) ? 'hash' : null
    default:
      return null
  }
}

/** Names of the values of a key, as bytes: views that may be kept. */
export function nameOf(key: SampledKey): Uint8Array {
  return key.bytes.subarray(0, key.nameBytes)
}

/** Shows the values of a key: field (null where there is none) and value. */
export function eachValue(key: SampledKey, show: (field: Uint8Array | null, value: Uint8Array) => void): void {
  let at = key.nameBytes
  const { bytes, lengths } = key
  const paired = key.type === 'hash'
  for (let i = 0; i < lengths.length; i++) {
    let field: Uint8Array | null = null
    if (paired) {
      field = bytes.subarray(at, at + lengths[i]!)
      at += lengths[i++]!
    }
    show(field, bytes.subarray(at, at + lengths[i]!))
    at += lengths[i]!
  }
}

/** Hash of 32 bits of the name of a key: FNV-1a, then mixed so that all bits count. */
export function ticketOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
