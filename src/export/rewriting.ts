import {
  type Container,
  PART,
  type PartRole,
  type RdbKey,
  type RdbString,
  STRING_FORM,
  type StreamConsumer,
  type StreamGroup,
  type StreamId,
  type StreamInfo,
} from '../../parsers/index.js'
import { DumpWatch } from '../dump-watch.js'
import type { NamePatterns } from '../optimizations/names.js'
import type { PieceSink } from '../optimizations/optimization.js'
import type { ShapeSink } from '../optimizations/rewriter.js'
import type { Exporter, ExporterOptions } from './exporter.js'
import { RespExporter } from './resp.js'
import { RespShapes } from './resp-shapes.js'

export interface RewritingOptions extends ExporterOptions {
  /** Those of the reading in which the changes were chosen. */
  readonly names: NamePatterns
  /** Sets the changes up in front of the sink, first one outermost. */
  readonly through: (next: PieceSink) => ShapeSink
}

/** A dump as commands, each key in its new shape. */
export class RewritingExporter extends DumpWatch implements Exporter {
  keys = 0
  readonly resp: RespExporter
  readonly #names: NamePatterns
  readonly #accept: (key: RdbKey) => boolean
  readonly #plain: ShapeSink
  readonly #changed: ShapeSink
  /** Takes the key at hand. */
  #sink: ShapeSink
  #inKey = false

  constructor(options: RewritingOptions) {
    super()
    this.resp = new RespExporter()
    this.#names = options.names
    this.#accept = options.accept ?? (() => true)
    const shapes = new RespShapes(this.resp)
    this.#plain = shapes
    this.#changed = options.through(shapes)
    this.#sink = shapes
  }

  get omissions(): Map<string, number> {
    return this.resp.omissions
  }

  override get wantsParts(): boolean {
    return true
  }

  take(): Uint8Array[] {
    return this.resp.take()
  }

  finish(problem?: Error): Uint8Array[] {
    return this.resp.finish(problem)
  }

  override beginDump(): void {
    super.beginDump()
    this.resp.beginDump()
    this.#inKey = false
  }

  override aux(name: RdbString, value: RdbString): void {
    super.aux(name, value)
    this.resp.aux(name, value)
  }

  override functionLibrary(code: RdbString): void {
    super.functionLibrary(code)
    this.resp.functionLibrary(code)
  }

  override key(key: RdbKey): boolean {
    this.#inKey = this.#accept(key)
    if (!this.#inKey) return false
    this.keys++
    this.resp.select(key.db)
    // Nobody holds a name of more than a megabyte; no technique was shown one.
    const isNamed = key.key.form !== STRING_FORM.streamed
    if (isNamed) this.#names.look(key)
    this.#sink = isNamed ? this.#changed : this.#plain
    this.#sink.begin(key)
    return true
  }

  override endKey(key: RdbKey): void {
    if (this.#inKey) this.#sink.end(key)
    this.#inKey = false
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    // The name comes before the key.
    if (this.#inKey && role !== PART.key) this.#sink.part(role, bytes, start, end)
    else this.resp.part(role, bytes, start, end)
  }

  override memberExpiry(member: RdbString, expiresAtMs: number): void {
    this.resp.memberExpiry(member, expiresAtMs)
  }

  // The value's events go to whoever takes the key.

  override string(value: RdbString): void {
    this.#sink.string(value)
  }

  override count(elements: number): void {
    this.#sink.count(elements)
  }

  override nodes(nodes: number): void {
    this.#sink.nodes(nodes)
  }

  override container(container: Container): boolean {
    return this.#inKey && this.#sink.container(container)
  }

  override containerEnd(container: Container): void {
    this.#sink.containerEnd(container)
  }

  override element(value: RdbString, expiresAtMs: number): void {
    this.#sink.element(value, expiresAtMs)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    this.#sink.field(field, value, expiresAtMs)
  }

  override member(member: RdbString, score: number, scoreText: RdbString | null): void {
    this.#sink.member(member, score, scoreText)
  }

  override path(path: RdbString, fields: number): void {
    this.#sink.path(path, fields)
  }

  override arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    this.#sink.arrayElement(indexHigh, indexLow, value)
  }

  override streamNode(masterId: StreamId): void {
    this.#sink.streamNode(masterId)
  }

  override streamEntry(id: StreamId, pairs: number): void {
    this.#sink.streamEntry(id, pairs)
  }

  override streamInfo(info: StreamInfo): void {
    this.#sink.streamInfo(info)
  }

  override streamGroup(group: StreamGroup): void {
    this.#sink.streamGroup(group)
  }

  override streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    this.#sink.streamPending(id, deliveryTimeMs, deliveryCount)
  }

  override streamConsumer(consumer: StreamConsumer): void {
    this.#sink.streamConsumer(consumer)
  }

  override streamConsumerPending(id: StreamId): void {
    this.#sink.streamConsumerPending(id)
  }

  override streamNacked(id: StreamId): void {
    this.#sink.streamNacked(id)
  }

  override streamProducer(name: RdbString, entries: number): void {
    this.#sink.streamProducer(name, entries)
  }

  override streamProducerEntry(iid: RdbString, id: StreamId): void {
    this.#sink.streamProducerEntry(iid, id)
  }

  override module(name: string, encver: number): void {
    super.module(name, encver)
    this.#sink.module(name, encver)
  }

  override moduleInteger(high: number, low: number): void {
    this.#sink.moduleInteger(high, low)
  }

  override moduleDouble(value: number): void {
    this.#sink.moduleDouble(value)
  }

  override moduleString(value: RdbString): void {
    this.#sink.moduleString(value)
  }
}
