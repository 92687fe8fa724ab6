import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { InputError } from '../../../src/io/errors.js'
import { replaceFile } from '../../../src/io/folders.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-folders-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a file that takes the place of another', () => {
  it('leaves nothing behind when it cannot be written', async () => {
    // A folder of that name stands for a full disk: what was written so far is of no use.
    mkdirSync(join(folder, 'taken'))
    await expect(replaceFile(join(folder, 'taken'), 'x')).rejects.toBeInstanceOf(InputError)
    expect(readdirSync(folder)).toEqual(['taken'])
  })

  it('has what it was given', async () => {
    writeFileSync(join(folder, 'a'), 'before')
    await replaceFile(join(folder, 'a'), 'after')
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('after')
  })
})
