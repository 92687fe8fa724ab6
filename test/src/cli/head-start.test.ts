import { afterEach, describe, expect, it, vi } from 'vitest'
import { startAhead } from '../../../src/cli/head-start.js'
import { Sha256Thread } from '../../../src/pipeline/sha256.js'

const LARGE = 'large.rdb'

describe('startAhead', () => {
  afterEach(() => vi.restoreAllMocks())

  it.each([
    [['large.rdb'], true],
    [['analyze', 'large.rdb'], true],
    [['analyze', '--no-savings', '--threads', '2', 'large.rdb'], true],
    [['--quiet', 'large.rdb'], true],
    [['analyze', 'small.rdb', 'large.rdb'], true],
    [['keys', 'large.rdb'], false],
    [['analyze', '--threads', '1', 'large.rdb'], false],
    [['large.rdb', '--threads=1'], false],
    [['--version'], false],
    [[], false],
  ])('%j: %s', async (argv, expected) => {
    const started: string[] = []
    vi.spyOn(Sha256Thread, 'startAhead').mockImplementation(async (path) => {
      if (path === LARGE) started.push(path)
      return path === LARGE
    })
    await startAhead(argv)
    expect(started).toEqual(expected ? [LARGE] : [])
  })

  it('starts nothing for what is no large file', async () => {
    expect(await Sha256Thread.startAhead(import.meta.filename)).toBe(false)
    expect(await Sha256Thread.startAhead('does-not-exist.rdb')).toBe(false)
  })
})
