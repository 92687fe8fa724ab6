import type { HashTagRow } from '../../reports/report.js'
import { placeOfHashes, SEED_A } from '../table-seed.js'
import { HASH_SLOTS } from './hash-slot.js'
import { compareBytes, keyName, NameSlots, type NamesState } from './names.js'
import { checkRange, floatsOf, numberOf, StateError } from './state.js'

/** Tags that are counted at a time, and the table they are found in: a power of two. */
const TAGS = 3072
const TABLE = 4096

/** Sums of bytes that tags outside of the table share by their hash: a power of two. */
const WAITING = 8192

export interface HashTagsState {
  readonly tags: NamesState
  readonly slots: Float64Array
  readonly keys: Float64Array
  readonly ramBytes: Float64Array
  readonly bar: number
  readonly waiting: Float64Array
}

/**
 * Keys and bytes per hash tag, in a table of fixed size. When it is full, the lighter half of the tags by bytes is
 * forgotten and the bar rises: then a tag gets in only when the tags of its hash have brought more bytes than that. So
 * millions of light tags leave the table alone, and a heavy one lacks no more than a few times the bar.
 */
export class HashTags {
  #names = new NameSlots(TABLE)
  /** Hashes that nobody can foresee: they say where a tag is looked for, and tell it from others. */
  #seeded = new Int32Array(TABLE)
  #slots = new Int32Array(TABLE)
  #keys = new Float64Array(TABLE)
  #ramBytes = new Float64Array(TABLE)
  #size = 0
  /** Bytes a tag outside of the table must bring; 0 until the table was full. */
  #bar = 0
  readonly #waiting = new Float64Array(WAITING)

  /** Tags were forgotten for others. */
  get bounded(): boolean {
    return this.#bar > 0
  }

  add(bytes: Uint8Array, start: number, end: number, slot: number, ramBytes: number): void {
    this.#count(bytes, start, end, end - start, slot, 1, ramBytes)
  }

  merge(other: HashTags): void {
    // What is forgotten on the way depends on the order, which must not be that of places.
    for (const at of other.#heaviest()) {
      const tag = other.#names.bytes(at)
      const length = other.#names.length(at)
      this.#count(tag, 0, tag.length, length, other.#slots[at]!, other.#keys[at]!, other.#ramBytes[at]!)
    }
  }

