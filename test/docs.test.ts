import { describe, expect, it } from 'vitest'
import { contentOf, filled, pages } from '../scripts/docs.js'

describe('output shown in the documentation', () => {
  it.each(pages())('%s shows what the commands print', async (page) => {
    expect(await filled(page)).toBe(contentOf(page))
  })
})
