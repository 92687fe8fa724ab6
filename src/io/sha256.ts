import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

const READ_BYTES = 1 << 20

/** SHA-256 of a file, lower-case hex: the next piece is read while one is added up. */
export async function sha256Of(path: string): Promise<string> {
  const handle = await open(path, 'r')
  try {
    const hash = createHash('sha256')
    let current = Buffer.allocUnsafeSlow(READ_BYTES)
    let next = Buffer.allocUnsafeSlow(READ_BYTES)
    let { bytesRead } = await handle.read(current, 0, READ_BYTES, 0)
    for (let at = bytesRead; bytesRead > 0; at += bytesRead) {
      const pending = handle.read(next, 0, READ_BYTES, at)
      hash.update(bytesRead === READ_BYTES ? current : current.subarray(0, bytesRead))
      bytesRead = (await pending).bytesRead
      ;[current, next] = [next, current]
    }
    return hash.digest('hex')
  } finally {
    await handle.close()
  }
}
