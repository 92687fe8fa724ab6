import { describe, expect, it } from 'vitest'
import type { Output } from '../../../src/io/output.js'
import { partPath, SplitOutput } from '../../../src/io/split-output.js'

class Memory implements Output {
  text = ''
  state: 'open' | 'closed' | 'aborted' = 'open'

  write(piece: string | Uint8Array): undefined {
    this.text += typeof piece === 'string' ? piece : new TextDecoder().decode(piece)
  }

  async close(): Promise<void> {
    this.state = 'closed'
  }

  async abort(): Promise<void> {
    this.state = 'aborted'
  }
}

async function split(text: string, rows: number, pieceBytes: number): Promise<readonly string[]> {
  const parts: Memory[] = []
  const output = new SplitOutput(rows, async () => {
    const part = new Memory()
    parts.push(part)
    return part
  })
  for (let at = 0; at < text.length; at += pieceBytes) await output.write(text.slice(at, at + pieceBytes))
  await output.close()
  expect(parts.every((part) => part.state === 'closed')).toBe(true)
  return parts.map((part) => part.text)
}

describe('SplitOutput', () => {
  it.each([1, 3, 1000])('repeats the header in every file, with pieces of %i bytes', async (pieceBytes) => {
    expect(await split('head\na\nb\nc\nd\ne\n', 2, pieceBytes)).toEqual(['head\na\nb\n', 'head\nc\nd\n', 'head\ne\n'])
  })

  it('begins no file that would have the header only', async () => {
    expect(await split('head\na\nb\n', 2, 1000)).toEqual(['head\na\nb\n'])
  })

  it('writes the header of an empty table', async () => {
    expect(await split('head\n', 2, 1000)).toEqual(['head\n'])
    expect(await split('', 2, 1000)).toEqual([''])
  })

  it('names the parts', () => {
    expect([1, 2, 13].map((part) => partPath('out/keys.csv', part))).toEqual([
      'out/keys.csv',
      'out/keys-2.csv',
      'out/keys-13.csv',
    ])
  })
})
