import type { RdbKey } from '../../parsers/index.js'
import type { PieceSink } from '../optimizations/optimization.js'
import { forwarding } from '../shape-sink.js'
import type { RespExporter } from './resp.js'

/**
 * Keys in their new shape as commands. A piece of a key is a key with one field, member or element: commands that add
 * do not ask whether the key is there already.
 */
export class RespShapes extends forwarding(Object) implements PieceSink {
  constructor(readonly next: RespExporter) {
    super()
  }

  begin(key: RdbKey): void {
    this.next.key(key)
  }

  end(key: RdbKey): void {
    this.next.endKey(key)
  }

  command(...words: readonly (string | Uint8Array)[]): void {
    this.next.command(...words)
  }
}
