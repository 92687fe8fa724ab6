import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { findViolations, violationsIn } from '../scripts/check-imports.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

describe('import direction', () => {
  it('holds in parsers, src and reports', () => {
    expect(findViolations(root)).toEqual([])
  })

  it.each([
    ['parsers/rdb/parser.ts', `import { readFileSync } from 'node:fs'`],
    ['parsers/rdb/parser.ts', `import type { KeyBatch } from '../../src/batch.js'`],
    ['parsers/rdb/parser.ts', `import yaml from 'yaml'`],
    ['parsers/rdb/parser.ts', `const copy = Buffer.from(bytes)`],
    ['reports/text.ts', `import { RdbError } from '../parsers/index.js'`],
    ['reports/text.ts', `export * from '../src/index.js'`],
    ['reports/text.ts', `import 'node:path'`],
    ['src/index.ts', `import { main } from './cli/main.js'`],
    ['src/index.ts', `import * as fs from 'node:fs/promises'`],
    ['src/index.ts', `const fs = await import('fs')`],
    ['src/index.ts', `import { sample } from '../samples/index.js'`],
    ['src/index.ts', `import {\n  events,\n} from '../test/helpers/events.js'`],
    ['src/index.ts', `console.log(1)`],
    ['src/analysis/ttl.ts', `import { Worker } from 'node:worker_threads'`],
    ['src/analysis/ttl.ts', `import { openFile } from '../io/file.js'`],
    ['src/memory/sizer.ts', `import { types } from '../analysis/types.js'`],
    ['src/pipeline/pool.ts', `import { readFile } from 'node:fs/promises'`],
    ['src/pipeline/pool.ts', `import yargs from 'yargs'`],
    ['src/pipeline/pool.ts', `new Worker(new URL('../cli/worker.js', import.meta.url))`],
  ])('%s must not say: %s', (file, code) => {
    expect(violationsIn(file, `const before = 1\n${code}\n`)).toMatchObject([{ file, line: 2 }])
  })

  it.each([
    ['parsers/rdb/parser.ts', `import { Cursor } from './cursor.js'\n// import 'node:fs', Buffer.from(x)\n`],
    ['parsers/rdb/parser.ts', `throw new Error("imports from 'node:fs' process.exit")`],
    ['reports/csv.ts', `import { stringify } from 'csv-stringify/sync'`],
    ['src/io/file.ts', `import { createReadStream } from 'node:fs'`],
    ['src/pipeline/pool.ts', `import { Worker } from 'node:worker_threads'\nnew URL('./worker.js', import.meta.url)`],
    ['src/cli/main.ts', `import yargs from 'yargs/yargs'\nimport { analyzeFile } from '../index.js'\nprocess.exit(0)`],
    ['src/analysis/ttl.ts', `this.process.add(1)\nimport { KeyBatch } from '../batch.js'`],
  ])('%s may say: %s', (file, code) => {
    expect(violationsIn(file, code)).toEqual([])
  })
})

describe('dependencies', () => {
  const PERMISSIVE = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'BlueOak-1.0.0']

  it('all have a licence that allows any use', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { license?: string; dev?: boolean; optional?: boolean }>
    }
    const shipped = Object.entries(lock.packages).filter(([path, entry]) => path !== '' && entry.dev !== true)
    expect(shipped.length).toBeGreaterThan(5)
    for (const [path, entry] of shipped) expect.soft(PERMISSIVE, path).toContain(entry.license)
  })
})
