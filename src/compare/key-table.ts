/** Parts of the table: each grows by itself, so that growing never needs twice the room. A power of two. */
const PARTS = 256
const FIRST_CAPACITY = 1024
const MAX_LOAD = 0.8
/** Keys do not come to all parts evenly: on the whole this much is used before the first part is full. */
const EVEN_LOAD = 0.72
/** Bytes of a place: two hashes, a size and a group. */
const PLACE_BYTES = 20
/** Groups are below this bit. */
const SEEN = 0x8000_0000

/** Entries of one part, side by side. */
interface Part {
  a: Uint32Array
  b: Uint32Array
  bytes: Float64Array
  /** Group and 1, with a bit for `seen`; 0: an empty place. */
  group: Uint32Array
  size: number
}

/** How many keys a table of so many bytes has room for. Parts grow by doubling: only powers of two count. */
export function keysWithin(bytes: number): number {
  const places = 2 ** Math.floor(Math.log2(bytes / PLACE_BYTES))
  return Math.floor(Math.max(PARTS * FIRST_CAPACITY, places) * EVEN_LOAD)
}

/**
 * Keys by two hashes, each with its bytes and a group: 20 bytes per place, in typed arrays. Holds a share of the keys
 * when there are more than `most`: half of them, a quarter ..., as `share` says; the others come in further passes.
 */
export class KeyTable {
  /** One in so many keys is held; a power of two. */
  share = 1
  size = 0
  readonly #most: number
  #turn = 0
  readonly #parts: Part[]

  /** @param most keys held at a time */
  constructor(most: number) {
    this.#most = most
    this.#parts = Array.from({ length: PARTS }, () => partOf(FIRST_CAPACITY))
  }

  /** Forgets all keys, and takes those of another turn: 0 to `share` - 1. */
  clear(turn: number): void {
    this.#turn = turn
    this.size = 0
    for (const part of this.#parts) {
      part.group.fill(0)
      part.size = 0
    }
  }

  /** Whether the key belongs to this turn. */
  holds(b: number): boolean {
    return ((b >>> 12) & (this.share - 1)) === this.#turn
  }

  /** Adds a key of this turn; the same key once more counts with what comes last. */
  add(a: number, b: number, bytes: number, group: number): void {
    if (!this.holds(b)) return
    if (this.size >= this.#most && this.#turn === 0) {
      this.#halve()
      if (!this.holds(b)) return
    }
    let part = this.#parts[a & (PARTS - 1)]!
    if (part.size >= part.a.length * MAX_LOAD) {
      part = grown(part, part.a.length * 2, () => true)
      this.#parts[a & (PARTS - 1)] = part
    }
    const at = placeOf(part, a, b)
    if (part.group[at] === 0) {
      part.a[at] = a
      part.b[at] = b
      part.size++
      this.size++
    }
    part.bytes[at] = bytes
    part.group[at] = group + 1
  }

  /** Finds a key and marks it as seen; its bytes, or -1 when it is not there. A key seen before is not there either. */
  take(a: number, b: number): number {
    const part = this.#parts[a & (PARTS - 1)]!
    const at = placeOf(part, a, b)
    const group = part.group[at]!
    if (group === 0 || group >= SEEN) return -1
    part.group[at] = (group | SEEN) >>> 0
    return part.bytes[at]!
  }

  /** Whether a key is there and was not seen. */
  isLeft(a: number, b: number): boolean {
    const part = this.#parts[a & (PARTS - 1)]!
    const group = part.group[placeOf(part, a, b)]!
    return group !== 0 && group < SEEN
  }

  /** Goes over the keys that were not seen. */
  forEachLeft(take: (bytes: number, group: number) => void): void {
    for (const { group, bytes } of this.#parts) {
      for (let at = 0; at < group.length; at++) {
        const value = group[at]!
        if (value !== 0 && value < SEEN) take(bytes[at]!, value - 1)
      }
    }
  }

  /** Lets go of every other key. */
  #halve(): void {
    this.share *= 2
    this.size = 0
    for (let i = 0; i < PARTS; i++) {
      const part = this.#parts[i]!
      this.#parts[i] = grown(part, part.a.length, (b) => this.holds(b))
      this.size += this.#parts[i]!.size
    }
  }
}

function partOf(capacity: number): Part {
  return {
    a: new Uint32Array(capacity),
    b: new Uint32Array(capacity),
    bytes: new Float64Array(capacity),
    group: new Uint32Array(capacity),
    size: 0,
  }
}

/** Place of a key, or the empty place where it belongs. */
function placeOf({ a, b, group }: Part, hashA: number, hashB: number): number {
  const mask = a.length - 1
  let at = (hashB ^ (hashA >>> 8)) & mask
  while (group[at] !== 0 && (a[at] !== hashA || b[at] !== hashB)) at = (at + 1) & mask
  return at
}

function grown(part: Part, capacity: number, keeps: (b: number) => boolean): Part {
  const larger = partOf(capacity)
  for (let from = 0; from < part.a.length; from++) {
    if (part.group[from] === 0 || !keeps(part.b[from]!)) continue
    const at = placeOf(larger, part.a[from]!, part.b[from]!)
    larger.a[at] = part.a[from]!
    larger.b[at] = part.b[from]!
    larger.bytes[at] = part.bytes[from]!
    larger.group[at] = part.group[from]!
    larger.size++
  }
  return larger
}
