/**
 * States of collectors: plain objects of numbers, texts, arrays and typed arrays. They go to other threads as they are
 * (`structuredClone`) and into files as JSON, so whoever restores one checks it: the file may be damaged or made up.
 */

/** A state that cannot be restored: says which part of it is wrong. */
export class StateError extends Error {
  override readonly name = 'StateError'
}

/** @param length what it must be; null: any */
export function floatsOf(value: unknown, length: number | null, what: string): Float64Array {
  if (!(value instanceof Float64Array)) throw new StateError(`${what} is no list of numbers`)
  checkLength(value, length, what)
  return value
}

/** Whole numbers of 32 bits. */
export function intsOf(value: unknown, length: number | null, what: string): Int32Array {
  if (!(value instanceof Int32Array)) throw new StateError(`${what} is no list of whole numbers`)
  checkLength(value, length, what)
  return value
}

export function textsOf(value: unknown, length: number | null, what: string): readonly string[] {
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
    throw new StateError(`${what} is no list of texts`)
  }
  checkLength(value, length, what)
  return value as readonly string[]
}

export function numberOf(value: unknown, what: string): number {
  if (typeof value !== 'number') throw new StateError(`${what} is no number`)
  return value
}

/** A whole number from 0 to `most`. */
export function countOf(value: unknown, most: number, what: string): number {
  const count = numberOf(value, what)
  if (!Number.isInteger(count) || count < 0 || count > most) throw new StateError(`${what} is ${count}`)
  return count
}

/** Every number must be whole and in a range: places in lists are made of them. */
export function checkRange(values: ArrayLike<number>, least: number, most: number, what: string): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (!Number.isInteger(value) || value < least || value > most) throw new StateError(`${what} holds ${value}`)
  }
}

function checkLength(value: { readonly length: number }, length: number | null, what: string): void {
  if (length !== null && value.length !== length) {
    throw new StateError(`${what} has ${value.length} entries in place of ${length}`)
  }
}

const latin1 = new TextDecoder('latin1')

/** Bytes as a text of one character per byte, which JSON keeps as it is. */
export function byteText(bytes: Uint8Array): string {
  let plain = true
  for (let i = 0; i < bytes.length && plain; i++) plain = bytes[i]! < 128
  // The decoder of the web's latin1 takes 0x80 to 0x9f for windows-1252.
  return plain ? latin1.decode(bytes) : String.fromCharCode(...bytes)
}

/** The bytes behind `byteText`. */
export function textBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 255) throw new StateError('a name holds a character that is no byte')
    bytes[i] = code
  }
  return bytes
}
