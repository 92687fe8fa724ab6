import type { KeyName } from '../../reports/report.js'
import { byteText, checkRange, floatsOf, intsOf, StateError, textBytes, textsOf } from './state.js'

/** Bytes of a key name that are kept for a report. */
export const KEPT_NAME_BYTES = 512
const SLOT_BYTES = 64

/** The slots that are in use. */
export interface NamesState {
  readonly slots: Int32Array
  /** Lengths of the names in the dump. */
  readonly lengths: Float64Array
  /** One character per byte; at most `KEPT_NAME_BYTES` of them. */
  readonly names: readonly string[]
}

/**
 * Key names in numbered slots. Names of up to 64 bytes, which is nearly all, lie in one array, so that replacing one
 * allocates nothing; longer ones have an array of their own, up to `KEPT_NAME_BYTES`.
 */
export class NameSlots {
  #bytes: Uint8Array
  /** Length of the name in the dump; -1 for an empty slot. */
  #lengths: Int32Array
  readonly #long = new Map<number, Uint8Array>()

  constructor(slots: number) {
    this.#bytes = new Uint8Array(slots * SLOT_BYTES)
    this.#lengths = new Int32Array(slots).fill(-1)
  }

  isEmpty(slot: number): boolean {
    return this.#lengths[slot] === -1
  }

  clear(slot: number): void {
    if (this.#lengths[slot]! > SLOT_BYTES) this.#long.delete(slot)
    this.#lengths[slot] = -1
  }

  /** @param length true length of the name, where less than all of it is at hand */
  set(slot: number, bytes: Uint8Array, start: number, end: number, length = end - start): void {
    if (this.#lengths[slot]! > SLOT_BYTES) this.#long.delete(slot)
    this.#lengths[slot] = length
    if (length > SLOT_BYTES) {
      this.#long.set(slot, bytes.slice(start, Math.min(end, start + KEPT_NAME_BYTES)))
      return
    }
    const slots = this.#bytes
    let at = slot * SLOT_BYTES
    for (let i = start; i < end; i++) slots[at++] = bytes[i]!
  }

  copy(from: NameSlots, fromSlot: number, slot: number): void {
    const name = from.bytes(fromSlot)
    if (from.isEmpty(fromSlot)) this.clear(slot)
    else this.set(slot, name, 0, name.length, from.#lengths[fromSlot]!)
  }

  /** What is kept of the name; a view. */
  bytes(slot: number): Uint8Array {
    const length = this.#lengths[slot]!
    if (length > SLOT_BYTES) return this.#long.get(slot)!
    return this.#bytes.subarray(slot * SLOT_BYTES, slot * SLOT_BYTES + Math.max(0, length))
  }

  /** Order of the name in a slot and the bytes given, as memcmp over what is kept; then by true length. */
  compare(slot: number, bytes: Uint8Array, start: number, end: number, length: number): number {
    const ours = this.#lengths[slot]!
    const long = ours > SLOT_BYTES
    const slots = long ? this.#long.get(slot)! : this.#bytes
    const at = long ? 0 : slot * SLOT_BYTES
    const kept = Math.min(end - start, KEPT_NAME_BYTES)
    const shorter = Math.min(long ? slots.length : ours, kept)
    for (let i = 0; i < shorter; i++) {
      const difference = slots[at + i]! - bytes[start + i]!
      if (difference !== 0) return difference
    }
    return ours - length
  }

  /** Length of the name in the dump. */
  length(slot: number): number {
    return this.#lengths[slot]!
  }

  /** @param slots how many of the first slots count */
  state(slots = this.#lengths.length): NamesState {
    const used: number[] = []
    for (let slot = 0; slot < slots; slot++) if (!this.isEmpty(slot)) used.push(slot)
    return {
      slots: Int32Array.from(used),
      lengths: Float64Array.from(used, (slot) => this.#lengths[slot]!),
      names: used.map((slot) => byteText(this.bytes(slot))),
    }
  }

  /** @throws StateError */
  restore(state: NamesState): void {
    const slots = intsOf(state.slots, null, 'names.slots')
    checkRange(slots, 0, this.#lengths.length - 1, 'names.slots')
    const lengths = floatsOf(state.lengths, slots.length, 'names.lengths')
    checkRange(lengths, 0, 0x7fffffff, 'names.lengths')
    for (const [i, name] of textsOf(state.names, slots.length, 'names.names').entries()) {
      const bytes = textBytes(name)
      if (bytes.length !== Math.min(lengths[i]!, KEPT_NAME_BYTES)) throw new StateError('names: a name is cut')
      this.set(slots[i]!, bytes, 0, bytes.length, lengths[i]!)
    }
  }

  /** The name for a report, null for an empty slot. */
  name(slot: number): KeyName | null {
    return this.isEmpty(slot) ? null : keyName(this.bytes(slot), this.#lengths[slot]!)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const latin1 = new TextDecoder('latin1')

/**
 * A key name for reports: its exact text where the bytes are UTF-8 without control characters; else every byte that
 * is not printable as `\xNN` with backslashes doubled, and the bytes in base64.
 *
 * @param length true length, when `bytes` is only the beginning
 */
export function keyName(bytes: Uint8Array, length = bytes.length): KeyName {
  const cut = length > bytes.length ? { keyLength: length } : {}
  const text = exactText(bytes)
  if (text !== null) return { key: text, ...cut }
  return { key: escapedText(bytes), keyBase64: base64(bytes), ...cut }
}

/** The text of bytes that are UTF-8 without control characters, else null. */
export function exactText(bytes: Uint8Array): string | null {
  let high = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte < 32 || byte === 127) return null
    if (byte > 127) high = true
  }
  if (!high) return latin1.decode(bytes)
  try {
    const text = utf8.decode(bytes)
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80 && unit < 0xa0) return null
    }
    return text
  } catch {
    return null
  }
}

function escapedText(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === 92) text += '\\\\'
    else if (byte >= 32 && byte < 127) text += String.fromCharCode(byte)
    else {
      const size = sequenceBytes(bytes, i)
      const character = size > 1 ? exactText(bytes.subarray(i, i + size)) : null
      if (character === null) text += `\\x${byte.toString(16).padStart(2, '0')}`
      else {
        text += character
        i += size - 1
      }
    }
  }
  return text
}

/** Bytes the UTF-8 sequence that begins here would have. */
function sequenceBytes(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]!
  const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1
  return at + size <= bytes.length ? size : 1
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

function base64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i
    const group = (bytes[i]! << 16) | ((left > 1 ? bytes[i + 1]! : 0) << 8) | (left > 2 ? bytes[i + 2]! : 0)
    text += BASE64[group >> 18]! + BASE64[(group >> 12) & 63]!
    text += left > 1 ? BASE64[(group >> 6) & 63]! : '='
    text += left > 2 ? BASE64[group & 63]! : '='
  }
  return text
}

/** Order of two byte strings, as memcmp: negative, 0 or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length)
  for (let i = 0; i < shorter; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Order of two texts by UTF-16 units: the same in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
