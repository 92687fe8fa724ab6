/**
 * Which header an sds string gets for its length.
 * `old`: 8 bytes for all (Redis up to 3.0). `sized`: by length (3.2 to 8.0, Valkey 7.2).
 * `sized-whole`: by the length of header, text and end together (Redis 8.2 and later, Valkey 8.0 and later).
 */
export type SdsKind = 'old' | 'sized' | 'sized-whole'

/** struct sdshdr5/8/16/32/64 (sds.h), packed. */
const HEADER_5 = 1
const HEADER_8 = 3
const HEADER_16 = 5
const HEADER_32 = 9
const HEADER_64 = 17
const HEADER_OLD = 8 // struct sdshdr of Redis 2.x: int len, int free

/** Header bytes of a string of its own; an empty one is always type 8, so that it can grow. */
export function sdsHeader(kind: SdsKind, length: number): number {
  if (kind === 'old') return HEADER_OLD
  if (length < 32) return length === 0 ? HEADER_8 : HEADER_5
  if (kind === 'sized') {
    if (length < 256) return HEADER_8
    if (length < 65536) return HEADER_16
    return length < 4294967296 ? HEADER_32 : HEADER_64
  }
  if (length < 253) return HEADER_8
  if (length < 65531) return HEADER_16
  return length < 4294967287 ? HEADER_32 : HEADER_64
}

/** Header bytes of a string inside another block (key in an entry or object): type 5 is allowed for length 0. */
export function embeddedSdsHeader(kind: SdsKind, length: number): number {
  return length === 0 ? HEADER_5 : sdsHeader(kind, length)
}

/** Bytes requested for a string of its own: header, text, end. */
export function sdsBytes(kind: SdsKind, length: number): number {
  return sdsHeader(kind, length) + length + 1
}

/** Bytes that a string takes inside another block. */
export function embeddedSdsBytes(kind: SdsKind, length: number): number {
  return embeddedSdsHeader(kind, length) + length + 1
}
