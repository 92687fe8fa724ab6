import { KIND } from './classes.js'

export const FNV_OFFSET = 0x811c9dc5 | 0
export const FNV_PRIME = 0x01000193

/** One hash of identity per kind; literals and word prefixes use their bytes instead. */
export const KIND_HASH = Int32Array.from({ length: 16 }, (_, kind) => Math.imul(kind + 1, 0x9e3779b1) ^ 0x5bd1e995)

export function finishA(part: number, separators: number): number {
  const mixed = Math.imul(part ^ (separators + 0x7f4a7c15), 0x297a2d39)
  return mixed ^ (mixed >>> 15)
}

export function finishB(part: number, separators: number): number {
  const mixed = Math.imul(part + separators, 0x1b56c4f5)
  return mixed ^ (mixed >>> 14)
}

/** The two hashes of an edge, as `tokenize` would give them. */
export const edgeHash = { a: 0, b: 0 }

/**
 * Hashes an edge of any kind: separators `bytes[separatorStart, start)`, then for text kinds `bytes[start, end)`.
 * The result stands in `edgeHash`.
 */
export function hashEdge(kind: number, bytes: Uint8Array, separatorStart: number, start: number, end: number): void {
  let separators = FNV_OFFSET
  for (let i = separatorStart; i < start; i++) separators = Math.imul(separators ^ bytes[i]!, FNV_PRIME)
  let a = kind === KIND.literal ? FNV_OFFSET : KIND_HASH[kind]!
  let b = 0
  if (kind === KIND.literal || kind === KIND.wordInt) {
    for (let i = start; i < end; i++) {
      a = Math.imul(a ^ bytes[i]!, FNV_PRIME)
      b = ((b << 5) - b + bytes[i]!) | 0
    }
  }
  edgeHash.a = finishA(a, separators)
  edgeHash.b = finishB(b, separators)
}

export function stepA(path: number, edge: number): number {
  const mixed = Math.imul(path ^ edge, 0x2127599b)
  return mixed ^ (mixed >>> 16)
}

export function stepB(path: number, edge: number): number {
  return (Math.imul(path, 0x01000193) + edge) | 0
}
