import type { PatternRow } from '../../reports/report.js'
import { compareText } from '../analysis/names.js'
import { type ByteMatcher, compileGlob } from '../glob.js'

/** Finds the row of the pattern table that a name belongs to. */
export class KnownPatterns {
  readonly #rows: readonly { readonly pattern: string; readonly matches: ByteMatcher }[]

  constructor(rows: readonly PatternRow[]) {
    const literals = (row: PatternRow): number => row.match!.replaceAll('*', '').length
    this.#rows = rows
      .filter((row) => row.match !== null)
      // The more of a name is text, the closer the glob.
      .sort((a, b) => literals(b) - literals(a) || compareText(a.pattern, b.pattern) || compareText(a.type, b.type))
      .map(({ pattern, match }) => ({ pattern, matches: compileGlob(match!) }))
  }

  of(name: Uint8Array): string | null {
    return this.#rows.find(({ matches }) => matches(name, 0, name.length))?.pattern ?? null
  }
}
