import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { CONFIG_SCHEMA } from '../../../src/batch-run/index.js'

it('the published schema is the one that configs are held against', () => {
  const published = readFileSync(join(import.meta.dirname, '../../../docs/nightly.schema.json'), 'utf8')
  expect(JSON.parse(published), 'rdblens nightly --schema > docs/nightly.schema.json').toEqual(
    JSON.parse(JSON.stringify(CONFIG_SCHEMA)),
  )
})
