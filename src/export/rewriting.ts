import { type Container, PART, type PartRole, type RdbKey, type RdbString, STRING_FORM } from '../../parsers/index.js'
import { DumpWatch } from '../dump-watch.js'
import type { NamePatterns } from '../optimizations/names.js'
import type { PieceSink } from '../optimizations/optimization.js'
import { forwarding, type ShapeSink } from '../shape-sink.js'
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
export class RewritingExporter extends forwarding(DumpWatch) implements Exporter {
  keys = 0
  readonly resp: RespExporter
  readonly #names: NamePatterns
  readonly #accept: (key: RdbKey) => boolean
  readonly #plain: ShapeSink
  readonly #changed: ShapeSink
  /** Takes the key at hand. */
  next: ShapeSink
  #inKey = false

  constructor(options: RewritingOptions) {
    super()
    this.resp = new RespExporter()
    this.#names = options.names
    this.#accept = options.accept ?? (() => true)
    const shapes = new RespShapes(this.resp)
    this.#plain = shapes
    this.#changed = options.through(shapes)
    this.next = shapes
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
    this.next = isNamed ? this.#changed : this.#plain
    this.next.begin(key)
    return true
  }

  override endKey(key: RdbKey): void {
    if (this.#inKey) this.next.end(key)
    this.#inKey = false
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    // The name comes before the key.
    if (this.#inKey && role !== PART.key) super.part(role, bytes, start, end)
    else this.resp.part(role, bytes, start, end)
  }

  override memberExpiry(member: RdbString, expiresAtMs: number): void {
    this.resp.memberExpiry(member, expiresAtMs)
  }

  // The events of the value go to whoever takes the key.

  override container(container: Container): boolean {
    return this.#inKey && super.container(container)
  }

  override module(name: string, encver: number): void {
    this.facts.onModuleValue(name, encver)
    super.module(name, encver)
  }
}
