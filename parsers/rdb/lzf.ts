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

/** Longest output of one token, in bytes. */
export const LZF_LONGEST_RUN = 264
/** With so much room behind the end of the output, all of it is written at full speed. */
export const LZF_SLACK_BYTES = LZF_LONGEST_RUN + 16
/** From this many bytes on full speed is worth a view on them. */
const LONG_BYTES = 1024
/** Longest token of the input: a literal run. No step reads behind the end of such a one. */
const LONGEST_TOKEN = 33

/** How far input and output have come. */
export interface LzfProgress {
  at: number
  written: number
}

const progress: LzfProgress = { at: 0, written: 0 }

/**
 * Decompresses `input[from, to)` into `out[0, length)`. What stands in `out` behind that may be overwritten.
 * @throws RangeError when the data is damaged or does not give exactly `length` bytes
 */
export function lzfDecompress(input: Uint8Array, from: number, to: number, out: Uint8Array, length: number): void {
  progress.at = from
  progress.written = 0
  lzfWholeTokens(progress, input, to, out, length)
  const written = lzfRest(progress.at, progress.written, input, to, out, length, true)
  if (written !== length) throw new RangeError(`LZF data gives ${written} bytes instead of ${length}`)
}

/**
 * Decompresses whole tokens up to one that is damaged, cut, or too near the end of `input`, `to`, `out` or `limit`:
 * that and what follows is left to who looks closer. Most runs are short and all differ, so that asking how long each
 * is takes longer than copying 8 or 16 bytes: up to 15 bytes are written behind the last one.
 */
export function lzfWholeTokens(
  progress: LzfProgress,
  input: Uint8Array,
  to: number,
  out: Uint8Array,
  limit: number,
): void {
  const lastToken = Math.min(to, input.length - LONGEST_TOKEN)
  if (progress.at >= lastToken) return
  const from = dataView(input)
  const target = dataView(out)
  const lastRun = out.length - LZF_SLACK_BYTES
  let at = progress.at
  let written = progress.written
  while (at < lastToken && written <= lastRun) {
    const control = input[at]!
    if (control < 32) {
      const source = at + 1
      const next = source + control + 1
      const end = written + control + 1
      if (next > to || end > limit) break
      target.setInt32(written, from.getInt32(source, true), true)
      target.setInt32(written + 4, from.getInt32(source + 4, true), true)
      if (control >= 8) {
        target.setInt32(written + 8, from.getInt32(source + 8, true), true)
        target.setInt32(written + 12, from.getInt32(source + 12, true), true)
        if (control >= 16) {
          target.setInt32(written + 16, from.getInt32(source + 16, true), true)
          target.setInt32(written + 20, from.getInt32(source + 20, true), true)
          target.setInt32(written + 24, from.getInt32(source + 24, true), true)
          target.setInt32(written + 28, from.getInt32(source + 28, true), true)
        }
      }
      at = next
      written = end
    } else {
      let length = (control >> 5) + 2
      let next = at + 2
      if (length === 9) {
        length += input[at + 1]!
        next++
      }
      const end = written + length
      const distance = ((control & 31) << 8) + input[next - 1]! + 1
      let source = written - distance
      if (next > to || end > limit || source < 0) break
      let copy = written
      if (distance < 4) {
        // One to three bytes over and over: once more than four of them stand there, these are what is repeated.
        const repeated = distance === 3 ? 6 : 4
        while (copy < written + repeated) out[copy++] = out[source++]!
        source = copy - repeated
      }
      target.setInt32(copy, target.getInt32(source, true), true)
      target.setInt32(copy + 4, target.getInt32(source + 4, true), true)
      if (length > 8) {
        for (copy += 8, source += 8; copy < end; copy += 8, source += 8) {
          target.setInt32(copy, target.getInt32(source, true), true)
          target.setInt32(copy + 4, target.getInt32(source + 4, true), true)
        }
      }
      at = next
      written = end
    }
  }
  progress.at = at
  progress.written = written
}

const views = new WeakMap<Uint8Array, DataView>()

/** A view on the same bytes: making one takes longer than decompressing a hundred bytes. */
function dataView(bytes: Uint8Array): DataView {
  let view = views.get(bytes)
  if (view === undefined) {
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    views.set(bytes, view)
  }
  return view
}

/**
 * Decompresses until `limit` bytes are written or the input ends, and returns how many were written.
 * Looks at the head of a large string without decoding the rest; without `exact` what stands in `out` behind that may
 * be overwritten.
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
  progress.at = from
  progress.written = 0
  // Who wants what stands in front of damage wants nothing behind it.
  if (!exact && to - from >= LONG_BYTES) lzfWholeTokens(progress, input, to, out, limit)
  return lzfRest(progress.at, progress.written, input, to, out, limit, exact)
}

/** Goes on where `written` bytes are in place. */
function lzfRest(
  from: number,
  writtenBefore: number,
  input: Uint8Array,
  to: number,
  out: Uint8Array,
  limit: number,
  exact: boolean,
): number {
  let at = from
  let written = writtenBefore
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
