import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, crc32, gzipSync, inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { IgnoreAll, type RdbKey } from '../../../parsers/index.js'
import { Blobs } from '../../../src/io/compression/blob.js'
import { decodeWhole } from '../../../src/io/compression/byte-queue.js'
import { lz4Frames } from '../../../src/io/compression/lz4.js'
import { xxh32 } from '../../../src/io/compression/xxh32.js'
import { zstdFrames } from '../../../src/io/compression/zstd.js'
import { decompressor } from '../../../src/io/decompress.js'
import { type DumpRead, type ReadDumpOptions, readDump } from '../../../src/io/read-dump.js'
import { memorySource, type Source } from '../../../src/io/source.js'
import { LIMITS } from '../../../src/limits.js'
import { dump, fragment } from '../../helpers/dump.js'

/** Made by gzip 1.12, zstd 1.5, lz4 1.9, bzip2 1.0.8, xz 5.4 and zip 3.0; `plain.rdb` is what is inside. */
const FOLDER = join(import.meta.dirname, '../../fixtures/compressed')
const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(join(FOLDER, name)))
const PLAIN = fixture('plain.rdb')
const KEYS = 300

class Counter extends IgnoreAll {
  keys = 0
  override endKey(_key: RdbKey): void {
    this.keys++
  }
}

/** Where the deflate data of a gzip file without extra fields, or of the first file of a zip archive, begin. */
function deflatedFrom(bytes: Uint8Array): number {
  if (bytes[0] !== 0x50) return bytes[3] === 0 ? 10 : bytes.indexOf(0, 10) + 1
  return 30 + (bytes[26]! | (bytes[27]! << 8)) + (bytes[28]! | (bytes[29]! << 8))
}

/** A zip archive as it is written to a pipe: checksum and sizes of the file stand behind its data. */
function toPipe(zip: Uint8Array, mark: Uint8Array, sizeBytes: number): Buffer {
  const sizes = Buffer.alloc(2 * sizeBytes)
  const from = Buffer.from(zip)
  for (const [i, at] of [18, 22].entries()) from.copy(sizes, i * sizeBytes, at, at + 4)
  const list = from.indexOf('PK\x01\x02')
  const local = Buffer.from(from.subarray(0, list))
  local.fill(0, 14, 26)
  local[6] = local[6]! | 8
  return Buffer.concat([local, mark, from.subarray(14, 18), sizes, from.subarray(list)])
}

type Read = DumpRead & { readonly keys: number }

async function read(bytes: Uint8Array, options: ReadDumpOptions = {}, chunkBytes?: number): Promise<Read> {
  const counter = new Counter()
  const source = memorySource(bytes, 'x')
  const result = await readDump(chunkBytes === undefined ? source : inChunks(bytes, chunkBytes), counter, options)
  return { ...result, keys: counter.keys }
}

/** Chunks whose memory is used again, as a file's is. */
function inChunks(bytes: Uint8Array, size: number): Source {
  const source = memorySource(bytes, 'x')
  let bytesRead = 0
  return {
    ...source,
    name: 'x',
    close: async () => {},
    get bytesRead() {
      return bytesRead
    },
    async *chunks() {
      const buffer = new Uint8Array(size)
      for (let at = 0; at < bytes.length; at += size) {
        const piece = bytes.subarray(at, at + size)
        buffer.set(piece)
        bytesRead += piece.length
        yield buffer.subarray(0, piece.length)
        buffer.fill(0xee)
      }
    },
  }
}

const COMPRESSED = readdirSync(FOLDER).filter((name) => !/^(plain|records)/.test(name))

