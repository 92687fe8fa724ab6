import { escapeText, shownKey } from '../../escape.js'
import type { KeyName, KeyType } from '../../report.js'

/**
 * A word for bash. Names that are not plain text are written as `$'...'`, where bash reads `\\` and `\xNN`
 * as the reports write them.
 */
export function shellWord(text: string): string {
  const escaped = escapeText(text)
  return escaped === text ? `'${text.replaceAll("'", "'\\''")}'` : `$'${escaped.replaceAll("'", "\\'")}'`
}

/** The name of a key for bash; null when the report holds only the beginning of it. */
export function shellKey(key: KeyName): string | null {
  if (key.keyLength !== undefined) return null
  return key.keyBase64 === undefined ? shellWord(key.key) : `$'${shownKey(key).replaceAll("'", "\\'")}'`
}

/** `redis-cli -n 3`; database 0 needs no option. */
export function redisCli(db: number): string {
  return db > 0 ? `redis-cli -n ${db}` : 'redis-cli'
}

/** How to look into a value in parts, without blocking the server. */
export function readInParts(type: KeyType, key: string): string | null {
  switch (type) {
    case 'string':
      return `GETRANGE ${key} 0 65535`
    case 'list':
      return `LRANGE ${key} 0 99`
    case 'set':
      return `SSCAN ${key} 0 COUNT 100`
    case 'zset':
      return `ZSCAN ${key} 0 COUNT 100`
    case 'hash':
      return `HSCAN ${key} 0 COUNT 100`
    case 'stream':
      return `XRANGE ${key} - + COUNT 100`
    default:
      return null
  }
}

/**
 * How commands look in the steps of a technique, with all that they need: `<key>` stands for a name, `SCAN` for a loop.
 */
const COMMANDS = [
  /^redis-cli .+?(?=: |$)/,
  /^CONFIG SET [a-z-]+ (?:<[^>]+>|[\w-]+)/,
  /^INFO [a-z]+/,
  /^rdblens [a-z]+(?: --[a-z-]+(?: [a-z]+)?)*(?: <[^>]+>)+/,
  /^(?!SCAN )[A-Z]{3,}(?: [A-Z]+)?(?: <[^>]+>(?::\w+)?)+(?: [A-Z]+ \d+)?/,
]

/** The command that a step begins with, and what is said behind it; null when the step is a sentence. */
export function commandOf(step: string): readonly [command: string, remark: string] | null {
  const command = COMMANDS.map((form) => form.exec(step)?.[0]).find((found) => found !== undefined)
  return command === undefined ? null : [command, step.slice(command.length)]
}
