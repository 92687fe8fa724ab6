import { describe, expect, it } from 'vitest'
import { recognise } from '../../../parsers/index.js'
import { cannotRead } from '../../../src/io/not-a-dump.js'
import { memorySource } from '../../../src/io/source.js'

const SEVEN_ZIP = Buffer.from('7z\xbc\xaf\x27\x1c\0\x04abcdefgh', 'latin1')

function adviceFor(bytes: Uint8Array, path: string | null): string {
  return cannotRead(recognise(bytes), { ...memorySource(bytes, 'x'), path }).advice
}

describe('advice on what is no dump', () => {
  it.each([
    ['backups/redis-1.7z', 'backups/redis-1.7z'],
    ['my dump.7z', "'my dump.7z'"],
    ["it's.7z", "'it'\\''s.7z'"],
    ['$(reboot).7z', "'$(reboot).7z'"],
    [null, '-'],
  ])('names %j so that it can be pasted into a shell', (path, word) => {
    expect(adviceFor(SEVEN_ZIP, path)).toContain(` ${word} `)
  })

  it('looks for the cause of empty input where it came from', () => {
    expect(adviceFor(new Uint8Array(0), null)).toContain('before the pipe')
    expect(adviceFor(new Uint8Array(0), 'dump.rdb')).not.toContain('pipe')
  })
})
