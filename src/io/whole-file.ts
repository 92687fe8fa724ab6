import { open, readFile, stat } from 'node:fs/promises'
import { InputError, systemProblem } from './errors.js'

/** The bytes of a file that is known to be small. */
export async function readWholeFile(path: string, maxBytes: number): Promise<Uint8Array> {
  let size = 0
  try {
    size = (await stat(path)).size
    if (size <= maxBytes) return await readFile(path)
  } catch (error) {
    throw systemProblem(error, path)
  }
  throw new InputError('unreadable', `${path} has ${size} bytes: more than such a file can have`)
}

/** The first bytes of a file; fewer when it is shorter. Pipes and the like give none: they could not be read again. */
export async function readHead(path: string, bytes: number): Promise<Uint8Array> {
  try {
    if (!(await stat(path)).isFile()) return new Uint8Array(0)
    const file = await open(path, 'r')
    try {
      const head = new Uint8Array(bytes)
      const { bytesRead } = await file.read(head, 0, bytes, 0)
      return head.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw systemProblem(error, path)
  }
}