describe('compressed dumps', () => {
  it.each(COMPRESSED)('%s', async (name) => {
    const bytes = fixture(name)
    for (const chunkBytes of [undefined, 1, 1000]) {
      const found = await read(bytes, {}, chunkBytes)
      expect(found).toMatchObject({ keys: KEYS, error: null, kind: 'rdb', rdbBytes: PLAIN.length })
      expect(found.compression).toBe(/vcs.*gz/.test(name) ? 'gzip' : /bzip2|gzip|zstd|lz4|xz|zip/.exec(name)?.[0])
    }
  })

  it.each(COMPRESSED)('%s, cut anywhere, gives what came before', async (name) => {
    const whole = fixture(name)
    // The end of an archive, of a checksum or of a padding may be missing without loss.
    for (let size = 20; size < whole.length; size += 97) {
      const found = await read(whole.subarray(0, size)).catch((error: unknown) => error as Error)
      if (found instanceof Error) {
        expect(found).toMatchObject({ name: 'InputError', code: expect.stringMatching(/damaged-compression|empty/) })
      } else if (found.keys < KEYS) {
        expect(found.error).toMatchObject({ message: expect.stringMatching(/ends too early|is cut short/) })
      }
    }
  })

  it.each(COMPRESSED)('%s, damaged anywhere, ends in words', async (name) => {
    const whole = fixture(name)
    for (let at = 0; at < whole.length; at += 61) {
      const damaged = whole.slice()
      damaged[at] = damaged[at]! ^ 0x55
      const found = await read(damaged).catch((error: unknown) => error as Error)
      if (found instanceof Error) expect(found.name).toBe('InputError')
      else if (found.error !== null) expect(['InputError', 'RdbError']).toContain(found.error.name)
    }
  })

  it('says what was passed over', async () => {
    expect((await read(fixture('zstd-garbage.zst'))).notes).toEqual([
      '7 bytes behind the compressed data were passed over.',
    ])
    expect((await read(fixture('zip-two-files.zip'))).notes).toEqual([
      'Only the first file of the zip archive was read: d/dump.rdb.',
    ])
    expect((await read(fixture('zip.zip'))).notes).toEqual([])
  })

  it('reads gzip members one after the other, whatever their headers hold', async () => {
    const half = PLAIN.length >> 1
    // Flags: checksum of the header, extra field, name, comment (RFC 1952, 2.3.1); 10 bytes of header otherwise.
    const plain = gzipSync(PLAIN.subarray(0, half))
    const header = fragment()
      .raw(plain.subarray(0, 10))
      .hex('03 00 61 62 63')
      .raw(Buffer.from('dump.rdb\0of last night\0'))
      .hex('12 34')
    const first = Buffer.concat([header.bytes(), plain.subarray(10)])
    first[3] = 0x1e
    const members = Buffer.concat([first, gzipSync(PLAIN.subarray(half))])
    for (const behind of ['', '\0'.repeat(512)]) {
      for (const chunkBytes of [undefined, 1, 300]) {
        const found = await read(Buffer.concat([members, Buffer.from(behind)]), {}, chunkBytes)
        expect(found).toMatchObject({ keys: KEYS, error: null, notes: [] })
      }
    }
  })

  it('reads gzip data with something else behind, as gzip does', async () => {
    for (const behind of ['signed by nobody', '\0\0signed'])
      for (const chunkBytes of [undefined, 1, 300]) {
        const found = await read(Buffer.concat([gzipSync(PLAIN), Buffer.from(behind)]), {}, chunkBytes)
        expect(found).toMatchObject({ keys: KEYS, error: null })
        expect(found.notes).toEqual([
          expect.stringMatching(/^\d+ bytes behind the compressed data were passed over\.$/),
        ])
      }
  })

  it('loses nothing that cut gzip and zip data still hold', async () => {
    for (const name of ['gzip.gz', 'zip.zip']) {
      const bytes = fixture(name)
      const cut = bytes.subarray(0, bytes.length >> 1)
      const held = inflateRawSync(cut.subarray(deflatedFrom(bytes)), {
        finishFlush: constants.Z_SYNC_FLUSH,
      })
      const found = await read(cut)
      expect(found.rdbBytes).toBe(held.length)
      expect(found.error).toMatchObject({ message: expect.stringMatching(/is cut short: its (gzip|zip) data/) })
    }
  })

  it.each([
    ['gzip.gz', -6],
    ['zip.zip', 14],
    ['zip-stored.zip', 14],
  ])('compares the checksum of %s', async (name, at) => {
    const bytes = fixture(name)
    const place = at < 0 ? bytes.length + at : at
    bytes[place] = bytes[place]! ^ 1
    expect(await read(bytes)).toMatchObject({
      keys: KEYS,
      error: { message: expect.stringMatching(/data of x is damaged: its checksum is wrong/) },
    })
  })

  it('reads zip archives that were written to a pipe, and compares the checksum behind the data', async () => {
    for (const mark of ['', 'PK\x07\x08'])
      for (const sizeBytes of [4, 8]) {
        const bytes = toPipe(fixture('zip.zip'), Buffer.from(mark, 'latin1'), sizeBytes)
        expect(await read(bytes)).toMatchObject({ keys: KEYS, error: null, notes: [] })
        const two = Buffer.concat([bytes.subarray(0, bytes.lastIndexOf('PK\x01\x02')), fixture('zip.zip')])
        expect((await read(two, {}, 100)).notes).toEqual(['Only the first file of the zip archive was read: dump.rdb.'])
        const at = bytes.lastIndexOf('PK\x01\x02') - 2 * sizeBytes - 4
        bytes[at] = bytes[at]! ^ 1
        expect((await read(bytes)).error).toMatchObject({ message: expect.stringMatching(/its checksum is wrong/) })
      }
  })

  it('says how to unpack what is not read here', async () => {
    const encrypted = fixture('zip.zip')
    encrypted[6] = encrypted[6]! | 1
    await expect(read(encrypted)).rejects.toMatchObject({
      message: 'the zip data of x cannot be unpacked: it is encrypted',
      advice: 'Unpack it with its password: unzip FILE',
    })
    const lzma = fixture('zip.zip')
    lzma[8] = 14
    await expect(read(lzma)).rejects.toMatchObject({
      message: 'the zip data of x cannot be unpacked: its file is compressed with LZMA',
      advice: 'That is not read here: unzip -p FILE | rdblens -',
    })
    // The kind of checksum stands in the stream flags, with a CRC32 behind (.xz file format, 2.1.1); 10 is SHA-256.
    const sha256 = fixture('xz.xz')
    sha256[7] = 10
    new DataView(sha256.buffer, sha256.byteOffset).setUint32(8, crc32(sha256.subarray(6, 8)), true)
    await expect(read(sha256)).rejects.toMatchObject({
      message: 'the xz data of x cannot be unpacked: it has a filter or a kind of checksum that is not read here',
      advice: 'xz can unpack it: xz -dc FILE | rdblens -',
    })
  })

  it('says what to do about an xz dictionary that is too large', async () => {
    const bytes = fixture('xz.xz')
    // Block header behind the stream header of 12 bytes: its size / 4 - 1, flags, filter id (0x21: LZMA2), size of
    // properties, dictionary size (30: 128 MiB), and at its end its CRC32; see the .xz file format, 3.1 and 5.3.1.
    const headerBytes = (bytes[12]! + 1) * 4
    const filterAt = bytes.indexOf(0x21, 14)
    expect(filterAt).toBeLessThan(12 + headerBytes)
    bytes[filterAt + 2] = 30
    const crcAt = 12 + headerBytes - 4
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(crcAt, crc32(bytes.subarray(12, crcAt)), true)
    await expect(read(bytes)).rejects.toMatchObject({
      message: 'the xz data of x cannot be unpacked: its dictionary is larger than 64 MiB',
      advice: 'xz can unpack it: xz -dc FILE | rdblens -',
    })
  })

  it('compares the checksums of LZ4 blocks and contents', async () => {
    const bytes = fixture('vcs-lz4-checked.rdb')
    // A digit in a literal: without a checksum nobody would notice.
    const at = Buffer.from(bytes).indexOf('2654435761')
    bytes[at] = bytes[at]! ^ 1
    const found = await read(bytes).catch((error: unknown) => error)
    expect(found).toMatchObject({ message: expect.stringMatching(/checksum of a block is wrong/) })
  })

  it('finds appended commands and the handshake of a replica inside', async () => {
    const commands = '*2\r\n$3\r\nDEL\r\n$3\r\none\r\n'
    expect(await read(gzipSync(Buffer.concat([PLAIN, Buffer.from(commands)])))).toMatchObject({
      kind: 'aof',
      keys: KEYS,
      trailing: { commands: 1 },
    })
    const stream = Buffer.concat([Buffer.from(`$${PLAIN.length}\r\n`), PLAIN])
    expect(await read(gzipSync(stream))).toMatchObject({ kind: 'replication', keys: KEYS, error: null })
  })

  it('refuses what is compressed twice, and envelopes of unknown forms', async () => {
    await expect(read(gzipSync(fixture('lz4.lz4')))).rejects.toMatchObject({
      code: 'compressed',
      message: 'x is compressed with LZ4 (inside the gzip data)',
      advice: 'Decompress it: gzip -dc - | rdblens -',
    })
    const envelope = fixture('vcs-lz4.rdb')
    for (const [at, value] of [
      [3, 2],
      [5, 1],
      [6, 2],
    ] as const) {
      const unknown = envelope.slice()
      unknown[at] = value
      await expect(read(unknown)).rejects.toMatchObject({ message: expect.stringMatching(/VCS/) })
    }
  })

  it('stops at bombs', async () => {
    const zeros = async function* (): AsyncGenerator<Uint8Array, void, void> {
      // One block of 128 KiB of zeros in four bytes, as often as it takes.
      const blocks = new Uint8Array(4 * 4096)
      for (let at = 0; at < blocks.length; at += 4) blocks.set([0x02, 0x00, 0x10, 0], at)
      yield Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x40)
      for (;;) yield blocks
    }
    let out = 0
    let stored = 0
    const request = {
      chunks: (async function* () {
        for await (const chunk of zeros()) {
          stored += chunk.length
          yield chunk
        }
      })(),
      name: 'bomb',
      maxRatio: 2000,
      bytesRead: () => stored,
      remark: () => {},
    }
    const before = process.memoryUsage.rss()
    const reading = async (): Promise<void> => {
      for await (const piece of decompressor('zstd')!(request)) out += piece.length
    }
    await expect(reading()).rejects.toMatchObject({ code: 'decompression-bomb' })
    expect(out).toBeLessThan(1.1 * 2 ** 30)
    expect(process.memoryUsage.rss() - before).toBeLessThan(150_000_000)
  })
})

