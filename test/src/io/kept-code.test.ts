import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'
import { afterAll, describe, expect, it } from 'vitest'
import { runKept } from '../../../src/io/kept-code.js'

const folder = mkdtempSync(join(tmpdir(), 'rdblens-kept-'))
afterAll(() => rmSync(folder, { recursive: true }))

const TEXT = `(function(exports,require,module,moduleUrl,importFrom){"use strict";
  const { one } = require('./other.js')
  const { basename } = require('node:path')
  module.exports = { two: () => one + 1, name: basename(moduleUrl), load: () => importFrom('node:os') }
})`

function stored(name: string, code: Uint8Array | null): string {
  writeFileSync(join(folder, `${name}.cjs`), TEXT)
  if (code !== null) writeFileSync(join(folder, `${name}.code`), code)
  return pathToFileURL(join(folder, `${name}.js`)).href
}

describe('files of the bundle with kept code', () => {
  const kept = new Script(TEXT).createCachedData()
  it.each([
    ['with its code', kept],
    ['without', null],
    ['with code that is cut', kept.subarray(0, kept.length >> 1)],
    ['with something else in place of it', new Uint8Array(100).fill(7)],
  ])('runs %s', async (title, code) => {
    const file = title.replaceAll(' ', '-')
    const found = runKept(stored(file, code), { './other.js': { one: 1 } })
    expect((found.two as () => number)()).toBe(2)
    expect(found.name).toBe(`${file}.js`)
    expect(await (found.load as () => Promise<object>)()).toHaveProperty('EOL')
  })
})
