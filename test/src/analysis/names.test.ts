import { describe, expect, it } from 'vitest'
import { keyName, NameSlots } from '../../../src/analysis/names.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('keyName', () => {
  it('is the exact text where there is one', () => {
    expect(keyName(bytes('user:42'))).toEqual({ key: 'user:42' })
    expect(keyName(bytes('größe \u{1f600} \\x41'))).toEqual({ key: 'größe \u{1f600} \\x41' })
    expect(keyName(bytes(''))).toEqual({ key: '' })
  })

  it('escapes what is not printable text, and gives the bytes', () => {
    expect(keyName(new Uint8Array([97, 92, 0, 255]))).toEqual({ key: 'a\\\\\\x00\\xff', keyBase64: 'YVwA/w==' })
    expect(keyName(bytes('é\n'))).toEqual({ key: 'é\\x0a', keyBase64: 'w6kK' })
    expect(keyName(bytes('\u009b31m'))).toEqual({ key: '\\xc2\\x9b31m', keyBase64: 'wpszMW0=' })
  })

  it('tells the length of a name that was cut', () => {
    expect(keyName(bytes('abc'), 9)).toEqual({ key: 'abc', keyLength: 9 })
  })
})

describe('NameSlots', () => {
  it('keeps short and long names, and replaces one by the other', () => {
    const slots = new NameSlots(2)
    expect(slots.name(0)).toBeNull()
    const long = bytes('x'.repeat(600))
    slots.set(0, long, 0, 600)
    slots.set(1, bytes('ab'), 0, 2)
    expect(slots.name(0)).toEqual({ key: 'x'.repeat(512), keyLength: 600 })
    slots.copy(slots, 1, 0)
    expect(slots.name(0)).toEqual({ key: 'ab' })
    slots.set(1, long, 0, 70)
    expect(slots.name(1)).toEqual({ key: 'x'.repeat(70) })
    slots.clear(1)
    expect(slots.isEmpty(1)).toBe(true)
  })
})
