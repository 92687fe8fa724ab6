import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Container, IgnoreAll, RdbParser, type RdbString } from '../../../../parsers/index.js'
import { LzfSize } from '../../../../src/memory/structs/lzf-size.js'
import { PackedWriter } from '../../../../src/memory/structs/packed-writer.js'
import { allSamples } from '../../../helpers/samples.js'

/** Rebuilds every compressed packed blob, compresses it, and compares with what the server stored. */
class Recompressor extends IgnoreAll {
  compared = 0
  readonly wrong: string[] = []
  readonly #lzf = new LzfSize()
  #writer = new PackedWriter('listpack')

  override container(container: Container): boolean {
    this.#writer = new PackedWriter(container.kind === 'ziplist' ? 'ziplist' : 'listpack')
    return true
  }

  override containerEnd(container: Container): void {
    const writer = this.#writer
    // Ziplists that were edited in place are not always what a new one would be.
    if (container.lzfBytes === 0 || writer.entries !== container.entries || container.kind !== 'listpack') return
    writer.finish()
    this.compared++
    if (writer.length !== container.bytes) this.wrong.push(`${writer.length} of ${container.bytes} bytes`)
    const size = this.#lzf.of(writer.bytes, writer.length)
    if (size !== container.lzfBytes) this.wrong.push(`of ${container.bytes}: ${size}, not ${container.lzfBytes}`)
  }

  override element(value: RdbString): void {
    this.#writer.add(value)
  }

  override field(field: RdbString, value: RdbString): void {
    this.#writer.add(field)
    this.#writer.add(value)
  }

  override member(member: RdbString, _score: number, stored: RdbString | null): void {
    this.#writer.add(member)
    if (stored !== null) this.#writer.add(stored)
  }
}

describe('LZF', () => {
  it('makes of every packed blob of the samples what the server made of it', () => {
    let compared = 0
    for (const sample of allSamples()) {
      const recompressor = new Recompressor()
      const parser = new RdbParser(recompressor)
      parser.push(readFileSync(sample.rdbPath))
      if (!parser.done) parser.end()
      expect(recompressor.wrong, sample.name).toEqual([])
      compared += recompressor.compared
    }
    expect(compared).toBeGreaterThan(500)
  })

  it('gives up on what does not become smaller', () => {
    const noise = Uint8Array.from({ length: 64 }, (_, i) => (i * 97 + (i >> 2) * 31) & 255)
    expect(new LzfSize().of(noise, 64)).toBe(0)
    expect(new LzfSize().of(new Uint8Array(1000), 1000)).toBeGreaterThan(0)
  })
})
