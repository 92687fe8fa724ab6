import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { Crc64 } from '../../parsers/rdb/crc64.js'

const READ_BYTES = 1 << 20
/** The checksum at the end of a dump. */
const CHECKSUM_BYTES = 8

/** What a whole file adds up to. */
export interface FileDigests {
  /** Lower-case hex, of the whole file. */
  readonly sha256: string
  /** 16 hex digits: CRC-64 of the bytes before `crcEnd`. */
  readonly crc64: string
  readonly crcEnd: number
}

export interface DigestRequest {
  readonly path: string
  /** Null: up to the last eight bytes, where the checksum of a plain dump stands. */
  readonly crcEnd: number | null
}

/** SHA-256 and CRC-64 of a file: the next piece is read while one is added up. */
export async function readDigests(request: DigestRequest): Promise<FileDigests> {
  const handle = await open(request.path, 'r')
  try {
    const crcEnd = request.crcEnd ?? Math.max(0, (await handle.stat()).size - CHECKSUM_BYTES)
    const sha256 = createHash('sha256')
    const crc = new Crc64()
    let current = Buffer.allocUnsafeSlow(READ_BYTES)
    let next = Buffer.allocUnsafeSlow(READ_BYTES)
    let { bytesRead } = await handle.read(current, 0, READ_BYTES, 0)
    for (let at = 0; bytesRead > 0; ) {
      const pending = handle.read(next, 0, READ_BYTES, at + bytesRead)
      sha256.update(bytesRead === READ_BYTES ? current : current.subarray(0, bytesRead))
      if (at < crcEnd) crc.update(current, 0, Math.min(bytesRead, crcEnd - at))
      at += bytesRead
      bytesRead = (await pending).bytesRead
      ;[current, next] = [next, current]
    }
    return { sha256: sha256.digest('hex'), crc64: crc.toString(), crcEnd }
  } finally {
    await handle.close()
  }
}
