import { describe, expect, it } from 'vitest'
import { peek, without } from '../../../src/io/byte-streams.js'

let closed = false

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array, void, void> {
  closed = false
  try {
    for (const text of texts) yield Buffer.from(text)
  } finally {
    closed = true
  }
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += Buffer.from(chunk).toString()
  return text
}

describe('peek', () => {
  it.each([[[]], [['abc']], [['a', '', 'b', 'c']], [['x'.repeat(5000), 'tail']]])(
    'loses nothing of %j',
    async (texts) => {
      const { head, chunks } = await peek(pieces(...texts))
      const whole = await textOf(chunks)
      expect(whole).toBe(texts.join(''))
      expect(whole.startsWith(Buffer.from(head).toString())).toBe(true)
      expect(head.length).toBeGreaterThanOrEqual(Math.min(whole.length, 16))
    },
  )

  it('closes the stream when the reader leaves early', async () => {
    const { chunks } = await peek(pieces('x'.repeat(5000), 'y', 'z'))
    for await (const _ of chunks) break
    expect(closed).toBe(true)
  })
})

describe('without', () => {
  it.each([0, 1, 3, 4, 6, 9])('begins at byte %i', async (count) => {
    expect(await textOf(without(count, pieces('abc', 'd', 'ef')))).toBe('abcdef'.slice(count))
  })
})
