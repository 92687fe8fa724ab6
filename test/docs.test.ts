import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { filled, pages } from '../scripts/docs.js'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

describe('output shown in the documentation', () => {
  it.each(pages())('%s shows what the commands print', async (page) => {
    expect(await filled(page)).toBe(readFileSync(join(ROOT, page), 'utf8'))
  })
})
