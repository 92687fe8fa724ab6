import type { RdbString } from '../../../parsers/index.js'
import type { Costs } from '../costs.js'
import { LzfSize } from '../structs/lzf-size.js'
import { PackedWriter } from '../structs/packed-writer.js'

/** MIN_COMPRESS_BYTES, MIN_COMPRESS_IMPROVE (quicklist.c) */
const MIN_COMPRESS_BYTES = 48
const MIN_COMPRESS_IMPROVE = 8

/** What compressing nodes takes away. */
interface Savings {
  requested: number
  given: number
  usage: number
}

/**
 * `list-compress-depth`: all nodes of a quicklist but the first and last so many are LZF-compressed where it helps.
 *
 * Which node is an inner one shows only when enough have come behind it; so the savings of the last `depth` nodes wait.
 */
export class CompressedNodes {
  /** Nodes that are compressed. */
  nodes = 0
  readonly saved: Savings = { requested: 0, given: 0, usage: 0 }
  /** An inner node was too large to be compressed here, and stands as if it did not compress. */
  estimated = false

  readonly #depth: number
  readonly #writer: PackedWriter
  readonly #lzf = new LzfSize()
  /**
   * Savings of nodes that may still turn out to be among the last; null: the node does not compress; `unknown`: it may.
   */
  readonly #waiting: (Savings | null | 'unknown')[] = []
  #index = 0
  #isPlain = false

  constructor(private readonly costs: Costs) {
    this.#depth = costs.settings['list-compress-depth']
    this.#writer = new PackedWriter(costs.model.packed)
  }

  reset(): void {
    this.nodes = 0
    this.estimated = false
    this.saved.requested = 0
    this.saved.given = 0
    this.saved.usage = 0
    this.#waiting.length = 0
    this.#index = 0
  }

  beginNode(isPlain: boolean): void {
    this.#isPlain = isPlain
    this.#writer.reset()
  }

  add(value: RdbString): void {
    this.#writer.add(value)
  }

  /** The node is whole; `lzfBytes` when the dump tells how it compresses, else 0. */
  endNode(bytes: number, lzfBytes: number): void {
    // The first nodes stay as they are whatever comes behind them.
    if (this.#index++ < this.#depth) return
    this.#waiting.push(this.#savings(bytes, lzfBytes))
    if (this.#waiting.length <= this.#depth) return
    const inner = this.#waiting.shift()
    if (inner === 'unknown') this.estimated = true
    if (inner === null || inner === undefined || inner === 'unknown') return
    this.nodes++
    this.saved.requested += inner.requested
    this.saved.given += inner.given
    this.saved.usage += inner.usage
  }

  #savings(bytes: number, lzfBytes: number): Savings | null | 'unknown' {
    if (bytes < MIN_COMPRESS_BYTES) return null
    if (lzfBytes === 0 && !this.#writer.whole) return 'unknown'
    const compressed = lzfBytes > 0 ? lzfBytes : this.#compress()
    if (compressed === 0 || compressed + MIN_COMPRESS_IMPROVE >= bytes) return null
    const { costs } = this
    const { model, structs } = costs
    const requested = structs.quicklistLZF + compressed
    const given = costs.given(requested)
    const before = model.packedUsage === 'bytes' ? bytes : costs.given(bytes)
    // Up to 6.2 MEMORY USAGE forgets the header of the compressed block.
    const packedUsage = model.packedUsage === 'bytes' ? requested : given
    const after = model.packed === 'ziplist' ? compressed : packedUsage
    return { requested: bytes - requested, given: costs.given(bytes) - given, usage: before - after }
  }

  #compress(): number {
    const writer = this.#writer
    if (writer.entries === 0) return 0
    if (this.#isPlain) return writer.compressText(this.#lzf)
    writer.finish()
    return this.#lzf.of(writer.bytes, writer.length)
  }
}
