import { describe, expect, it } from 'vitest'
import { recognise } from '../../parsers/recognise.js'

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))

describe('recognise', () => {
  it.each([
    ['REDIS0011\xfa\x09redis-', 'rdb'],
    ['REDIS9999', 'rdb'],
    ['VALKEY080\xfa', 'rdb'],
    ['REDI', 'rdb'],
    ['VCS\x01\x01\x00\x01\x04\x22\x4d\x18......', 'vcs'],
    ['*2\r\n$6\r\nSELECT\r\n', 'aof'],
    ['#TS:1700000000\r\n', 'aof'],
    ['$175\r\nREDIS0011', 'replication'],
    ['$EOF:0123456789abcdef', 'replication'],
    ['+FULLRESYNC 0123', 'replication'],
    ['\n\n\n+FULLRESYNC 0', 'replication'],
    ['\n\n\n\n', 'replication'],
    ['file appendonly.aof.1.base.rdb seq 1 type b', 'aof-manifest'],
    ['', 'empty'],
    ['\x1f\x8b\x08\x00', 'compressed'],
    ['\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR', 'other'],
    ['* not an array', 'other'],
    ['PK\x03\x04\x14\x00', 'compressed'],
  ])('%j is %s', (head, kind) => {
    expect(recognise(bytes(head)).kind).toBe(kind)
  })

  it.each([
    ['\x28\xb5\x2f\xfd\x04\x00', 'zstd', 'zstd -dc {} | rdblens -'],
    ['\x04\x22\x4d\x18\x64\x40', 'lz4', 'lz4 -dc {} | rdblens -'],
    ['BZh91AY&SY', 'bzip2', 'bzip2 -dc {} | rdblens -'],
    ['\xfd7zXZ\x00', 'xz', 'xz -dc {} | rdblens -'],
    ['VCS\x01\x02\x00\x01\x28\xb5\x2f\xfd', 'zstd', 'tail -c +8 {} | zstd -dc | rdblens -'],
  ])('%j: names the compression and the command that takes it off', (head, compression, command) => {
    const found = recognise(bytes(head))
    expect(found.compression).toBe(compression)
    expect(found.advice).toContain(command)
  })

  it.each([
    ['\x89PNG\r\n\x1a\n', 'is a PNG picture, not a Redis dump'],
    ['%PDF-1.7\n', 'is a PDF document, not a Redis dump'],
    ['\x7fELF\x02\x01\x01', 'is a program (ELF), not a Redis dump'],
    ['SQLite format 3\x00', 'is an SQLite database, not a Redis dump'],
    ['{"a":1}', 'is JSON text, not a Redis dump'],
    ['{"format":"rdblens-profile","schemaVersion":1}', 'is a profile without keys, not a Redis dump'],
    ['hello world\n', 'is text ("hello world"), not a Redis dump'],
    ['<html><body>404', 'is an HTML page, not a Redis dump'],
    ['UkVESVMwMDEx', 'is base64 text of a dump, not a Redis dump'],
    ['-NOAUTH Authentication required.', 'is the error reply of a server ("-NOAUTH Authenti"...), not a Redis dump'],
    ['\0\0\0\0\0\0\0\0', 'begins with nothing but zero bytes, so it is not a Redis dump'],
    ['\x00\x05hello\x0a\x00cr', 'is not a Redis dump: it begins with 00 05 68 65 6c instead of REDIS or VALKEY'],
  ])('%j %s', (head, sentence) => {
    expect(recognise(bytes(head)).sentence).toBe(sentence)
  })

  it('finds a tar archive by its mark at byte 257', () => {
    const head = new Uint8Array(512)
    head.set(bytes('dump.rdb'))
    head.set(bytes('ustar'), 257)
    expect(recognise(head).sentence).toBe('is a tar archive, not a Redis dump')
  })

  it('asks for --dump-payload where the bytes may be the answer to DUMP', () => {
    expect(recognise(bytes('\x00\x05hello\x0a\x00crcrcrcr')).advice).toContain('--dump-payload')
    expect(recognise(bytes('\xc8\x05hello')).advice).not.toContain('--dump-payload')
  })

  it('says something about every possible first byte', () => {
    for (let first = 0; first < 256; first++) {
      const found = recognise(Uint8Array.of(first, 0x80, 0x81, 0x00))
      expect(found.sentence).not.toBe('')
    }
  })
})
