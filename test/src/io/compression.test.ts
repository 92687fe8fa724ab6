import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { IgnoreAll, type RdbKey } from '../../../parsers/index.js'
import { decodeWhole } from '../../../src/io/compression/byte-queue.js'
import { lz4Frames } from '../../../src/io/compression/lz4.js'
import { xxh32 } from '../../../src/io/compression/xxh32.js'
import { zstdFrames } from '../../../src/io/compression/zstd.js'
import { decompressor } from '../../../src/io/decompress.js'
import { type DumpRead, type ReadDumpOptions, readDump } from '../../../src/io/read-dump.js'
import { memorySource, type Source } from '../../../src/io/source.js'
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
