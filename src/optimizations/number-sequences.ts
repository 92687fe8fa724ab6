import { canonicalInteger } from '../memory/structs/integers.js'

/** How whole numbers stand one after the other in a text: `1,2,3`, `[1,2,3]`, `1 2 3`. */
export interface SequenceStyle {
  readonly open: string
  readonly separator: string
  readonly close: string
}

const SEPARATORS = [',', ';', '|', ' ', ':', '\n', ', '] as const
const LEAST_NUMBERS = 4
const MOST_BYTES = 64 * 1024
const STYLES_TRIED = 50

/** The style of the first values that are sequences; null when there is none among them. */
export function sequenceStyle(values: readonly Uint8Array[]): SequenceStyle | null {
  for (const value of values.slice(0, STYLES_TRIED)) {
    for (const [open, close] of [
      ['', ''],
      ['[', ']'],
    ] as const) {
      for (const separator of SEPARATORS) {
        const style = { open, separator, close }
        if (numbersOf(value, style) !== null) return style
      }
    }
  }
  return null
}

/** The numbers of a text in that style, so that it can be made from them again; null when it is something else. */
export function numbersOf(value: Uint8Array, { open, separator, close }: SequenceStyle): readonly number[] | null {
  if (value.length < LEAST_NUMBERS * 2 - 1 || value.length > MOST_BYTES) return null
  const text = Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')
  if (!text.startsWith(open) || !text.endsWith(close)) return null
  const parts = text.slice(open.length, text.length - close.length).split(separator)
  if (parts.length < LEAST_NUMBERS) return null
  const numbers: number[] = []
  for (const part of parts) {
    const bytes = Buffer.from(part, 'latin1')
    const number = canonicalInteger(bytes, 0, bytes.length)
    if (!Number.isSafeInteger(number)) return null
    numbers.push(number)
  }
  return numbers
}
