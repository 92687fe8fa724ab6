import type { Readable, Writable } from 'node:stream'
import type { MemoryBudget } from '../memory-budget.js'
import type { Library } from './library.js'

/** A stream that may be a terminal. */
export type Terminal = Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined }

/** Everything the command line touches outside itself, so that tests can stand in for it. */
export interface Environment {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined }
  readonly stdout: Terminal
  readonly stderr: Terminal
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  readonly library: Library
  /** Keeps the process within a budget, where it may be told what to do. */
  readonly limitMemory?: ((budget: MemoryBudget) => void) | undefined
}

/** What a user typed that cannot be done: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const NARROW = 40

/** Columns of a terminal; 80 where there is none. */
export function columnsOf(stream: Terminal): number {
  const columns = stream.isTTY === true ? (stream.columns ?? 0) : 0
  return columns > 0 ? Math.max(NARROW, columns) : 80
}

/** Colours: on a terminal only, never against NO_COLOR (no-color.org) or a terminal that is dumb. */
export function wantsColor(stream: Terminal, env: Environment['env'], forbidden: boolean): boolean {
  const isForbidden = forbidden || (env.NO_COLOR !== undefined && env.NO_COLOR !== '') || env.TERM === 'dumb'
  return !isForbidden && stream.isTTY === true
}

/**
 * Stands before words with a dash that are no options while yargs reads the arguments: it loses a lone dash among the
 * values of a command, and what is behind `--`. No argument of a process has a NUL in it.
 */
const HIDDEN = '\0'

/** `--tree 5`, and `--tree` alone: yargs would take the dump behind a lone `--tree` for its value. */
export function withTreeDepth(argv: readonly string[], depth: number): string[] {
  return argv.flatMap((argument, index) => {
    if (index > 0 && argv[index - 1] === '--tree' && /^\d+$/.test(argument)) return []
    if (argument !== '--tree') return [argument]
    const next = argv[index + 1] ?? ''
    return [`--tree=${/^\d+$/.test(next) ? next : depth}`]
  })
}

/** Hides `-`, and what stands behind `--`: there are no options any more, so the mark itself can go. */
export function hideDashes(argv: readonly string[]): string[] {
  const mark = argv.indexOf('--')
  const end = mark === -1 ? argv.length : mark
  const isWord = (argument: string, index: number): boolean =>
    argument === '-' || (index > end && argument.startsWith('-'))
  return argv
    .map((argument, index) => (isWord(argument, index) ? HIDDEN + argument : argument))
    .filter((_, index) => index !== end)
}

/** A value that yargs found, as it was typed; lists of values too. */
export function restoreDashes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(restoreDashes)
  return typeof value === 'string' && value.startsWith(HIDDEN) ? value.slice(HIDDEN.length) : value
}
