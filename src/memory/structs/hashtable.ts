/**
 * `hashtable` of Valkey 8.1 and later (hashtable.c): buckets of 64 bytes with room for 7 entries. A bucket that
 * overflows gives its last place to a pointer to a child bucket.
 */
export const HASHTABLE_BUCKET_BYTES = 64
const ENTRIES_PER_BUCKET = 7

/** Buckets of a table that was asked to hold `entries`. */
export function hashtableBuckets(entries: number): number {
  const atLeast = Math.ceil((5 * entries) / 32)
  let buckets = 1
  while (buckets < atLeast) buckets *= 2
  return buckets
}

/** Child buckets of one bucket with `entries`: a chain of c children holds 6c + 7. */
export function childBuckets(entries: number): number {
  return entries <= ENTRIES_PER_BUCKET ? 0 : Math.ceil((entries - ENTRIES_PER_BUCKET) / (ENTRIES_PER_BUCKET - 1))
}

/** Expected child buckets of a whole table: the load of each bucket is binomial(entries, 1 / buckets). */
export function expectedChildBuckets(entries: number, buckets: number): number {
  if (entries <= ENTRIES_PER_BUCKET) return 0
  if (buckets === 1) return childBuckets(entries)
  let probability = Math.exp(entries * Math.log1p(-1 / buckets))
  let expected = 0
  const most = Math.min(entries, 200)
  for (let load = 0; load <= most; load++) {
    expected += probability * childBuckets(load)
    probability *= (entries - load) / ((load + 1) * (buckets - 1))
  }
  return buckets * expected
}

/** True when chance has a say in the number of child buckets. */
function childBucketsAreRandom(entries: number, buckets: number): boolean {
  return entries > ENTRIES_PER_BUCKET && buckets > 1
}

/** A hashtable while a value is loaded: both tables count until every old bucket was moved, one with each insert. */
export class HashtableLoad {
  used = 0
  buckets = 0
  nextBuckets = 0
  #moved = 0

  reset(): void {
    this.used = 0
    this.buckets = 0
    this.nextBuckets = 0
    this.#moved = 0
  }

  /** hashtableExpand: asks for room for `entries`; refused when there is more room already or a move is going on. */
  expand(entries: number): void {
    if (this.nextBuckets !== 0 || entries < this.used) return
    const wanted = hashtableBuckets(entries)
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
      } else if (this.used + 1 > ENTRIES_PER_BUCKET * this.buckets) {
        this.#startMove(hashtableBuckets(this.used + 1))
      } else {
        const adds = Math.min(count, ENTRIES_PER_BUCKET * this.buckets - this.used)
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
    if (this.nextBuckets === 0) return expectedChildBuckets(this.used, this.buckets)
    const stays = (this.buckets - this.#moved) / this.buckets
    const oldUsed = this.used * stays
    return (
      stays * expectedChildBuckets(Math.round(oldUsed / stays), this.buckets) +
      expectedChildBuckets(Math.round(this.used - oldUsed), this.nextBuckets)
    )
  }

  get random(): boolean {
    return this.nextBuckets !== 0 || childBucketsAreRandom(this.used, this.buckets)
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
