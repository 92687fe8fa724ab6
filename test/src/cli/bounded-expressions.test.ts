import { expect, it } from 'vitest'
import { IgnoreAll, type RdbKey, RdbParser } from '../../../parsers/index.js'
import { boundExpressions } from '../../../src/cli/bounded-expressions.js'
import { KeyFilter } from '../../../src/filters.js'
import { dump } from '../../helpers/dump.js'

it('expressions end on names that were made for them', () => {
  boundExpressions()
  const filter = new KeyFilter({ matchRe: ['^(([a-z])+.)+[A-Z]([a-z])+$', '(a+)+$', 'aab$'] })
  const accepted: boolean[] = []
  class Names extends IgnoreAll {
    override key(key: RdbKey): boolean {
      accepted.push(filter.acceptsKey(key))
      return false
    }
  }
  const bytes = dump().select(0)
  for (const name of [`${'a'.repeat(500)}!`, `${'a'.repeat(500)}b`]) bytes.type(0, name).string('v')
  new RdbParser(new Names(), {}).push(bytes.end())
  expect(accepted).toEqual([false, true])
})
