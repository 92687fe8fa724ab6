import type { Allocator } from '../allocators/index.js'
import { bucketRoom, HASHTABLE_BUCKET_BYTES, HashtableLoad } from './hashtable.js'
import { RaxSize } from './rax.js'

/** Items of one vector (vset.c). */
const VECTOR_ITEMS = 127
/** A new bucket covers this many milliseconds, the narrowest one 16. */
const WIDE_MS = 8192
const NARROW_MS = 16
/** Expiries that are looked at one by one; what more there are cost like these on average. */
const MOST_ITEMS = 1 << 15

interface Bucket {
  /** Expiries in the bucket are below this. */
  endMs: number
  items: number[]
  isTable: boolean
}

/**
 * Size of the index of field expiries in Valkey 9 (vset.c): nothing for one item, a vector up to 127, then a radix tree
 * of buckets by time. Depends on the order of the items, which is that of the dump.
 */
export class VsetSize {
  requestedBytes = 0
  givenBytes = 0
  blocks = 0
  estimated = false

  #count = 0
  #items: number[] = []
  readonly #rax: RaxSize
  readonly #load: HashtableLoad
  readonly #name = new Uint8Array(8)

  constructor(
    private readonly allocator: Allocator,
    private readonly pointerBytes: number,
  ) {
    this.#load = new HashtableLoad(bucketRoom(pointerBytes))
    this.#rax = new RaxSize(allocator, pointerBytes, true)
  }

  reset(): void {
    this.requestedBytes = 0
    this.givenBytes = 0
    this.blocks = 0
    this.estimated = false
    this.#count = 0
    this.#items.length = 0
  }

  add(expiresAtMs: number): void {
    this.#count++
    if (this.#items.length < MOST_ITEMS) this.#items.push(expiresAtMs)
  }

  finish(): void {
    const count = this.#items.length
    if (count <= 1) return
    if (count <= VECTOR_ITEMS) {
      this.#vector(count)
      return
    }
    const buckets = this.#distribute()
    this.#rax.reset()
    for (const bucket of buckets) {
      writeBigEndian(this.#name, bucket.endMs)
      this.#rax.addName(this.#name, 0, 8)
      if (bucket.isTable) this.#table(bucket.items.length)
      else if (bucket.items.length > 1) this.#vector(bucket.items.length)
    }
    this.#rax.finish()
    const rax = 2 * this.pointerBytes + 16
    this.requestedBytes += this.#rax.requestedBytes + rax
    this.givenBytes += this.#rax.givenBytes + this.allocator.given(rax)
    this.blocks += this.#rax.nodes + 1
    if (this.#count > count) this.#extrapolate(this.#count / count)
  }

  #extrapolate(factor: number): void {
    this.requestedBytes = Math.round(this.requestedBytes * factor)
    this.givenBytes = Math.round(this.givenBytes * factor)
    this.blocks = Math.round(this.blocks * factor)
    this.estimated = true
  }

  #vector(items: number): void {
    const bytes = (items + 1) * this.pointerBytes
    this.requestedBytes += bytes
    this.givenBytes += this.allocator.given(bytes)
    this.blocks++
  }

  #table(items: number): void {
    // Filled item by item, without a size asked for.
    const load = this.#load
    load.reset()
    load.add(items)
    const children = Math.round(load.children)
    const struct = 9 * this.pointerBytes + 8
    const table = load.buckets * HASHTABLE_BUCKET_BYTES
    const next = load.nextBuckets * HASHTABLE_BUCKET_BYTES
    this.requestedBytes += struct + table + next + children * HASHTABLE_BUCKET_BYTES
    this.givenBytes += this.allocator.given(struct) + this.allocator.given(table) + children * HASHTABLE_BUCKET_BYTES
    if (next > 0) this.givenBytes += this.allocator.given(next)
    this.blocks += 2 + children
    this.estimated = true
  }

  #distribute(): Bucket[] {
    const items = this.#items
    const first = items.slice(0, VECTOR_ITEMS)
    const window = Math.floor(first[0]! / WIDE_MS)
    const buckets: Bucket[] = []
    const together = first.every((ms) => Math.floor(ms / WIDE_MS) === window)
    if (together) buckets.push({ endMs: (window + 1) * WIDE_MS, items: first, isTable: false })
    for (let i = together ? VECTOR_ITEMS : 0; i < items.length; i++) insert(buckets, items[i]!)
    return buckets
  }
}

function insert(buckets: Bucket[], ms: number): void {
  for (;;) {
    const at = firstEndAbove(buckets, ms)
    const endMs = (Math.floor(ms / WIDE_MS) + 1) * WIDE_MS
    const bucket = buckets[at]
    if (bucket === undefined || bucket.endMs > endMs) {
      buckets.splice(at, 0, { endMs, items: [ms], isTable: false })
      return
    }
    if (bucket.isTable || bucket.items.length < VECTOR_ITEMS) {
      bucket.items.push(ms)
      return
    }
    makeRoom(buckets, at, bucket)
  }
}

/** A full vector gets a narrower window, or is split near its middle, or becomes a hash table. */
function makeRoom(buckets: Bucket[], at: number, bucket: Bucket): void {
  const items = bucket.items.sort((a, b) => a - b)
  const tightEnd = narrowEnd(items[items.length - 1]!)
  if (tightEnd < bucket.endMs) {
    bucket.endMs = tightEnd
    return
  }
  const split = splitPoint(items)
  if (split === 0) {
    bucket.isTable = true
    return
  }
  buckets.splice(at, 0, { endMs: narrowEnd(items[split - 1]!), items: items.slice(0, split), isTable: false })
  bucket.items = items.slice(split)
}

/** Where the items can be parted at a 16 ms boundary, as near to the middle as can be; 0 when all share one slot. */
function splitPoint(items: readonly number[]): number {
  const middle = items.length >> 1
  for (let distance = 0; distance <= middle; distance++) {
    for (const at of [middle + distance, middle - distance]) {
      if (at > 0 && at < items.length && slot(items[at - 1]!) !== slot(items[at]!)) return at
    }
  }
  return 0
}

function slot(ms: number): number {
  return Math.floor(ms / NARROW_MS)
}

function narrowEnd(ms: number): number {
  return (slot(ms) + 1) * NARROW_MS
}

function firstEndAbove(buckets: readonly Bucket[], ms: number): number {
  let low = 0
  let high = buckets.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (buckets[middle]!.endMs > ms) high = middle
    else low = middle + 1
  }
  return low
}

function writeBigEndian(out: Uint8Array, value: number): void {
  let rest = value
  for (let i = 7; i >= 0; i--) {
    out[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
}
