import type { ValueCoder } from './coders.js'

/**
 * No UTF-8 text begins with this byte: in front of changed values it tells them from values that stayed as they were.
 */
export const MARK = 0xff

/** Values of a column that are tried out. */
const TRIED = 1000

/** Changes a value; null: it cannot, or it does not pay. */
export type Encode = (value: Uint8Array) => Uint8Array | null

/**
 * A coder for a column, marking what it changes where some values stay as they are; null when not enough of them can be
 * changed, or nothing is saved.
 * @param leastShare of the values that must change
 */
export function markedCoder(values: readonly Uint8Array[], encode: Encode, leastShare: number): ValueCoder | null {
  let before = 0
  let after = 0
  let changed = 0
  let tried = 0
  for (let i = 0; i < values.length && tried < TRIED; i++) {
    const value = values[i]!
    const result = encode(value)
    tried++
    before += value.length
    after += (result ?? value).length
    if (result !== null) changed++
  }
  if (changed === 0 || changed < leastShare * tried) return null
  const marks = changed < tried
  return after + (marks ? changed : 0) < before ? { encode: marks ? marked(encode) : encode } : null
}

function marked(encode: Encode): Encode {
  return (value) => {
    const result = encode(value)
    if (result === null) return null
    const bytes = new Uint8Array(result.length + 1)
    bytes[0] = MARK
    bytes.set(result, 1)
    return bytes
  }
}
