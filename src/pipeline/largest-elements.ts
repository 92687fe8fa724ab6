import { type RdbString, STRING_FORM } from '../../parsers/index.js'

const NAME_BYTES = 120

/** One of the largest elements of a key. */
export interface LargeElement {
  /** First bytes of the element, field or member. */
  readonly name: Uint8Array
  /** Position in the value, from 0. */
  readonly index: number
  readonly bytes: number
}

/** Keeps the largest of many elements; ties go to the one that came first. */
export class LargestElements {
  readonly #most: number
  #kept: LargeElement[] = []
  #smallest = -1
  #seen = 0

  constructor(most: number) {
    this.#most = most
  }

  clear(): void {
    this.#kept = []
    this.#smallest = -1
    this.#seen = 0
  }

  /** @param bytes what the element takes with what belongs to it: a field and its value */
  add(name: RdbString, bytes: number): void {
    const index = this.#seen++
    if (bytes <= this.#smallest) return
    const kept = name.form === STRING_FORM.streamed ? new Uint8Array(0) : name.load().view().slice(0, NAME_BYTES)
    this.#kept.push({ name: kept, index, bytes })
    if (this.#kept.length <= this.#most) return
    this.#kept = this.sorted().slice(0, this.#most)
    this.#smallest = this.#kept[this.#most - 1]!.bytes
  }

  /** Largest first. */
  sorted(): LargeElement[] {
    return [...this.#kept].sort((a, b) => b.bytes - a.bytes || a.index - b.index)
  }
}
