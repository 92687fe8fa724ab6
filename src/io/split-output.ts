import { extname } from 'node:path'
import type { Output } from './output.js'

const LF = 0x0a

/**
 * Lines in files of at most so many rows each, the first line (the header) repeated in every file. Meant for
 * formats in which every line feed ends a row.
 */
export class SplitOutput implements Output {
  readonly #open: (part: number) => Promise<Output>
  readonly #rowsPerFile: number
  #output: Output | null = null
  /** Parts that are written and not shown yet: all appear at the end, or none. */
  readonly #finished: Output[] = []
  #part = 0
  #rows = 0
  /** The first line while it is gathered, then as a whole. */
  #header: Uint8Array[] = []
  #hasHeader = false

  constructor(rowsPerFile: number, open: (part: number) => Promise<Output>) {
    this.#rowsPerFile = rowsPerFile
    this.#open = open
  }

  write(piece: string | Uint8Array): Promise<void> {
    return this.#write(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece)
  }

  async close(): Promise<void> {
    // Nothing was written at all: there is a file all the same.
    const output = this.#part === 0 ? await this.#next() : this.#output
    if (output !== null) await this.#finish(output)
    this.#output = null
    for (const part of this.#finished) await part.close()
  }

  async abort(): Promise<void> {
    for (const part of this.#finished) await part.abort()
    await this.#output?.abort()
  }

  async #finish(output: Output): Promise<void> {
    await output.finish?.()
    this.#finished.push(output)
  }

  async #write(piece: Uint8Array): Promise<void> {
    let from = 0
    for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, at + 1)) {
      if (!this.#hasHeader) {
        this.#header.push(piece.slice(0, at + 1))
        this.#hasHeader = true
        await this.#put(piece.subarray(from, at + 1))
        from = at + 1
        continue
      }
      if (++this.#rows < this.#rowsPerFile) continue
      await this.#put(piece.subarray(from, at + 1))
      from = at + 1
      // The next file begins with the next row, so that a last file is never empty.
      if (this.#output !== null) await this.#finish(this.#output)
      this.#output = null
      this.#rows = 0
    }
    if (from === piece.length) return
    if (!this.#hasHeader) this.#header.push(piece.slice(from))
    await this.#put(piece.subarray(from))
  }

  async #put(bytes: Uint8Array): Promise<void> {
    const output = this.#output ?? (await this.#next())
    await output.write(bytes)
  }

  async #next(): Promise<Output> {
    this.#part++
    this.#output = await this.#open(this.#part)
    if (this.#part > 1) for (const piece of this.#header) await this.#output.write(piece)
    return this.#output
  }
}

/** `keys.csv` for the first part, then `keys-2.csv`, `keys-3.csv`. */
export function partPath(path: string, part: number): string {
  if (part === 1) return path
  const extension = extname(path)
  return `${path.slice(0, path.length - extension.length)}-${part}${extension}`
}