describe('compressed blobs of Dragonfly', () => {
  const blobs = (lz4: Uint8Array, zstd: Uint8Array) =>
    dump({ version: 9 }).aux('df-ver', 'df-v1.20.0').select(0).u8(202).string(lz4).u8(201).string(zstd).end()

  it('are unpacked', async () => {
    const bytes = blobs(fixture('records.lz4'), fixture('records.zst'))
    for (const chunkBytes of [undefined, 7]) {
      expect(await read(bytes, {}, chunkBytes)).toMatchObject({ keys: 400, error: null })
    }
  })

  it('may be damaged, or be bombs', async () => {
    const bad = fixture('records.lz4').slice(0, 200)
    expect((await read(blobs(bad, fixture('records.zst')))).error?.message).toMatch(
      /blob compressed with lz4 is damaged/,
    )
    // 128 KiB of zeros in four bytes each.
    const blocks = new Uint8Array(4 * 4000)
    for (let at = 0; at < blocks.length; at += 4) blocks.set([0x02, 0x00, 0x10, 0], at)
    const bomb = fragment().hex('28 b5 2f fd 00 40').raw(blocks).bytes()
    expect((await read(blobs(fixture('records.lz4'), bomb))).error?.message).toMatch(/unpacks to more than/)
  })
})

