import { describe, expect, it } from 'vitest'
import { RespCounter } from '../../parsers/resp.js'

const encoder = new TextEncoder()

function command(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${encoder.encode(word).length}\r\n${word}\r\n`).join('')}`
}

function count(text: string, chunkBytes = Number.POSITIVE_INFINITY): RespCounter {
  const bytes = encoder.encode(text)
  const counter = new RespCounter()
  for (let at = 0; at < bytes.length; at += chunkBytes) counter.push(bytes.subarray(at, at + chunkBytes))
  return counter
}

const PARTS = [
  command('SELECT', '0'),
  '#TS:1700000000\r\n',
  command('set', 'user:1', 'é\r\n*3\r\n'),
  command('SET', 'empty', ''),
  '\n',
  command('DEL', 'user:1'),
]
const LOG = PARTS.join('')

describe('RespCounter', () => {
  it.each([Number.POSITIVE_INFINITY, 1, 2, 7])('counts commands in chunks of %d bytes', (chunkBytes) => {
    const counter = count(LOG, chunkBytes)
    expect(counter.commands).toBe(4)
    expect(counter.comments).toBe(1)
    expect(counter.bytes).toBe(encoder.encode(LOG).length)
    expect(counter.truncated).toBe(false)
    expect(counter.damage).toBeNull()
    expect(counter.names).toEqual([
      ['SET', 2],
      ['DEL', 1],
      ['SELECT', 1],
    ])
  })

  it('takes a cut anywhere: whole commands are counted, the rest is called truncated', () => {
    const bytes = encoder.encode(LOG)
    const ends = PARTS.map((_, i) => encoder.encode(PARTS.slice(0, i + 1).join('')).length)
    for (let size = 0; size <= bytes.length; size++) {
      const counter = new RespCounter()
      counter.push(bytes.subarray(0, size))
      expect(counter.damage).toBeNull()
      expect(counter.truncated).toBe(size > 0 && !ends.includes(size))
    }
  })

  it.each([
    ['SELECT 0\r\n', 0, '"S" where a command should begin'],
    [`${command('PING')}xyz`, 14, '"x" where a command should begin'],
    ['*1\r\n:5\r\n', 4, '":" where an argument should begin with $'],
    ['*-1\r\n', 1, '"-" in the number of arguments'],
    ['*0\r\n', 3, 'a command without arguments'],
    ['*1\r\n$4\r\nPINGxx', 12, '"x" where an argument should end'],
    ['*1\r\n$99999999999999999999\r\n', 20, 'the length of an argument has too many digits'],
    ['*1\r\n$\r\n', 5, 'byte 0x0d in the length of an argument'],
  ])('%j: says where it stops making sense', (text, at, what) => {
    for (const chunkBytes of [1, 1000]) {
      const counter = count(text, chunkBytes)
      expect(counter.damage).toEqual({ at, what })
      expect(counter.bytes).toBe(encoder.encode(text).length)
    }
  })

  it('holds a bounded number of names, and hostile ones as printable text', () => {
    let text = command('a\u0007b')
    for (let i = 0; i < 2000; i++) text += command(`name${i}`)
    const counter = count(text)
    expect(counter.commands).toBe(2001)
    expect(counter.names.length).toBe(512)
    expect(counter.otherNames).toBe(2001 - 512)
    expect(counter.names.some(([name]) => name === 'A?B')).toBe(true)
  })
})
