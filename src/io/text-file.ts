import { readFile, stat } from 'node:fs/promises'
import { InputError, systemProblem } from './errors.js'

/** Reads a small text file, such as a configuration. */
export async function readTextFile(path: string, maxBytes = 1 << 22): Promise<string> {
  let size = 0
  try {
    size = (await stat(path)).size
    if (size <= maxBytes) return await readFile(path, 'utf8')
  } catch (error) {
    throw systemProblem(error, path)
  }
  throw new InputError('unreadable', `${path} has ${size} bytes, which is more than a configuration has`)
}
