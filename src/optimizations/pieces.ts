import { type RdbKey, RdbString } from '../../parsers/index.js'
import { EXPIRING_HASH } from '../memory/gathered-hash.js'
import { ShapeKey } from '../memory/shape-pricer.js'
import type { PieceSink } from './optimization.js'
import { Rewriter } from './rewriter.js'

/** Shows strings as hashes of one field each, which add up; other keys as they are. */
export abstract class PieceRewriter extends Rewriter {
  readonly #key = new ShapeKey()
  readonly #hash = new RdbString()
  readonly #field = new RdbString()
  #isPiece = false
  #fieldExpiresAtMs = -1

  constructor(next: PieceSink) {
    super(next)
  }

  /** True when the string goes into a hash: `setHash` and `setField` were called. */
  abstract locate(key: RdbKey): boolean

  /** Name of the hash: some bytes, which are copied, and text behind them. */
  protected setHash(bytes: Uint8Array, start: number, end: number, suffix: string): void {
    const behind = new TextEncoder().encode(suffix)
    const name = new Uint8Array(end - start + behind.length)
    name.set(bytes.subarray(start, end))
    name.set(behind, end - start)
    this.#hash.setRaw(name, 0, name.length, name.length)
  }

  protected setField(bytes: Uint8Array, start: number, end: number): void {
    const name = bytes.slice(start, end)
    this.#field.setRaw(name, 0, name.length, name.length)
  }

  override begin(key: RdbKey): void {
    this.#isPiece = key.layout.redisType === 'string' && this.locate(key)
    super.begin(this.#shown(key))
  }

  override end(key: RdbKey): void {
    super.end(this.#shown(key))
    this.#isPiece = false
  }

  override string(value: RdbString): void {
    if (!this.#isPiece) {
      super.string(value)
      return
    }
    super.count(1)
    super.field(this.#field, value, this.#fieldExpiresAtMs)
  }

  #shown(key: RdbKey): RdbKey {
    if (!this.#isPiece) return key
    const piece = this.#key.copy(key).as('hash')
    piece.key = this.#hash
    // The expiry of a key becomes that of its field.
    this.#fieldExpiresAtMs = key.expiresAtMs
    if (key.expiresAtMs >= 0) piece.layout = EXPIRING_HASH
    piece.expiresAtMs = -1
    piece.elements = 1
    return piece
  }
}
