import type { Decompress } from 'fzstd'

const MOST_BLOCK_BYTES = 128 * 1024

/** What fzstd 0.1.1 keeps between blocks. */
interface Kept {
  /**
   * Of the frame at hand: the bytes that references may reach, the last ones at the end; and how many. A number between
   * frames.
   */
  s: number | { w: Uint8Array; readonly e: number } | undefined
  /** Input that waits, and its bytes. */
  c: Uint8Array[]
  readonly l: number
}

/**
 * The bytes that the next block may refer to. fzstd by itself moves all of them with every block, and a frame may have
 * a window of 128 MiB and a block for every four bytes: here the window slides through a buffer that is a bit larger.
 */
export class ZstdWindow {
  readonly #kept: Kept
  #buffer = new Uint8Array(0)
  #end = 0
  #first: Uint8Array | null = null

  constructor(decoder: Decompress) {
    this.#kept = decoder as unknown as Kept
  }

  /** Before a block. */
  place(): void {
    const { s: state, c: waiting, l: waitingBytes } = this.#kept
    // It keeps an empty piece for every block.
    if (waitingBytes === 0 && waiting.length > 0) this.#kept.c = []
    if (typeof state !== 'object') return
    const { e: size } = state
    if (this.#first !== null) {
      this.#buffer = new Uint8Array(size + Math.max(size >> 2, Math.min(size, MOST_BLOCK_BYTES)))
      this.#end = size
      this.#append(this.#first, size)
      this.#first = null
    }
    if (this.#end > 0) state.w = this.#buffer.subarray(this.#end - size, this.#end)
  }

  /** Behind a block, before fzstd keeps it. */
  add(piece: Uint8Array): void {
    const { s: state } = this.#kept
    if (typeof state !== 'object') return
    if (this.#end > 0) this.#append(piece, state.e)
    else this.#first = piece
    // This is moved then.
    state.w = piece
  }

  #append(piece: Uint8Array, size: number): void {
    const buffer = this.#buffer
    if (this.#end + piece.length > buffer.length) {
      buffer.copyWithin(0, this.#end - size, this.#end)
      this.#end = size
    }
    buffer.set(piece, this.#end)
    this.#end += piece.length
  }
}
