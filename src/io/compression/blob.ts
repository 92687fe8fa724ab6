import { LIMITS, type Limits, MAX_RATIO } from '../../limits.js'
import { CompressionError, decodeWhole } from './byte-queue.js'
import { lz4Frames } from './lz4.js'
import { zstdFrames } from './zstd.js'

/** Unpacks a blob of a Dragonfly file. @throws CompressionError */
export function decompressBlob(codec: 'zstd' | 'lz4', bytes: Uint8Array, limits: Limits = LIMITS): Uint8Array {
  return decodeWhole(codec === 'lz4' ? lz4Frames : zstdFrames(limits.zstdWindowBytes), bytes, limits.blobBytes)
}

/** Unpacks the blobs of one file, which together are bounded as a compressed file is. */
export class Blobs {
  #storedBytes = 0
  #bytes = 0

  /** @param maxRatio times their size that all of them may unpack to; 0: any */
  constructor(
    readonly limits: Limits,
    readonly maxRatio = MAX_RATIO,
  ) {}

  /** @throws CompressionError */
  unpack(codec: 'zstd' | 'lz4', bytes: Uint8Array): Uint8Array {
    const blob = decompressBlob(codec, bytes, this.limits)
    this.#storedBytes += bytes.length
    this.#bytes += blob.length
    const { maxRatio } = this
    if (this.#bytes > this.limits.harmlessBytes && maxRatio > 0 && this.#bytes > maxRatio * this.#storedBytes) {
      const why = `with those before, it unpacks to more than ${maxRatio} times its size: ${this.#bytes} bytes (--max-ratio)`
      throw new CompressionError(
        why,
        false,
        'If it is no attack but what you expect, allow more with --max-ratio (0: any).',
      )
    }
    return blob
  }
}
