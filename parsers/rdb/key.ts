import type { RdbError } from './errors.js'
import { RdbString } from './strings.js'
import type { RdbKey, ValueLayout } from './visitor.js'

const NO_LAYOUT: ValueLayout = { typeId: -1, name: 'none', redisType: 'string' }

/**
 * The key at hand and the attributes that came before it. Attributes stay until the next key, whatever stands between.
 */
export class KeyState implements RdbKey {
  db = 0
  readonly key = new RdbString()
  layout: ValueLayout = NO_LAYOUT
  expiresAtMs = -1
  idleSeconds = -1
  freq = -1
  offset = 0
  announcedSlot = -1
  rdbBytes = 0
  elements = 0
  damage: RdbError | null = null
  /** Offset of the first attribute, -1 when none has come yet. */
  attributesFrom = -1

  /** After a key: the next one starts without attributes. */
  clearAttributes(): void {
    this.expiresAtMs = -1
    this.idleSeconds = -1
    this.freq = -1
    this.attributesFrom = -1
  }
}

const SHOWN_BYTES = 80

/** Key name for messages: printable ASCII as it is, other bytes as \xNN, cut in length. */
export function shownKey(key: RdbString): string {
  let text = ''
  const end = Math.min(key.end, key.start + SHOWN_BYTES)
  for (let at = key.start; at < end; at++) {
    const byte = key.bytes[at]!
    if (byte === 34 || byte === 92) text += `\\${String.fromCharCode(byte)}`
    else if (byte >= 32 && byte < 127) text += String.fromCharCode(byte)
    else text += `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return end < key.end || key.form === 3 ? `${text}...` : text
}
