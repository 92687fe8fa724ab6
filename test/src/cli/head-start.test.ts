import { afterEach, describe, expect, it, vi } from 'vitest'
import { startAhead } from '../../../src/cli/head-start.js'
import { DigestThread } from '../../../src/pipeline/digests.js'

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
    vi.spyOn(DigestThread, 'startAhead').mockImplementation(async (path) => {
      if (path === LARGE) started.push(path)
      return path === LARGE
    })
    await startAhead(argv)
    expect(started).toEqual(expected ? [LARGE] : [])
  })

  it('starts nothing for what is no large file', async () => {
    expect(await DigestThread.startAhead(import.meta.filename)).toBe(false)
    expect(await DigestThread.startAhead('does-not-exist.rdb')).toBe(false)
  })
})
