import { OPCODE } from './dialects.js'
import type { ValueReader } from './values/reader.js'
import { shortString } from './values/shapes.js'
import { PART } from './visitor.js'

/** Gives all of what a blob holds; what it throws is reported as damage of the blob. */
export type Decompress = (codec: 'zstd' | 'lz4', bytes: Uint8Array) => Uint8Array

/**
 * What a record turned out to be: null (not known), 'done' (read), records in a compressed blob, or the function
 * that reads the rest of it and may be entered again.
 */
export type RecordResult = null | 'done' | { readonly blob: Uint8Array } | (() => void)

/** Records that only Dragonfly writes: compressed blobs, and what its replication and its indexes need. */
export class DragonflyRecords {
  readonly #values: ValueReader
  readonly #decompress: Decompress | null

  constructor(values: ValueReader, decompress: Decompress | null) {
    this.#values = values
    this.#decompress = decompress
  }

  /** Null when the opcode is none of Dragonfly's. */
  read(opcode: number): RecordResult {
    const { cursor } = this.#values
    switch (opcode) {
      case OPCODE.dfFullSyncEnd:
      case OPCODE.dfJournalOffset:
        cursor.need(8)
        cursor.pos += 8
        return 'done'
      case OPCODE.dfZstdBlob:
        return this.#compressedBlob('zstd')
      case OPCODE.dfLz4Blob:
        return this.#compressedBlob('lz4')
      case OPCODE.dfBlobEnd:
        return 'done'
      case OPCODE.dfJournalBlob:
        cursor.length()
        return () => this.#skipString()
      case OPCODE.dfMask: {
        const mask = cursor.u32le()
        if ((mask & 2) !== 0) cursor.u32le()
        return 'done'
      }
      case OPCODE.dfVectorIndex:
        return () => this.#vectorIndex()
      case OPCODE.dfDocIndex:
        return () => this.#docIndex()
      case OPCODE.dfTaggedChunk:
        return this.#values.fail({
          code: 'unsupported',
          what: 'a tagged chunk of Dragonfly, which only its replication writes; save a plain RDB instead',
        })
      default:
        return null
    }
  }

  #compressedBlob(codec: 'zstd' | 'lz4'): RecordResult {
    const values = this.#values
    const size = values.cursor.length()
    if (size > values.limits.blobBytes) {
      values.fail({ code: 'limit', what: `a compressed blob of ${size} bytes (limit blob-bytes)` })
    }
    values.cursor.need(size)
    const decompress = this.#decompress
    if (decompress === null) {
      return values.fail({
        code: 'unsupported',
        what: `a Dragonfly file with ${codec} compression; save it with compression_mode 0 or 1, or as RDB from a Redis replica`,
      })
    }
    const { bytes, pos } = values.cursor
    let blob: Uint8Array
    try {
      blob = decompress(codec, bytes.subarray(pos, pos + size))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      // What there is a way around is a limit rather than damage.
      const isLimit = error instanceof Error && 'advice' in error && error.advice !== null
      const what = `a blob compressed with ${codec} ${isLimit ? 'cannot be unpacked' : 'is damaged'}: ${why}`
      return values.fail({ code: isLimit ? 'limit' : 'bad-value', what })
    }
    values.cursor.pos += size
    return { blob }
  }

  #skipString(): void {
    const { cursor, frame, a } = this.#values
    if (frame.phase === 1 || !cursor.string(a)) {
      frame.phase = 1
      cursor.longString(a, PART.other)
    }
  }

  /** `string name, length entry point, length n, n times: u32, u64, u32 level, level + 1 times: u32 k, k times u32` */
  #vectorIndex(): void {
    const { cursor, frame, a } = this.#values
    if (!frame.begun) {
      shortString(this.#values, a, 'the name of a vector index')
      cursor.length()
      frame.remaining = cursor.length()
      frame.begun = true
      cursor.commit()
    }
    while (frame.remaining > 0 || frame.groups > 0 || frame.inner > 0) {
      if (frame.inner > 0) {
        cursor.u32le()
        frame.inner--
      } else if (frame.groups > 0) {
        frame.inner = cursor.u32le()
        frame.groups--
      } else {
        cursor.need(16)
        cursor.pos += 12
        frame.groups = cursor.u32le() + 1
        frame.remaining--
      }
      cursor.commit()
    }
  }

  /** `length shard, string index, length n, n times: string key, length document` */
  #docIndex(): void {
    const { cursor, frame, a } = this.#values
    if (!frame.begun) {
      cursor.length()
      shortString(this.#values, a, 'the name of a document index')
      frame.remaining = cursor.length()
      frame.begun = true
      cursor.commit()
    }
    while (frame.remaining > 0) {
      shortString(this.#values, a, 'a key name of a document index')
      cursor.length()
      frame.remaining--
      cursor.commit()
    }
  }
}
