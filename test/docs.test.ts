import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { contentOf, filled, pages } from '../scripts/docs.js'

describe('output shown in the documentation', () => {
  it.each(pages())('%s shows what the commands print', async (page) => {
    expect(await filled(page)).toBe(contentOf(page))
  })
})

const root = fileURLToPath(new URL('..', import.meta.url))

describe('examples of the library', () => {
  it('compile as they stand', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rdblens-docs-'))
    try {
      const texts = ['README.md', 'docs/library.md'].map(contentOf).join('\n')
      const blocks = [...texts.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!)
      expect(blocks.length).toBeGreaterThan(4)
      for (const [index, block] of blocks.entries()) writeFileSync(join(folder, `example${index}.ts`), block)
      const paths = { rdblens: [join(root, 'src/index.ts')], 'rdblens/parser': [join(root, 'parsers/index.ts')] }
      const compilerOptions = { noEmit: true, paths, typeRoots: [join(root, 'node_modules/@types')], types: ['node'] }
      const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: [join(folder, '*.ts')] }
      writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
      const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
      expect(spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' }).stdout).toBe('')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }, 60_000)
})

/** As GitHub makes them of headings. */
function anchorsOf(page: string): readonly string[] {
  const headings = contentOf(page)
    .replaceAll(/```[\s\S]*?```/g, '')
    .matchAll(/^#+ (.*)$/gm)
  return [...headings].map(
    ([, heading]) =>
      `#${heading!
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-')}`,
  )
}

describe('links between the pages', () => {
  it.each([...pages(), 'ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s leads to what is there', (page) => {
    const targets = [...contentOf(page).matchAll(/\]\(([^)\s#]*)(#[^)]*)?\)/g)]
    const missing = targets.filter(([, to = '', anchor]) => {
      if (/^[a-z]+:/.test(to)) return false
      const target = to === '' ? page : relative(root, join(root, dirname(page), to))
      return !existsSync(join(root, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
    })
    expect(missing.map(([link]) => link)).toEqual([])
  })
})
