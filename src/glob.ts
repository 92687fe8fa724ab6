/**
 * Glob patterns as `KEYS` and `SCAN MATCH` have them, on bytes:
 * `*` any bytes, `?` one byte, `[abc]` `[a-z]` `[^a]` one byte of (or not of) a class, `\` takes the next
 * character as it is. On top, `\xHH` is the byte with that number, as keys are printed here.
 */

/** True when `bytes[start, end)` matches as a whole. */
export type ByteMatcher = (bytes: Uint8Array, start: number, end: number) => boolean

/** What one position of the pattern takes: 0-255 that byte, the rest below. */
const ANY_BYTE = 256
const ANY_BYTES = 257
/** `CLASS + n` is the n-th class. */
const CLASS = 258

interface Compiled {
  readonly ops: Int32Array
  /** 256 flags per class, one class behind the other. */
  readonly classes: Uint8Array
}

export function compileGlob(pattern: string): ByteMatcher {
  const { ops, classes } = compile(new TextEncoder().encode(pattern))
  return (bytes, start, end) => matches(ops, classes, bytes, start, end)
}

/**
 * A star first takes nothing; when the rest fails, the last star takes one byte more. Only the last star
 * is ever tried again, so the time is at most pattern length times key length, whatever the pattern.
 */
function matches(ops: Int32Array, classes: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  let op = 0
  let at = start
  let starOp = -1
  let starAt = 0
  while (at < end) {
    const wanted = op < ops.length ? ops[op]! : -1
    if (wanted === ANY_BYTES) {
      starOp = ++op
      starAt = at
      if (op === ops.length) return true
      continue
    }
    const byte = bytes[at]!
    if (wanted === byte || wanted === ANY_BYTE || (wanted >= CLASS && classes[(wanted - CLASS) * 256 + byte] === 1)) {
      op++
      at++
      continue
    }
    if (starOp === -1) return false
    op = starOp
    at = ++starAt
  }
  while (op < ops.length && ops[op] === ANY_BYTES) op++
  return op === ops.length
}

function compile(pattern: Uint8Array): Compiled {
  const ops: number[] = []
  const classes: number[] = []
  let at = 0
  while (at < pattern.length) {
    const byte = pattern[at]!
    if (byte === 0x2a) {
      if (ops.at(-1) !== ANY_BYTES) ops.push(ANY_BYTES)
      at++
    } else if (byte === 0x3f) {
      ops.push(ANY_BYTE)
      at++
    } else if (byte === 0x5b) {
      ops.push(CLASS + classes.length / 256)
      at = compileClass(pattern, at + 1, classes)
    } else {
      const next = escaped(pattern, at)
      ops.push(next.byte)
      at = next.end
    }
  }
  return { ops: Int32Array.from(ops), classes: Uint8Array.from(classes) }
}

/**
 * Reads a class behind its `[` and returns the position behind its `]`. One that is not closed ends with the pattern.
 */
function compileClass(pattern: Uint8Array, start: number, classes: number[]): number {
  let at = start
  const negated = pattern[at] === 0x5e
  if (negated) at++
  const flags = new Uint8Array(256)
  while (at < pattern.length && pattern[at] !== 0x5d) {
    const first = escaped(pattern, at)
    at = first.end
    let last = first.byte
    if (pattern[at] === 0x2d && at + 1 < pattern.length && pattern[at + 1] !== 0x5d) {
      const second = escaped(pattern, at + 1)
      last = second.byte
      at = second.end
    }
    // The server turns [z-a] around.
    flags.fill(1, Math.min(first.byte, last), Math.max(first.byte, last) + 1)
  }
  for (const flag of flags) classes.push(negated ? 1 - flag : flag)
  return at + 1
}

/** The byte at `at`, or the one an escape there stands for. */
function escaped(pattern: Uint8Array, at: number): { readonly byte: number; readonly end: number } {
  if (pattern[at] !== 0x5c || at + 1 >= pattern.length) return { byte: pattern[at]!, end: at + 1 }
  if (pattern[at + 1] === 0x78) {
    const digits = String.fromCharCode(...pattern.subarray(at + 2, at + 4))
    if (/^[0-9a-f]{2}$/i.test(digits)) return { byte: Number.parseInt(digits, 16), end: at + 4 }
  }
  return { byte: pattern[at + 1]!, end: at + 2 }
}

/** Bytes as `escapeBytes` prints them, and what means something else in a glob. */
const SPECIAL_IN_GLOBS = /\\x[0-9a-f]{2}|\\\\|[*?[\]^]/g

/** Printed text as a glob that matches it; a byte that is printed as `\xNN` is any one byte there. */
export function globOf(printed: string): string {
  return printed.replace(SPECIAL_IN_GLOBS, (special) => {
    if (special.startsWith('\\x')) return '?'
    return special.length === 1 ? `\\${special}` : special
  })
}
