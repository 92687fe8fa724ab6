/**
 * LZF, the compression of RDB strings (liblzf's format: no header, no checksum).
 *
 *     control < 32   literal run of control + 1 bytes
 *     else           back reference: length (control >> 5) + 2, one more length byte when the
 *                    three bits are all set; distance ((control & 31) << 8) + next byte + 1
 */

/** Longest output that `compressedLength` bytes can stand for: the best token turns 3 bytes into 264. */
export function lzfMaxLength(compressedLength: number): number {
  return compressedLength * 88
}

/**
 * Decompresses `input[from, to)` into `out[0, length)`.
 * @throws RangeError when the data is damaged or does not give exactly `length` bytes
 */
export function lzfDecompress(input: Uint8Array, from: number, to: number, out: Uint8Array, length: number): void {
  const written = lzfDecompressUpTo(input, from, to, out, length)
  if (written !== length) throw new RangeError(`LZF data gives ${written} bytes instead of ${length}`)
}

/**
 * Decompresses until `limit` bytes are written or the input ends, and returns how many were written.
 * Looks at the head of a large string without decoding the rest.
 * @throws RangeError when the data is damaged, or (with `exact`, the default) goes on behind `limit`
 */
export function lzfDecompressUpTo(
  input: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  limit: number,
  exact = true,
): number {
  let at = from
  let written = 0
  while (at < to) {
    const control = input[at++]!
    if (control < 32) {
      let run = control + 1
      if (at + run > to) throw new RangeError('LZF literal run reaches behind the compressed data')
      if (written + run > limit) {
        if (exact) throw new RangeError('LZF data is longer than declared')
        run = limit - written
      }
      for (let i = 0; i < run; i++) out[written++] = input[at++]!
    } else {
      let run = control >> 5
      if (run === 7) {
        if (at >= to) throw new RangeError('LZF back reference is cut')
        run += input[at++]!
      }
      run += 2
      if (at >= to) throw new RangeError('LZF back reference is cut')
      let source = written - ((control & 31) << 8) - input[at++]! - 1
      if (source < 0) throw new RangeError('LZF back reference points before the start')
      if (written + run > limit) {
        if (exact) throw new RangeError('LZF data is longer than declared')
        run = limit - written
      }
      // Byte by byte on purpose: source and target may overlap, that is how runs are made.
      for (let i = 0; i < run; i++) out[written++] = out[source++]!
    }
    if (written === limit && !exact) return written
  }
  return written
}
