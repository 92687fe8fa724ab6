/**
 * Hash of 32 bits by which keys are taken into samples of a data set: over all bytes of a name, four at a time. None of
 * the hashes by which values are sampled, so that keys of a sample are not those of another one.
 */
export function sampleHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start
  let i = start
  for (; i + 4 <= end; i += 4) {
    hash = mixed(hash, bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24))
  }
  let rest = 0
  for (let shift = 0; i < end; i++, shift += 8) rest |= bytes[i]! << shift
  return stirred(mixed(hash, rest))
}

/** The same of a view, which must have four bytes more than that. */
export function sampleHashIn(view: DataView, start: number, end: number): number {
  let hash = end - start
  let i = start
  for (; i + 4 <= end; i += 4) hash = mixed(hash, view.getInt32(i, true))
  const rest = i === end ? 0 : view.getInt32(i, true) & ((1 << (8 * (end - i))) - 1)
  return stirred(mixed(hash, rest))
}

function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x7feb352d)
  return product ^ (product >>> 15)
}

function stirred(hash: number): number {
  const product = Math.imul(hash ^ (hash >>> 16), 0x846ca68b)
  return (product ^ (product >>> 16)) >>> 0
}
