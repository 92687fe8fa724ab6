import type { RdbString } from './strings.js'
import type { PartRole } from './visitor.js'

/** Thrown when the next bytes have not arrived yet. One object for the whole run, so that throwing is cheap. */
export const NEED_MORE = new RangeError('need more bytes')

/** Strings up to this length are shown whole; longer ones go through `RdbVisitor.part()` in pieces. */
export const HOLD_BYTES = 1024 * 1024

/** Where strings come from: the file itself, or the entries of a packed container. */
export interface StringSource {
  /** Reads the next string. False when it is longer than `HOLD_BYTES`: call `longString()` for it. */
  string(into: RdbString): boolean
  /** Streams the long string at hand; may be entered again after NEED_MORE, until it returns. */
  longString(into: RdbString, role: PartRole): void
  /** Everything read so far will not be read again. */
  commit(): void
}
