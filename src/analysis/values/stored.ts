import { lzfDecompressUpTo } from '../../../parsers/rdb/lzf.js'

/** Compressed data that is cut gives at least 32 bytes for 33, but for its last token. */
const TOKEN_BYTES = 33
/** Bytes of a value that are looked at. */
const MAX_BYTES = 64 * 1024

const scratch = new Uint8Array(MAX_BYTES)

/**
 * What is kept of a value, decoded; valid until the next call.
 *
 * @param compressedBytes size of all of its compressed data; 0: it is stored plainly
 * @returns null when the compressed data is damaged, which is for others to say
 */
export function decoded(stored: Uint8Array, compressedBytes: number, length: number): Uint8Array | null {
  if (compressedBytes === 0) return stored
  const cut = stored.length < compressedBytes
  const sure = cut ? Math.floor(((stored.length - TOKEN_BYTES) * (TOKEN_BYTES - 1)) / TOKEN_BYTES) : length
  const wanted = Math.max(0, Math.min(sure, length, MAX_BYTES))
  try {
    const written = lzfDecompressUpTo(stored, 0, stored.length, scratch, wanted, false)
    return scratch.subarray(0, Math.min(written, wanted))
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
