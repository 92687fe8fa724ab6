import { LIMITS, type Limits } from '../../limits.js'
import { decodeWhole } from './byte-queue.js'
import { lz4Frames } from './lz4.js'
import { zstdFrames } from './zstd.js'

/** Unpacks a blob of a Dragonfly file. */
export function decompressBlob(codec: 'zstd' | 'lz4', bytes: Uint8Array, limits: Limits = LIMITS): Uint8Array {
  return decodeWhole(codec === 'lz4' ? lz4Frames : zstdFrames(limits.zstdWindowBytes), bytes, limits.blobBytes)
}