  /** @param most tags at most, the heaviest; the bar is then that of a table that was full */
  state(most = TAGS): HashTagsState {
    const kept = this.#heaviest().slice(0, most)
    const names = new NameSlots(kept.length)
    for (const [place, at] of kept.entries()) names.copy(this.#names, at, place)
    const lightest = kept.at(-1)
    const cut = this.#size > most && lightest !== undefined
    return {
      tags: names.state(),
      slots: Float64Array.from(kept, (at) => this.#slots[at]!),
      keys: Float64Array.from(kept, (at) => this.#keys[at]!),
      ramBytes: Float64Array.from(kept, (at) => this.#ramBytes[at]!),
      bar: cut ? Math.max(this.#bar, this.#ramBytes[lightest]!) : this.#bar,
      waiting: this.#waiting.slice(),
    }
  }

  /** @throws StateError */
  static restore(state: HashTagsState): HashTags {
    const tags = new HashTags()
    const size = state.tags?.names?.length ?? 0
    if (size > TAGS) throw new StateError('tags: more than fit')
    const names = new NameSlots(size)
    names.restore(state.tags)
    const slots = floatsOf(state.slots, size, 'tags.slots')
    checkRange(slots, 0, HASH_SLOTS - 1, 'tags.slots')
    const keys = floatsOf(state.keys, size, 'tags.keys')
    const ramBytes = floatsOf(state.ramBytes, size, 'tags.ramBytes')
    for (let place = 0; place < size; place++) {
      const tag = names.bytes(place)
      if (names.isEmpty(place) || !(keys[place]! > 0)) throw new StateError('tags: an entry is empty')
      tags.#count(tag, 0, tag.length, names.length(place), slots[place]!, keys[place]!, ramBytes[place]!)
    }
    tags.#bar = numberOf(state.bar, 'tags.bar')
    tags.#waiting.set(floatsOf(state.waiting, WAITING, 'tags.waiting'))
    return tags
  }

  /** Most bytes first. */
  rows(top: number): readonly HashTagRow[] {
    const found = this.#heaviest()
    return found.slice(0, top === 0 ? found.length : top).map((at) => ({
      tag: keyName(this.#names.bytes(at)).key,
      slot: this.#slots[at]!,
      keys: this.#keys[at]!,
      ramBytes: this.#ramBytes[at]!,
    }))
  }

  /** Places of the tags, most bytes first. */
  #heaviest(): readonly number[] {
    const found: number[] = []
    for (let at = 0; at < TABLE; at++) if (this.#keys[at]! > 0) found.push(at)
    return found.sort(
      (a, b) =>
        this.#ramBytes[b]! - this.#ramBytes[a]! ||
        this.#keys[b]! - this.#keys[a]! ||
        compareBytes(this.#names.bytes(a), this.#names.bytes(b)) ||
        // Redacted ones may be called alike.
        this.#slots[a]! - this.#slots[b]!,
    )
  }

  #count(
    bytes: Uint8Array,
    start: number,
    end: number,
    length: number,
    slot: number,
    keys: number,
    ramBytes: number,
  ): void {
    let hash = 0x811c9dc5
    let seeded = SEED_A
    for (let at = start; at < end; at++) {
      hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
      seeded = Math.imul(seeded ^ bytes[at]!, 0x297a2d39)
      seeded ^= seeded >>> 15
    }
    let at = this.#find(seeded, bytes, start, end, length, slot)
    if (this.#keys[at] === 0) {
      if (this.#bar > 0) {
        const waiting = (hash >>> 19) & (WAITING - 1)
        const brought = this.#waiting[waiting]! + ramBytes
        this.#waiting[waiting] = brought > this.#bar ? 0 : brought
        if (brought <= this.#bar) return
      }
      if (this.#size === TAGS) {
        this.#forgetLight()
        at = this.#find(seeded, bytes, start, end, length, slot)
      }
      this.#size++
      this.#seeded[at] = seeded
      this.#slots[at] = slot
      this.#names.set(at, bytes, start, end, length)
    }
    this.#keys[at] = this.#keys[at]! + keys
    this.#ramBytes[at] = this.#ramBytes[at]! + ramBytes
  }

  /** Place of a tag, or the empty place where it belongs. */
  #find(seeded: number, bytes: Uint8Array, start: number, end: number, length: number, slot: number): number {
    let at = placeOfHashes(seeded, slot) & (TABLE - 1)
    while (this.#keys[at] !== 0) {
      // Tags that were redacted can read the same in different slots.
      if (this.#seeded[at] === seeded && this.#slots[at] === slot) {
        if (this.#names.compare(at, bytes, start, end, length) === 0) return at
      }
      at = (at + 1) & (TABLE - 1)
    }
    return at
  }

  #forgetLight(): void {
    const sizes = this.#ramBytes.filter((_, at) => this.#keys[at]! > 0).sort()
    this.#bar = Math.max(2 * this.#bar + 1, sizes[sizes.length >> 1]!)
    const old = { names: this.#names, slots: this.#slots, keys: this.#keys, ramBytes: this.#ramBytes }
    this.#names = new NameSlots(TABLE)
    this.#seeded = new Int32Array(TABLE)
    this.#slots = new Int32Array(TABLE)
    this.#keys = new Float64Array(TABLE)
    this.#ramBytes = new Float64Array(TABLE)
    this.#size = 0
    for (let at = 0; at < TABLE; at++) {
      if (old.keys[at] === 0 || old.ramBytes[at]! <= this.#bar) continue
      const tag = old.names.bytes(at)
      this.#count(tag, 0, tag.length, old.names.length(at), old.slots[at]!, old.keys[at]!, old.ramBytes[at]!)
    }
  }
}
