import { describe, expect, it } from 'vitest'
import { GroupFileError, parseGroupFile } from '../../../src/analysis/group-file.js'
import { Groups } from '../../../src/analysis/groups.js'
import { batchOf, inBatches, type KeySpec } from '../../helpers/batches.js'

const FILE = `
# teams and their keys
user:admin:*  staff
user:*        accounts  "Team \\"Id\\""   # everybody else
*:cart        shop      checkout
sess:?        accounts
"with blank*" odd
[ab]\\x3a*    letters
`

function rowsOf(text: string, keys: readonly (string | KeySpec)[]) {
  const groups = new Groups(parseGroupFile(text))
  groups.add(batchOf(keys.map((key) => (typeof key === 'string' ? { key } : key))))
  return groups.result()
}

describe('group files', () => {
  it('are lines of pattern, name and owner', () => {
    expect(parseGroupFile(FILE)).toEqual([
      { glob: 'user:admin:*', group: 'staff', owner: null },
      { glob: 'user:*', group: 'accounts', owner: 'Team "Id"' },
      { glob: '*:cart', group: 'shop', owner: 'checkout' },
      { glob: 'sess:?', group: 'accounts', owner: 'Team "Id"' },
      { glob: 'with blank*', group: 'odd', owner: null },
      { glob: '[ab]\\x3a*', group: 'letters', owner: null },
    ])
    expect(parseGroupFile('\ufeffa* x\r\nb* y\r\n')).toHaveLength(2)
  })

  it.each([
    ['', 'has no line'],
    ['# nothing', 'has no line'],
    ['user:*', 'line 1: a name is missing'],
    ['a b c d', 'line 1: there is more'],
    ['\na* x one\nb* x two', 'line 3: x has two owners'],
    ['a* [other]', 'line 1: [other]'],
  ])('say what is wrong: %j', (text, message) => {
    expect(() => parseGroupFile(text, 'teams.txt')).toThrow(GroupFileError)
    expect(() => parseGroupFile(text, 'teams.txt')).toThrow(message)
  })
})

describe('groups', () => {
  it('take the first line that fits', () => {
    const keys = [
      'user:admin:1',
      'user:1',
      'user:1:cart',
      'x:cart',
      'sess:1',
      'sess:12',
      'with blank',
      'a:1',
      'c:1',
      '',
    ]
    expect(Object.fromEntries(rowsOf(FILE, keys).map((row) => [row.group, row.keys]))).toEqual({
      ...{ staff: 1, accounts: 3, shop: 1, odd: 1, letters: 1, '[other]': 3 },
    })
  })

  it('add up to all keys, with [other] last', () => {
    const keys = Array.from(
      { length: 500 },
      (_, i): KeySpec => ({
        key: `${['user', 'x', 'b', 'user:admin'][i % 4]}:${i}`,
        ...{
          ramBytes: 100 + i,
          overheadBytes: i % 7,
          payloadBytes: i,
          rdbBytes: 10,
          expiresAtMs: i % 3 === 0 ? 5 : -1,
        },
      }),
    )
    const rows = rowsOf(FILE, keys)
    const sum = (pick: (row: (typeof rows)[number]) => number): number =>
      rows.reduce((total, row) => total + pick(row), 0)
    const wanted = (pick: (key: KeySpec) => number): number => keys.reduce((total, key) => total + pick(key), 0)
    expect(rows.at(-1)!.group).toBe('[other]')
    expect(sum((row) => row.keys)).toBe(500)
    expect(sum((row) => row.ramBytes)).toBe(wanted((key) => key.ramBytes!))
    expect(sum((row) => row.overheadBytes)).toBe(wanted((key) => key.overheadBytes!))
    expect(sum((row) => row.payloadBytes)).toBe(wanted((key) => key.payloadBytes!))
    expect(sum((row) => row.share)).toBeCloseTo(1)
    expect(sum((row) => row.withoutTtl)).toBe(wanted((key) => (key.expiresAtMs === -1 ? 1 : 0)))
    const listed = rows.slice(0, -1).map((row) => row.ramBytes)
    expect(listed).toEqual([...listed].sort((a, b) => b - a))
  })

  it('are the same in one piece and in two', () => {
    const keys = Array.from(
      { length: 300 },
      (_, i): KeySpec => ({ key: `user:${i % 2 ? 'admin:' : ''}${i}`, ramBytes: i }),
    )
    const whole = new Groups(parseGroupFile(FILE))
    const [first, second] = [new Groups(parseGroupFile(FILE)), new Groups(parseGroupFile(FILE))]
    inBatches(keys, (batch) => whole.add(batch), 7)
    inBatches(keys.slice(0, 111), (batch) => first.add(batch))
    inBatches(keys.slice(111), (batch) => second.add(batch))
    first.merge(second)
    expect(first.result()).toEqual(whole.result())
  })
})
