import {
  type Container,
  type PartRole,
  type RdbKey,
  type RdbString,
  STRING_FORM,
  type StreamConsumer,
  type StreamGroup,
  type StreamId,
  type StreamInfo,
} from '../../parsers/index.js'
import { RespExporter } from '../export/resp.js'
import { RespShapes } from '../export/resp-shapes.js'
import { RewritingExporter, type RewritingOptions } from '../export/rewriting.js'
import type { PieceSink } from '../optimizations/optimization.js'
import { Rewriter, type ShapeSink } from '../optimizations/rewriter.js'

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
  readonly #after = new Digest()
  readonly #changed: ShapeSink
  readonly #bits: KeyBits
  readonly #isAnew: (key: RdbKey) => boolean

  constructor(
    commands: PieceSink,
    through: (next: PieceSink) => ShapeSink,
    bits: KeyBits,
    isAnew: (key: RdbKey) => boolean,
  ) {
    const before = new Digest()
    super(before.shapes)
    this.#before = before
    this.#commands = commands
    this.#changed = through(this.#after.shapes)
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
    this.#changed.begin(key)
  }

  override end(key: RdbKey): void {
    super.end(key)
    this.#changed.end(key)
    const isTouched = !this.#before.equals(this.#after) || this.#isAnew(key)
    this.#bits.add(isTouched)
    if (isTouched) this.#commands.command('DEL', key.key.view())
  }

  override container(container: Container): boolean {
    const before = super.container(container)
    return this.#changed.container(container) || before
  }

  override string(value: RdbString): void {
    super.string(value)
    this.#changed.string(value)
  }

  override count(elements: number): void {
    super.count(elements)
    this.#changed.count(elements)
  }

  override nodes(nodes: number): void {
    super.nodes(nodes)
    this.#changed.nodes(nodes)
  }

  override containerEnd(container: Container): void {
    super.containerEnd(container)
    this.#changed.containerEnd(container)
  }

  override element(value: RdbString, expiresAtMs: number): void {
    super.element(value, expiresAtMs)
    this.#changed.element(value, expiresAtMs)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    super.field(field, value, expiresAtMs)
    this.#changed.field(field, value, expiresAtMs)
  }

  override member(member: RdbString, score: number, scoreText: RdbString | null): void {
    super.member(member, score, scoreText)
    this.#changed.member(member, score, scoreText)
  }

  override path(path: RdbString, fields: number): void {
    super.path(path, fields)
    this.#changed.path(path, fields)
  }

  override arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    super.arrayElement(indexHigh, indexLow, value)
    this.#changed.arrayElement(indexHigh, indexLow, value)
  }

  override streamNode(masterId: StreamId): void {
    super.streamNode(masterId)
    this.#changed.streamNode(masterId)
  }

  override streamEntry(id: StreamId, pairs: number): void {
    super.streamEntry(id, pairs)
    this.#changed.streamEntry(id, pairs)
  }

  override streamInfo(info: StreamInfo): void {
    super.streamInfo(info)
    this.#changed.streamInfo(info)
  }

  override streamGroup(group: StreamGroup): void {
    super.streamGroup(group)
    this.#changed.streamGroup(group)
  }

  override streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    super.streamPending(id, deliveryTimeMs, deliveryCount)
    this.#changed.streamPending(id, deliveryTimeMs, deliveryCount)
  }

  override streamConsumer(consumer: StreamConsumer): void {
    super.streamConsumer(consumer)
    this.#changed.streamConsumer(consumer)
  }

  override streamConsumerPending(id: StreamId): void {
    super.streamConsumerPending(id)
    this.#changed.streamConsumerPending(id)
  }

  override streamNacked(id: StreamId): void {
    super.streamNacked(id)
    this.#changed.streamNacked(id)
  }

  override streamProducer(name: RdbString, entries: number): void {
    super.streamProducer(name, entries)
    this.#changed.streamProducer(name, entries)
  }

  override streamProducerEntry(iid: RdbString, id: StreamId): void {
    super.streamProducerEntry(iid, id)
    this.#changed.streamProducerEntry(iid, id)
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    super.part(role, bytes, start, end)
    this.#changed.part(role, bytes, start, end)
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
