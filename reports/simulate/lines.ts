import { shownText } from '../escape.js'
import { formatBytes, formatShare } from '../format.js'
import type { TechniqueResult } from '../report.js'
import { wrap } from '../width.js'

/** Bytes saved; a loss with a minus. */
export function signed(bytes: number): string {
  return bytes < 0 ? `-${formatBytes(-bytes)}` : formatBytes(bytes)
}

export function signedShare(share: number): string {
  return share < 0 ? `-${formatShare(-share)}` : formatShare(share)
}

/** How far a figure from a sample may be off, with 95 % confidence; empty where there is nothing to say. */
export function plusMinus({ interval95 }: Pick<TechniqueResult, 'interval95'>): string {
  if (interval95 === null) return ''
  const half = (interval95[1] - interval95[0]) / 2
  return half < 1 ? '' : `±${formatBytes(half)}`
}

/** `name=value` of parameters and of what was chosen for a group. */
export function setting([name, value]: readonly [string, unknown]): string {
  return `${name}=${shownText(Array.isArray(value) ? value.join(', ') : String(value))}`
}

/** Text in lines of at most `columns`, further lines indented by two more. */
export function* wrapped(text: string, columns: number, indent = 2): Generator<string> {
  let head = ' '.repeat(indent)
  for (const line of wrap(text, columns - indent - 2)) {
    yield `${head}${line}\n`
    head = ' '.repeat(indent + 2)
  }
}
