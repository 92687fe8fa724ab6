import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { shownKey, unescapeBytes } from '../../reports/escape.js'
import { commandOf, readInParts, redisCli, shellKey, shellWord } from '../../reports/html/client/commands.js'
import { csvText } from '../../reports/html/client/csv.js'
import { techniques } from '../../src/optimizations/index.js'
import { HOSTILE_KEYS, parseCsv } from './keys/helpers.js'
import { keyNameOf } from './sample-report.js'

/** The bytes bash hands to a program for a word of a command. */
function bytesInBash(word: string): Buffer {
  const run = spawnSync('bash', ['-c', `printf %s ${word}`], { maxBuffer: 1 << 20 })
  expect(run.stderr.toString()).toBe('')
  return run.stdout
}

/** Bash cannot pass a zero byte to any program, and Linux no word beyond 128 KiB. */
const PASSABLE = HOSTILE_KEYS.map((key) => Buffer.from(key)).filter((key) => !key.includes(0) && key.length < 30_000)

describe('commands to copy', () => {
  it('name exactly the key, whatever it is called', () => {
    expect(PASSABLE.length).toBeGreaterThan(25)
    for (const key of [...PASSABLE, Buffer.from("it's $HOME `id` $(id)"), Buffer.from('\\n\'"')]) {
      expect(bytesInBash(shellKey(keyNameOf(key))!), key.toString()).toEqual(key)
    }
  })

  it('name exactly the pattern', () => {
    for (const text of ['user:*', "o'clock:*", '$(reboot)*', 'tab\t*', '\u202e*', 'back\\slash\n*']) {
      expect(bytesInBash(shellWord(text)).toString()).toBe(text)
    }
  })

  it('are not made for a name of which the report holds only the beginning', () => {
    expect(shellKey({ key: 'long', keyLength: 70_000 })).toBeNull()
  })

  it('read in parts, in the database of the key', () => {
    expect(`${redisCli(3)} ${readInParts('hash', "'h'")}`).toBe("redis-cli -n 3 HSCAN 'h' 0 COUNT 100")
    expect(redisCli(0)).toBe('redis-cli')
    expect(readInParts('module', "'m'")).toBeNull()
  })

  it('are cut from what is said behind them', () => {
    expect(commandOf('CONFIG SET hash-max-listpack-entries 512')).toEqual([
      'CONFIG SET hash-max-listpack-entries 512',
      '',
    ])
    const commands = [
      ['CONFIG SET activedefrag yes', ', or MEMORY PURGE; or restart from the dump, which always helps'],
      ['CONFIG SET list-max-listpack-size <old size>', ' and push the lists anew'],
      ['INFO memory', ': used_memory after the restart'],
      ['OBJECT ENCODING <key>', ': listpack (7.2 and later)'],
      ['OBJECT ENCODING <key>:0', ''],
      ['MEMORY USAGE <name> SAMPLES 0', ''],
      ['SUNIONSTORE <key> <key> <key>:text', ': no information is lost.'],
      ['PERSIST <key>', ' takes the expiry away again; keys that have expired are gone.'],
      ['redis-cli --scan > /dev/null', ': SCAN deletes the expired keys that it meets on a primary'],
      ['rdblens check <dump>', ' tells what a server could not load'],
      ['rdblens analyze --targets all <dump>', ''],
    ] as const
    for (const [command, remark] of commands) expect(commandOf(`${command}${remark}`)).toEqual([command, remark])
  })

  it('are not made of sentences that begin with the name of one', () => {
    const steps = techniques.flatMap(({ steps, verify, rollback }) => [...steps, ...verify, ...rollback])
    expect(steps.length).toBeGreaterThan(150)
    for (const step of steps) {
      const found = commandOf(step)
      if (found !== null) expect(found[0], step).not.toMatch(/ (of|the|and|or|both|each|against|is|before|after)\b/)
    }
    expect(commandOf('HGETALL of each bucket, SET of each field: no information is lost.')).toBeNull()
    expect(commandOf('EXPIRE ... NX needs Redis 7.0; before it, ask TTL first.')).toBeNull()
    expect(commandOf('rdblens analyze of the next dump: keys without expiry per pattern')).toBeNull()
    expect(commandOf('SCAN MATCH <old>* finds nothing')).toBeNull()
  })
})

describe('copy as CSV', () => {
  it('keeps cells apart, and no cell a formula', () => {
    const names = HOSTILE_KEYS.map((key) => shownKey(keyNameOf(key)))
    const text = csvText([['key', 'n', 'none'], ...names.map((name, index) => [name, index, null] as const)])
    const rows = parseCsv(text).slice(1)
    expect(rows).toHaveLength(names.length)
    for (const [index, row] of rows.entries()) {
      expect(row.slice(1)).toEqual([String(index), ''])
      expect(row[0]).not.toMatch(/^[=+\-@\t\r]/)
    }
    // Signs in full width, too.
    expect(
      rows.map((row) =>
        row[0]!.replace(/^(\\x(3d|2b|2d|40)|\\xef\\xbc\\x..)/, (sign) => Buffer.from(unescapeBytes(sign)).toString()),
      ),
    ).toEqual(names)
  })
})
