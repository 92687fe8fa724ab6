import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { contentOf, filled, pages } from '../scripts/docs.js'

describe('output shown in the documentation', () => {
  it.each(pages())('%s shows what the commands print', async (page) => {
    expect(await filled(page)).toBe(contentOf(page))
  })
})

describe('links between the pages', () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  it.each([...pages(), 'ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s leads to what is there', (page) => {
    const targets = [...contentOf(page).matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)].map((match) => match[1]!)
    const missing = targets.filter((to) => !/^[a-z]+:/.test(to) && !existsSync(join(root, dirname(page), to)))
    expect(missing).toEqual([])
  })
})
