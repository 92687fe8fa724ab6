import { describe, expect, it } from 'vitest'
import { allocators } from '../../../../src/memory/allocators/index.js'
import { RaxSize } from '../../../../src/memory/structs/rax.js'

interface TrieNode {
  readonly children: Map<number, TrieNode>
  isKey: boolean
}

/** The same tree built in full, from any order of keys. */
function fullTree(keys: readonly (readonly number[])[]): { nodes: number; bytes: number } {
  const root: TrieNode = { children: new Map(), isKey: false }
  for (const key of keys) {
    let node = root
    for (const character of key) {
      const next = node.children.get(character) ?? { children: new Map(), isKey: false }
      node.children.set(character, next)
      node = next
    }
    node.isKey = true
  }
  const total = { nodes: 0, bytes: 0 }
  const visit = (start: TrieNode): void => {
    let characters = start.children.size
    let next = [...start.children.values()]
    if (characters === 1) {
      // Follow the path up to the next branch, leaf or end of a key.
      while (next[0]!.children.size === 1 && !next[0]!.isKey) {
        characters++
        next = [...next[0]!.children.values()]
      }
    }
    total.nodes++
    total.bytes += Math.ceil((4 + characters) / 8) * 8 + 8 * next.length + (start.isKey ? 8 : 0)
    next.forEach(visit)
  }
  visit(root)
  return total
}

function streamed(keys: readonly (readonly number[])[]): { nodes: number; bytes: number } {
  const tree = new RaxSize(allocators.jemalloc, 8)
  for (const key of keys) tree.addName(Uint8Array.from(key), 0, key.length)
  tree.finish()
  return { nodes: tree.nodes, bytes: tree.requestedBytes }
}

const text = (...words: string[]): number[][] => words.map((word) => [...new TextEncoder().encode(word)])

describe('radix tree', () => {
  it('is one empty node without keys', () => {
    expect(streamed([])).toEqual({ nodes: 1, bytes: 8 })
  })

  it.each([
    [text('a')],
    [text('')],
    [text('', 'a')],
    [text('foo', 'foobar')],
    [text('foo', 'foobar', 'footer')],
    [text('alligator', 'alien', 'baloon', 'chromodynamic', 'romane', 'romanus', 'romulus', 'rubens').sort(byBytes)],
    [text('consumer-1', 'consumer-10', 'consumer-11', 'consumer-2')],
  ])('of %j is that of a tree built in full', (keys) => {
    expect(streamed(keys)).toEqual(fullTree(keys))
  })

  it('of random keys is that of a tree built in full', () => {
    let state = 42
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 4294967296) * below)
    }
    for (let round = 0; round < 200; round++) {
      const keys = new Map<string, number[]>()
      for (let i = random(40); i >= 0; i--) {
        const key = Array.from({ length: random(6) }, () => random(3))
        keys.set(key.join(), key)
      }
      const sorted = [...keys.values()].sort(byBytes)
      expect(streamed(sorted), JSON.stringify(sorted)).toEqual(fullTree(sorted))
    }
  })

  it('takes stream IDs as sixteen bytes', () => {
    const tree = new RaxSize(allocators.jemalloc, 8)
    const keys: number[][] = []
    for (let i = 0; i < 600; i++) {
      const ms = 1_700_000_000_000 + i * 37
      const [high, low, seq] = [Math.floor(ms / 4294967296), ms >>> 0, i % 3]
      tree.addId(high, low, 0, seq)
      keys.push([...words(high, low, 0, seq)])
    }
    tree.finish()
    expect({ nodes: tree.nodes, bytes: tree.requestedBytes }).toEqual(fullTree(keys))
  })

  it('has no leaves where values stand in the pointers', () => {
    const tree = new RaxSize(allocators.jemalloc, 8, false)
    tree.addId(0, 1, 0, 0)
    tree.finish()
    expect(tree.nodes).toBe(1)
  })
})

function* words(...values: number[]): Iterable<number> {
  for (const value of values) for (let shift = 24; shift >= 0; shift -= 8) yield (value >>> shift) & 255
}

function byBytes(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}