describe('decoders', () => {
  it('know XXH32', () => {
    // Values of the xxHash specification's reference program, xxhsum -H0.
    expect(xxh32(new Uint8Array(0))).toBe(0x02cc5d05)
    expect(xxh32(new TextEncoder().encode('a'))).toBe(0x550d7456)
    expect(xxh32(new TextEncoder().encode('Nobody inspects the spammish repetition'))).toBe(0xe2293b2f)
  })

  it('stop at a limit', () => {
    expect(() => decodeWhole(lz4Frames, fixture('lz4.lz4'), 1000)).toThrow(/more than 1000 bytes/)
    expect(() => decodeWhole(zstdFrames(2 ** 27), fixture('zstd.zst'), 1000)).toThrow(/more than 1000 bytes/)
  })

  it('refuse windows that take too much memory', () => {
    expect(() => decodeWhole(zstdFrames(2 ** 27), fragment().hex('28 b5 2f fd 00 a8 01 00 00').bytes(), 1e9)).toThrow(
      /MiB of memory/,
    )
  })
})

describe('compressed data made to keep its reader busy', () => {
  const head = dump().select(0).type(0, 'key').len(100_000).bytes()
  const end = fragment().u8(255).raw(new Uint8Array(8)).bytes()
  const letters = new Uint8Array(100_000).fill(97)
  const whole = fragment().raw(head).raw(letters).raw(end).bytes()
  const WINDOW_64_MIB = 0x80

  function repeated(times: number, part: Uint8Array): Uint8Array {
    const parts = new Uint8Array(times * part.length)
    for (let i = 0; i < times; i++) parts.set(part, i * part.length)
    return parts
  }

  /** A block of a Zstandard frame: stored as it is, or one byte so many times. */
  function block(content: Uint8Array, { times = 0, last = false } = {}): Uint8Array {
    const header = ((times || content.length) << 3) | (times > 0 ? 2 : 0) | (last ? 1 : 0)
    return fragment()
      .u8(header & 255)
      .u16le(header >> 8)
      .raw(content)
      .bytes()
  }

  const frameOf = (...blocks: Uint8Array[]): Uint8Array => {
    const frame = fragment().hex('28 b5 2f fd 00').u8(WINDOW_64_MIB)
    for (const one of blocks) frame.raw(one)
    return frame.bytes()
  }

  it('may have some members of gzip that are empty, and not very many', async () => {
    const made = (empty: number) =>
      fragment()
        .raw(gzipSync(whole))
        .raw(repeated(empty, gzipSync('')))
        .raw(gzipSync(new Uint8Array(0)))
        .bytes()
    expect(await read(made(900))).toMatchObject({ keys: 1, error: null })
    expect((await read(made(2000))).error?.message).toMatch(/begins with 1025 parts of \d+ bytes each/)
  })

  it('may have many empty streams of bzip2', async () => {
    const empty = fragment().raw('BZh9').hex('17 72 45 38 50 90 00 00 00 00').bytes()
    const bytes = fragment().raw(repeated(30_000, empty)).raw(fixture('bzip2.bz2')).bytes()
    expect(await read(bytes)).toMatchObject({ keys: KEYS, error: null })
  })

  it('may have Zstandard blocks of one byte each in a large window', async () => {
    const one = block(fragment().u8(97).bytes(), { times: 1 })
    const bytes = frameOf(block(head), repeated(letters.length, one), block(end, { last: true }))
    expect(await read(bytes)).toMatchObject({ keys: 1, error: null })
  })

  it('may have many Zstandard frames of a large window each', async () => {
    const empty = frameOf(block(new Uint8Array(0), { last: true }))
    const bytes = fragment()
      .raw(frameOf(block(head), block(letters, { last: true })))
      .raw(repeated(30_000, empty))
      .raw(frameOf(block(end, { last: true })))
      .bytes()
    expect(await read(bytes)).toMatchObject({ keys: 1, error: null })
  })

  it('may have blobs of one byte per block, which take no more memory than what they hold', () => {
    const start = fragment().hex('04 22 4d 18 60 40 82').bytes()
    const one = fragment().u32le(0x80000001).u8(97).bytes()
    const bytes = fragment().raw(start).raw(repeated(2_000_000, one)).u32le(0).bytes()
    const before = process.memoryUsage.rss()
    expect(decodeWhole(lz4Frames, bytes, 1e9)).toHaveLength(2_000_000)
    expect(process.memoryUsage.rss() - before).toBeLessThan(150_000_000)
  })

  it('may not have blobs that together unpack to more than a file may', () => {
    const blobs = new Blobs({ ...LIMITS, harmlessBytes: 250_000 }, 100)
    const bytes = frameOf(block(fragment().u8(97).bytes(), { times: 100_000, last: true }))
    for (let i = 0; i < 2; i++) expect(blobs.unpack('zstd', bytes)).toHaveLength(100_000)
    expect(() => blobs.unpack('zstd', bytes)).toThrow(/more than 100 times its size: 300000 bytes/)
    const any = new Blobs({ ...LIMITS, harmlessBytes: 250_000 }, 0)
    for (let i = 0; i < 4; i++) expect(any.unpack('zstd', bytes)).toHaveLength(100_000)
  })
})

describe('a Zstandard window', () => {
  it('slides over what comes', () => {
    // `zstd --zstd=wlog=15` of 24,000 bytes by chance, 40 times, each time with one byte changed.
    const base = new Uint8Array(24_000)
    for (let i = 0, x = 1; i < base.length; i++) {
      x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff
      base[i] = (x >> 16) & 255
    }
    const out = decodeWhole(zstdFrames(2 ** 27), fixture('../zstd-window.zst'), 1e7)
    expect(out).toHaveLength(40 * base.length)
    for (let i = 0; i < 40; i++) {
      base[(i * 577) % base.length] = i
      expect(Buffer.compare(out.subarray(i * base.length, (i + 1) * base.length), base), `part ${i}`).toBe(0)
    }
  })
})
