import { shownText } from './escape.js'
import { formatBytes, formatShare } from './format.js'
import { wrap } from './width.js'

/** Bytes saved; a loss with a minus. */
export function signed(bytes: number): string {
  return bytes < 0 ? `-${formatBytes(-bytes)}` : formatBytes(bytes)
}

export function signedShare(share: number): string {
  return share < 0 ? `-${formatShare(-share)}` : formatShare(share)
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
