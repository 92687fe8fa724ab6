import { type PartRole, type RdbString, STRING_FORM } from '../../parsers/index.js'
import { joined } from '../joined.js'

/**
 * Keeps the pieces of strings that are too long for one event, until that event comes.
 *
 * For what must be known as a whole: key names, names of groups and consumers, arguments of commands.
 */
export class HeldParts {
  readonly #pieces = new Map<PartRole, Uint8Array[]>()

  add(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    const piece = bytes.slice(start, end)
    const pieces = this.#pieces.get(role)
    if (pieces === undefined) this.#pieces.set(role, [piece])
    else pieces.push(piece)
  }

  /**
   * The bytes of a string, whether it was shown whole or in pieces. A view: copy it to keep it.
   * @param role whose pieces they are; pieces of another role are taken when only they have the length
   */
  bytesOf(string: RdbString, role: PartRole): Uint8Array {
    if (string.form !== STRING_FORM.streamed) return string.view()
    const bytes = this.take(role) ?? this.#takeOfLength(string.length)
    if (bytes === null || bytes.length !== string.length) {
      throw new Error(`a string of ${string.length} bytes came in pieces of ${bytes?.length ?? 0} bytes (role ${role})`)
    }
    return bytes
  }

  /** The pieces as one; null when there are none. */
  take(role: PartRole): Uint8Array | null {
    const pieces = this.#pieces.get(role)
    if (pieces === undefined) return null
    this.#pieces.delete(role)
    return pieces.length === 1 ? pieces[0]! : joined(pieces)
  }

  #takeOfLength(length: number): Uint8Array | null {
    for (const [role, pieces] of this.#pieces) {
      if (pieces.reduce((sum, piece) => sum + piece.length, 0) === length) return this.take(role)
    }
    return null
  }

  clear(): void {
    if (this.#pieces.size > 0) this.#pieces.clear()
  }
}
