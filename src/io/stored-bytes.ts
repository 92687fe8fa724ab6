import { stat } from 'node:fs/promises'
import type { InputFile } from './inputs.js'

/** Bytes of all input files together. Pipes, whose size nobody knows, count nothing. */
export async function storedBytes(inputs: readonly Pick<InputFile, 'path'>[]): Promise<number> {
  let sum = 0
  for (const { path } of inputs) {
    // What cannot be read says so when it is opened.
    const found = path === '-' ? null : await stat(path).catch(() => null)
    if (found?.isFile() === true) sum += found.size
  }
  return sum
}

/** True for standard input and pipes: what went by cannot be had again. */
export async function isReadOnce(path: string): Promise<boolean> {
  if (path === '-') return true
  const found = await stat(path).catch(() => null)
  return found?.isFIFO() === true
}
