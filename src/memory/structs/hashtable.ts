/**
 * `hashtable` of Valkey 8.1 and later (hashtable.c): buckets of 64 bytes. A bucket that overflows gives its last place
 * to a pointer to a child bucket.
 */
export const HASHTABLE_BUCKET_BYTES = 64

/** How much goes into a bucket, which is a matter of the size of pointers. */
export interface BucketRoom {
  readonly entries: number
  /** Buckets that are asked for 32 entries: so far are they filled at most. */
  readonly bucketsFor32: number
}

/** BUCKET_FACTOR and ENTRIES_PER_BUCKET of 64-bit and 32-bit builds. */
const WIDE: BucketRoom = { entries: 7, bucketsFor32: 5 }
const NARROW: BucketRoom = { entries: 12, bucketsFor32: 3 }

export function bucketRoom(pointerBytes: number): BucketRoom {
  return pointerBytes === 4 ? NARROW : WIDE
}

/** Buckets of a table that was asked to hold `entries`. */
export function hashtableBuckets(entries: number, room: BucketRoom): number {
  const atLeast = Math.ceil((room.bucketsFor32 * entries) / 32)
  let buckets = 1
  while (buckets < atLeast) buckets *= 2
  return buckets
}

/** Child buckets of one bucket with `entries`: with room for 7, a chain of c children holds 6c + 7. */
export function childBuckets(entries: number, room: BucketRoom): number {
  return entries <= room.entries ? 0 : Math.ceil((entries - room.entries) / (room.entries - 1))
}

/** Expected child buckets of a whole table: the load of each bucket is binomial(entries, 1 / buckets). */
export function expectedChildBuckets(entries: number, buckets: number, room: BucketRoom): number {
  if (entries <= room.entries) return 0
  if (buckets === 1) return childBuckets(entries, room)
  let probability = Math.exp(entries * Math.log1p(-1 / buckets))
  let expected = 0
  const most = Math.min(entries, 200)
  for (let load = 0; load <= most; load++) {
    expected += probability * childBuckets(load, room)
    probability *= (entries - load) / ((load + 1) * (buckets - 1))
  }
  return buckets * expected
}

/** True when chance has a say in the number of child buckets. */
function childBucketsAreRandom(entries: number, buckets: number, room: BucketRoom): boolean {
  return entries > room.entries && buckets > 1
}

/** A hashtable while a value is loaded: both tables count until every old bucket was moved, one with each insert. */
export class HashtableLoad {
  used = 0
  buckets = 0
  nextBuckets = 0
  #moved = 0

  constructor(private readonly room: BucketRoom) {}

  reset(): void {
    this.used = 0
    this.buckets = 0
    this.nextBuckets = 0
    this.#moved = 0
  }

  /** hashtableExpand: asks for room for `entries`; refused when there is more room already or a move is going on. */
  expand(entries: number): void {
    if (this.nextBuckets !== 0 || entries < this.used) return
    const wanted = hashtableBuckets(entries, this.room)
    if (wanted <= this.buckets) return
    if (this.buckets === 0) this.buckets = wanted
    else this.#startMove(wanted)
  }

  add(count: number): void {
    while (count > 0) {
      if (this.nextBuckets !== 0) {
        this.#moved++
        if (this.#moved >= this.buckets) this.#finishMove()
      } else if (this.buckets === 0) {
        this.buckets = 1
      } else if (this.used + 1 > this.room.entries * this.buckets) {
        this.#startMove(hashtableBuckets(this.used + 1, this.room))
      } else {
        const adds = Math.min(count, this.room.entries * this.buckets - this.used)
        this.used += adds
        count -= adds
        continue
      }
      this.used++
      count--
    }
  }

  /** Top-level buckets of both tables. */
  get allBuckets(): number {
    return this.buckets + this.nextBuckets
  }

  /** Expected child buckets: while a move goes on, the entries lie in both tables by how far it is. */
  get children(): number {
    const { room } = this
    if (this.nextBuckets === 0) return expectedChildBuckets(this.used, this.buckets, room)
    const stays = (this.buckets - this.#moved) / this.buckets
    const oldUsed = this.used * stays
    return (
      stays * expectedChildBuckets(Math.round(oldUsed / stays), this.buckets, room) +
      expectedChildBuckets(Math.round(this.used - oldUsed), this.nextBuckets, room)
    )
  }

  get random(): boolean {
    return this.nextBuckets !== 0 || childBucketsAreRandom(this.used, this.buckets, this.room)
  }

  #startMove(buckets: number): void {
    this.nextBuckets = buckets
    this.#moved = 0
  }

  #finishMove(): void {
    this.buckets = this.nextBuckets
    this.nextBuckets = 0
  }
}
