import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compareFacts } from '../helpers/compare-facts.js'
import { factsOf } from '../helpers/digest.js'
import { allSamples } from '../helpers/samples.js'

const SMALL_BYTES = 200_000

describe.each(allSamples().map((sample) => [sample.name, sample] as const))('%s', (_, sample) => {
  const bytes = readFileSync(sample.rdbPath)
  const whole = factsOf(bytes)

  it('holds what its server said', () => {
    expect(compareFacts(whole, sample.expected).slice(0, 20)).toEqual([])
    const libraries = whole.functions.map((code) => /^#!\w+ name=(\S+)/.exec(code)?.[1]).sort()
    expect(libraries).toEqual(sample.expected.functions ?? [])
    expect(whole.end).toMatchObject({ checksum: sample.expected.variant === 'nochecksum' ? 'disabled' : 'ok' })
  })

  const chunks = bytes.length <= SMALL_BYTES ? [1, 7, 4096] : [4096, 65_537]
  it.each(chunks)('reads the same in chunks of %i bytes', (chunkBytes) => {
    const chunked = factsOf(bytes, chunkBytes)
    // Compared as text first: a plain toEqual takes longer than all the parsing.
    if (JSON.stringify(chunked) !== JSON.stringify(whole)) expect(chunked).toEqual(whole)
  })
})
