import { StateError } from '../analysis/state.js'

/**
 * States as JSON. A list of numbers becomes `{"f64": length, "v": [...]}` or `{"i32": ...}`; `[n]` in it stands for n
 * zeros, of which such lists are full. Numbers that JSON has no word for are `{"n": "inf"}` and `{"n": "-inf"}`.
 */

/** Runs of zeros from this length on are written as such. */
const RUN = 3
/** Numbers that one list may hold: the largest, sums of all cells of patterns, stays far below. */
const MOST_NUMBERS = 1 << 22
const MOST_LEVELS = 64

type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain }

export function toJson(value: unknown): string {
  return JSON.stringify(value, (_name, field: unknown) => {
    if (field instanceof Float64Array) return { f64: field.length, v: runs(field) }
    if (field instanceof Int32Array) return { i32: field.length, v: runs(field) }
    if (typeof field === 'number' && !Number.isFinite(field)) return { n: field > 0 ? 'inf' : '-inf' }
    return field
  })
}

/** @throws StateError, SyntaxError */
export function fromJson(text: string): unknown {
  return thawed(JSON.parse(text) as Plain, MOST_LEVELS)
}

/** Replaces lists of numbers by typed arrays, in place. */
function thawed(value: Plain, levels: number): unknown {
  if (value === null || typeof value !== 'object') return value
  if (levels === 0) throw new StateError('it is nested too deep')
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) value[i] = thawed(value[i]!, levels - 1) as Plain
    return value
  }
  if ('f64' in value) return filled(new Float64Array(lengthOf(value.f64)), value.v)
  if ('i32' in value) return filled(new Int32Array(lengthOf(value.i32)), value.v)
  if (value.n === 'inf') return Number.POSITIVE_INFINITY
  if (value.n === '-inf') return Number.NEGATIVE_INFINITY
  for (const name of Object.keys(value)) value[name] = thawed(value[name]!, levels - 1) as Plain
  return value
}

function runs(numbers: Float64Array | Int32Array): (number | string | [number])[] {
  const found: (number | string | [number])[] = []
  for (let i = 0; i < numbers.length; ) {
    let end = i
    while (end < numbers.length && numbers[end] === 0) end++
    if (end - i >= RUN) {
      found.push([end - i])
      i = end
      continue
    }
    const value = numbers[i++]!
    found.push(Number.isFinite(value) ? value : value > 0 ? 'inf' : '-inf')
  }
  return found
}

function lengthOf(length: Plain | undefined): number {
  if (typeof length !== 'number' || !Number.isInteger(length) || length < 0 || length > MOST_NUMBERS) {
    throw new StateError('a list has an impossible length')
  }
  return length
}

function filled<List extends Float64Array | Int32Array>(list: List, values: Plain | undefined): List {
  if (!Array.isArray(values)) throw new StateError('a list has no numbers')
  let at = 0
  for (const value of values) {
    if (typeof value === 'number') list[at++] = value
    else if (value === 'inf') list[at++] = Number.POSITIVE_INFINITY
    else if (value === '-inf') list[at++] = Number.NEGATIVE_INFINITY
    else if (Array.isArray(value) && typeof value[0] === 'number' && value[0] > 0) at += value[0]
    else throw new StateError('a list holds something else than numbers')
    if (at > list.length) throw new StateError('a list holds more numbers than it says')
  }
  if (at !== list.length) throw new StateError('a list holds fewer numbers than it says')
  return list
}
