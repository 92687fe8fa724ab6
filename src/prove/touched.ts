import { type RdbKey, STRING_FORM } from '../../parsers/index.js'
import { RespExporter } from '../export/resp.js'
import { RespShapes } from '../export/resp-shapes.js'
import { RewritingExporter, type RewritingOptions } from '../export/rewriting.js'
import type { PieceSink } from '../optimizations/optimization.js'
import { Rewriter } from '../optimizations/rewriter.js'
import { SeveralSinks, type ShapeSink } from '../shape-sink.js'

/**
 * Finds the keys that changes touch: those for which other commands come out. Writes a DEL for each, so that the rest
 * of the data stays in the server as it was loaded, node for node.
 */
export class TouchedKeys extends RewritingExporter {
  readonly touched: KeyBits
  readonly #pair: () => Pair

  /** @param isAnew keys that are written again even when they stay what they are */
  constructor(options: RewritingOptions, isAnew: (key: RdbKey) => boolean) {
    const bits = new KeyBits()
    let pair!: Pair
    super({
      ...options,
      through: (next) => {
        pair = new Pair(next, options.through, bits, isAnew)
        return pair
      },
    })
    this.touched = bits
    this.#pair = () => pair
  }

  override key(key: RdbKey): boolean {
    if (key.key.form !== STRING_FORM.streamed) return super.key(key)
    this.touched.add(false)
    return false
  }

  override take(): Uint8Array[] {
    this.#pair().drain()
    return super.take()
  }
}

/** One bit per key of the dump, in order. */
export class KeyBits {
  count = 0
  /** Bits that are set. */
  set = 0
  #bits = new Uint8Array(1 << 12)

  add(bit: boolean): void {
    if (this.count >> 3 >= this.#bits.length) {
      const larger = new Uint8Array(this.#bits.length * 2)
      larger.set(this.#bits)
      this.#bits = larger
    }
    if (bit) {
      this.#bits[this.count >> 3]! |= 1 << (this.count & 7)
      this.set++
    }
    this.count++
  }

  has(at: number): boolean {
    return (this.#bits[at >> 3]! & (1 << (at & 7))) !== 0
  }
}

/** Shows each key to an exporter as it is, and to another one through the changes. */
class Pair extends Rewriter {
  readonly #commands: PieceSink
  readonly #before: Digest
  readonly #after: Digest
  readonly #bits: KeyBits
  readonly #isAnew: (key: RdbKey) => boolean

  constructor(
    commands: PieceSink,
    through: (next: PieceSink) => ShapeSink,
    bits: KeyBits,
    isAnew: (key: RdbKey) => boolean,
  ) {
    const before = new Digest()
    const after = new Digest()
    super(new SeveralSinks([before.shapes, through(after.shapes)]))
    this.#before = before
    this.#after = after
    this.#commands = commands
    this.#bits = bits
    this.#isAnew = isAnew
  }

  drain(): void {
    this.#before.drain()
    this.#after.drain()
  }

  override begin(key: RdbKey): void {
    this.#before.reset(key.db)
    this.#after.reset(key.db)
    super.begin(key)
  }

  override end(key: RdbKey): void {
    super.end(key)
    const isTouched = !this.#before.equals(this.#after) || this.#isAnew(key)
    this.#bits.add(isTouched)
    if (isTouched) this.#commands.command('DEL', key.key.view())
  }
}

/** The commands of one key, as a number. */
class Digest {
  readonly #exporter = new RespExporter()
  readonly shapes = new RespShapes(this.#exporter)
  #a = 0
  #b = 0
  #length = 0

  reset(db: number): void {
    this.#exporter.select(db)
    this.#exporter.finish()
    this.#a = 0
    this.#b = 0
    this.#length = 0
  }

  drain(): void {
    this.#add(this.#exporter.take())
  }

  equals(other: Digest): boolean {
    this.#add(this.#exporter.finish())
    other.#add(other.#exporter.finish())
    return this.#a === other.#a && this.#b === other.#b && this.#length === other.#length
  }

  /** Two polynomials over the bytes, modulo 2^32. */
  #add(chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) {
      let a = this.#a
      let b = this.#b
      for (let i = 0; i < chunk.length; i++) {
        a = (Math.imul(a, 0x01000193) + chunk[i]!) | 0
        b = (Math.imul(b, 0x5bd1e995) ^ chunk[i]!) | 0
      }
      this.#a = a
      this.#b = b
      this.#length += chunk.length
    }
  }
}
