import type { Source } from './source.js'

/** How far an input was read when a chunk of it was given to who takes the dump. */
export interface ChunkEnd {
  /** Bytes of the dump, with those of the chunk. */
  readonly rdbBytes: number
  /** Bytes of the input as stored. */
  readonly inputBytes: number
  /** Sentences for the user so far. */
  readonly remarks: number
  /** Forgets in sums over the bytes what came behind it. */
  readonly goBack: (() => void) | undefined
}

/**
 * Where the last chunks end, for who looks at a dump later than it is read: sums and remarks about a damaged dump then
 * go back to the chunk in which the damage shows, as if nothing behind it had been read.
 */
export class ChunkEnds {
  #ends: ChunkEnd[] = []

  /** @param readTo offset up to which nothing is wrong: chunks before it are forgotten; infinite: those to come, too */
  note(source: Source, rdbBytes: number, remarks: number, readTo: number): void {
    this.#ends = this.#ends.filter((end) => end.rdbBytes > readTo)
    if (readTo === Number.POSITIVE_INFINITY) return
    this.#ends.push({ rdbBytes, inputBytes: source.bytesRead, remarks, goBack: source.mark?.() })
  }

  /** The chunk that an offset is in, or ends; null when it is the last one. */
  around(offset: number): ChunkEnd | null {
    return this.#ends.find(({ rdbBytes }) => rdbBytes >= offset) ?? null
  }
}
