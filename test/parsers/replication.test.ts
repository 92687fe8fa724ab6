import { describe, expect, it } from 'vitest'
import { ReplicationHead, ReplicationMark } from '../../parsers/replication.js'

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))
const MARK = '0123456789abcdef0123456789abcdef01234567'

function head(text: string, chunkBytes = text.length): { head: ReplicationHead; rest: number } {
  const all = bytes(text)
  const head = new ReplicationHead()
  let at = 0
  while (at < all.length && !head.done && head.problem === null) {
    const chunk = all.subarray(at, at + chunkBytes)
    const taken = head.push(chunk)
    at += taken
    if (taken < chunk.length) break
  }
  return { head, rest: all.length - at }
}

describe('ReplicationHead', () => {
  it.each([1, 3, 1000])('reads keep-alives, status lines and the length in chunks of %i bytes', (chunkBytes) => {
    const { head: found, rest } = head(`\n\n+FULLRESYNC ${'a'.repeat(40)} 1234\r\n\n$175\r\nREDIS0011`, chunkBytes)
    expect(found).toMatchObject({ done: true, keepAlives: 3, rdbBytes: 175, mark: null, problem: null })
    expect(found.lines).toEqual([`FULLRESYNC ${'a'.repeat(40)} 1234`])
    expect(rest).toBe(9)
    expect(found.bytes).toBe(2 + 12 + 40 + 7 + 1 + 6)
  })

  it('reads the mark of a diskless sync', () => {
    const { head: found, rest } = head(`$EOF:${MARK}\r\nREDIS`)
    expect(found).toMatchObject({ done: true, rdbBytes: null, mark: MARK })
    expect(rest).toBe(5)
  })

  it.each([
    ['-NOMASTERLINK Can not SYNC\r\n', 'the master answered with an error: NOMASTERLINK Can not SYNC'],
    ['+CONTINUE 0123\r\n', 'the master continued an earlier sync and sent no RDB'],
    ['$EOF:short\r\n', 'the mark $EOF: has 5 bytes instead of 40'],
    ['$12x\r\n', 'a line of the handshake makes no sense: $12x'],
    [`+${'x'.repeat(2000)}`, 'a line of the handshake is longer than 1024 bytes'],
  ])('%j: says what is wrong', (text, problem) => {
    const { head: found } = head(text)
    expect(found.problem).toBe(problem)
    expect(found.done).toBe(false)
  })

  it('waits for more when the line that announces the RDB is cut', () => {
    expect(head('$17').head).toMatchObject({ done: false, problem: null })
  })
})

describe('ReplicationMark', () => {
  it.each([1, 7, 100])('compares the mark in chunks of %i bytes and leaves what follows', (chunkBytes) => {
    const mark = new ReplicationMark(MARK)
    const all = bytes(`${MARK}*1\r\n`)
    let at = 0
    while (!mark.done) at += mark.push(all.subarray(at, at + chunkBytes))
    expect(mark.matches).toBe(true)
    expect(at).toBe(40)
  })

  it('stops at the first byte that differs', () => {
    const mark = new ReplicationMark(MARK)
    expect(mark.push(bytes('01234*1\r\n'))).toBe(5)
    expect(mark.matches).toBe(false)
    expect(mark.done).toBe(true)
  })
})
