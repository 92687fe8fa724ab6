import type { RdbKey } from '../../parsers/index.js'
import type { PieceSink } from '../optimizations/optimization.js'
import { Rewriter, type ShapeSink } from '../optimizations/rewriter.js'
import type { RespExporter } from './resp.js'

/**
 * Keys in their new shape as commands. A piece of a key is a key with one field, member or element: commands that add
 * do not ask whether the key is there already.
 */
export class RespShapes extends Rewriter implements PieceSink {
  readonly #exporter: RespExporter

  constructor(exporter: RespExporter) {
    // The events of a value are the same; how a key begins and ends is said below.
    super(exporter as unknown as ShapeSink)
    this.#exporter = exporter
  }

  override begin(key: RdbKey): void {
    this.#exporter.key(key)
  }

  override end(key: RdbKey): void {
    this.#exporter.endKey(key)
  }

  command(...words: readonly (string | Uint8Array)[]): void {
    this.#exporter.command(...words)
  }
}
