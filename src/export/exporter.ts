import type { RdbKey } from '../../parsers/index.js'
import type { DumpWatch } from '../dump-watch.js'

/**
 * A visitor that turns the contents of a dump into bytes.
 *
 * The loop that feeds the parser takes the chunks between two pushes and waits for whoever reads them; the
 * exporter itself never waits.
 *
 *     for await (const chunk of source) {
 *       parser.push(chunk)
 *       for (const bytes of exporter.take()) yield bytes
 *     }
 *     parser.end()
 *     for (const bytes of exporter.finish()) yield bytes
 */
export interface Exporter extends DumpWatch {
  /** Keys written so far. */
  readonly keys: number
  /** What could not be written, with how often; empty when all was. */
  readonly omissions: Map<string, number>
  /** Chunks that are full. They belong to the caller. */
  take(): Uint8Array[]
  /**
   * Everything that is left. Call it after an error too: what was read of a key stays, and the output is
   * closed so that it can be parsed.
   */
  finish(problem?: Error): Uint8Array[]
}

export interface ExporterOptions {
  /** False for keys that are not to be exported. Default: all. The key is valid during the call only. */
  readonly accept?: (key: RdbKey) => boolean
}

/** Counts something that the format has no place for. */
export function omit(omissions: Map<string, number>, what: string): void {
  omissions.set(what, (omissions.get(what) ?? 0) + 1)
}

/** Decimal text of an unsigned 64-bit number. */
export function unsignedText(high: number, low: number): string {
  const top = high >>> 0
  if (top < 0x200000) return String(top * 4294967296 + (low >>> 0))
  return ((BigInt(top) << 32n) | BigInt(low >>> 0)).toString()
}
