/** Finds a word among some that are known, from its bytes. */
export class WordIndex {
  readonly #byStart: (readonly { readonly bytes: Uint8Array; readonly id: number }[])[] = []

  constructor(words: Iterable<readonly [word: string, id: number]>) {
    const encoder = new TextEncoder()
    for (const [word, id] of words) {
      const bytes = encoder.encode(word)
      const at = placeOf(bytes.length, bytes[0] ?? 0)
      this.#byStart[at] = [...(this.#byStart[at] ?? []), { bytes, id }]
    }
  }

  /** The id of a word; -1 when it is unknown. */
  find(buffer: Uint8Array, start: number, end: number): number {
    const candidates = this.#byStart[placeOf(end - start, start < end ? buffer[start]! : 0)]
    if (candidates === undefined) return -1
    for (let i = 0; i < candidates.length; i++) {
      const { bytes, id } = candidates[i]!
      let at = 0
      while (at < bytes.length && bytes[at] === buffer[start + at]) at++
      if (at === bytes.length) return id
    }
    return -1
  }
}

function placeOf(length: number, first: number): number {
  return (Math.min(length, 31) << 8) | first
}
