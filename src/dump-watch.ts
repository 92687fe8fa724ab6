import {
  type DialectName,
  IgnoreAll,
  type RdbEnd,
  type RdbHeader,
  type RdbString,
  type RdbWarning,
} from '../parsers/index.js'
import { DumpFacts } from './dump-facts.js'

/** So many warnings are kept; of the rest only how many. */
const WARNINGS_KEPT = 100

/** The base of visitors that read whole dumps: keeps what the dump says about itself, its warnings and its end. */
export class DumpWatch extends IgnoreAll {
  facts = new DumpFacts()
  warnings: RdbWarning[] = []
  warningCounts = new Map<string, number>()
  /** Null until the dump has ended as it should. */
  ended: RdbEnd | null = null

  /** Forgets the last dump. */
  beginDump(): void {
    this.facts = new DumpFacts()
    this.warnings = []
    this.warningCounts = new Map()
    this.ended = null
  }

  override header(header: RdbHeader): void {
    this.facts.header(header)
  }

  override dialect(name: DialectName): void {
    this.facts.dialect = name
  }

  override aux(name: RdbString, value: RdbString): void {
    this.facts.onAux(name, value)
  }

  override functionLibrary(code: RdbString): void {
    this.facts.onFunction(code)
  }

  override moduleAux(module: string, encver: number): void {
    this.facts.onModuleAux(module, encver)
  }

  override module(name: string, encver: number): void {
    this.facts.onModuleValue(name, encver)
  }

  override warning(warning: RdbWarning): void {
    this.warningCounts.set(warning.code, (this.warningCounts.get(warning.code) ?? 0) + 1)
    if (this.warnings.length < WARNINGS_KEPT) this.warnings.push(warning)
  }

  /** Warnings of the next part of the same dump. */
  absorbWarnings(warnings: readonly RdbWarning[], counts: ReadonlyMap<string, number>): void {
    for (const [code, count] of counts) this.warningCounts.set(code, (this.warningCounts.get(code) ?? 0) + count)
    for (const warning of warnings) if (this.warnings.length < WARNINGS_KEPT) this.warnings.push(warning)
  }

  override end(end: RdbEnd): void {
    this.ended = end
  }
}
