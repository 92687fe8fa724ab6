import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import { describe, expect, it } from 'vitest'

const MIB = 2 ** 20
// Not through tsx, whose loading takes room.
const { code } = transformSync(readFileSync('src/cli/young-objects.ts', 'utf8'), { loader: 'ts' })

/** Room for young objects, in MiB, after much was allocated and kept for a while. */
function roomAfter(call: string): number {
  const script = `
    ${code}
    ${call}
    const kept = []
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 20_000; i++) kept.push({ round, i, text: [round, i] })
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    console.log(getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size, kept.length)
  `
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
  return Number.parseInt(output, 10) / MIB
}

describe('room for young objects', () => {
  it('stays as small as a few MiB', () => {
    expect(roomAfter('keepYoungSmall()')).toBeLessThanOrEqual(8)
  })

  it('is up to V8 where there is enough memory', () => {
    expect(roomAfter('keepYoungSmall(); letYoungGrow()')).toBeGreaterThan(8)
  })
})
