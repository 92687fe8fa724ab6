/**
 * Writes dumps to standard output that nobody would store, to see that memory stays flat:
 *
 *     npx tsx bench/endless.ts value|hash|list|patterns [COUNT] | /usr/bin/time -v rdblens -
 *
 * `value`: one string of COUNT MiB (4096); `hash`: COUNT fields (50 million); `list`: COUNT nodes of a quicklist (one
 * million); `patterns`: COUNT keys (100 million) of which no two have the same pattern.
 */
import { writeSync } from 'node:fs'

const PIECE_BYTES = 1 << 20
const DEFAULTS: Readonly<Record<string, number>> = { value: 4096, hash: 50e6, list: 1e6, patterns: 100e6 }

const [kind = '', countText] = process.argv.slice(2)
const count = Number(countText ?? DEFAULTS[kind])
if (!(kind in DEFAULTS)) throw new Error(`kinds: ${Object.keys(DEFAULTS).join(', ')}`)

const buffer = Buffer.alloc(PIECE_BYTES + 4096)
let used = 0

function flush(): void {
  let at = 0
  while (at < used) {
    try {
      at += writeSync(1, buffer, at, used - at)
    } catch (error) {
      // The pipe is full: the reader is slower.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    }
  }
  used = 0
}

function text(value: string): void {
  used += buffer.write(value, used, 'latin1')
  if (used >= PIECE_BYTES) flush()
}

function string(value: string): void {
  text(String.fromCharCode(value.length) + value)
}

function length(value: number): void {
  const bytes = [0x81, 0, 0, 0, 0, 0, 0, 0, 0]
  for (let i = 8, left = value; i > 0; i--, left = Math.floor(left / 256)) bytes[i] = left % 256
  text(String.fromCharCode(...bytes))
}

/** A number in letters, with a colon here and there: nothing of it is taken for an id. */
function letters(value: number): string {
  let out = ''
  for (let left = value + 1, i = 0; left > 0; left = Math.floor(left / 26), i++) {
    out += (i === 3 ? ':' : '') + String.fromCharCode(97 + (left % 26))
  }
  return out
}

text(`REDIS0011\xfe\x00\xfb${kind === 'patterns' ? '' : '\x01\x00'}`)
if (kind === 'patterns') {
  length(count)
  text('\x00')
  for (let i = 0; i < count; i++) {
    text('\x00')
    string(letters(i * 7919))
    string('v')
  }
} else if (kind === 'value') {
  text('\x00\x03big')
  length(count * 2 ** 20)
  const piece = 'The quick brown fox jumps over the lazy dog. 0123456789abcdefghi'.repeat(16)
  for (let i = 0; i < count * 1024; i++) text(piece)
} else if (kind === 'hash') {
  text('\x04\x03big')
  length(count)
  for (let i = 0; i < count; i++) {
    string(`field:${i}`)
    string(`value ${i}`)
  }
} else {
  text('\x12\x03big')
  length(count)
  // A listpack of 20 strings of 10 bytes.
  const entries = '\x8aabcdefghij\x0b'.repeat(20)
  const bytes = 6 + entries.length + 1
  const node = `\x02${String.fromCharCode(0x40 | (bytes >> 8), bytes & 255, bytes & 255, bytes >> 8, 0, 0, 20, 0)}${entries}\xff`
  for (let i = 0; i < count; i++) text(node)
}
text('\xff\0\0\0\0\0\0\0\0')
flush()
