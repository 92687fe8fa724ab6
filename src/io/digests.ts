import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { Crc64 } from '../../parsers/index.js'

const READ_BYTES = 1 << 20
/** The checksum at the end of a dump. */
const CHECKSUM_BYTES = 8

/**
 * SHA-256 of a file, and CRC-64 of its bytes before `crcEnd` (null: before its last eight bytes).
 */
export async function readDigests(request: {
  readonly path: string
  readonly crcEnd: number | null
}): Promise<{ sha256: string; crc64: string; crcEnd: number }> {
  const handle = await open(request.path, 'r')
  try {
    const crcEnd = request.crcEnd ?? Math.max(0, (await handle.stat()).size - CHECKSUM_BYTES)
    const sha256 = createHash('sha256')
    const crc = new Crc64()
    const buffers = [Buffer.alloc(READ_BYTES), Buffer.alloc(READ_BYTES)] as const
    let turn: 0 | 1 = 0
    let at = 0
    let pending = handle.read(buffers[0], 0, READ_BYTES, 0)
    for (;;) {
      const { bytesRead } = await pending
      if (bytesRead === 0) break
      const buffer = buffers[turn]
      turn = turn === 0 ? 1 : 0
      pending = handle.read(buffers[turn], 0, READ_BYTES, at + bytesRead)
      const chunk = buffer.subarray(0, bytesRead)
      sha256.update(chunk)
      if (at < crcEnd) crc.update(chunk, 0, Math.min(bytesRead, crcEnd - at))
      at += bytesRead
    }
    return { sha256: sha256.digest('hex'), crc64: crc.toString(), crcEnd }
  } finally {
    await handle.close()
  }
}
