import { KeyCsvWriter } from '../../reports/keys/csv.js'
import { KeyJsonlWriter } from '../../reports/keys/jsonl.js'
import type { KeyWords, KeyWriter } from '../../reports/keys/row.js'
import { slotOf } from '../analysis/hash-slot.js'
import { PatternMiner } from '../analysis/patterns/miner.js'
import { PatternNumbers } from '../analysis/patterns/pattern-numbers.js'
import { ENCODINGS, type KeyBatch, TYPES } from '../batch.js'
import type { RedactMode } from '../redact/modes.js'
import { NameRedactor, patternsOf } from '../redact/names.js'
import { RedactedRows } from '../redact/rows.js'
import type { KeysOptions } from '../requests.js'

/** Plain data: a thread can be started with it. */
export interface KeyRowsSetup {
  readonly options: KeysOptions
  /** Names of the inputs. */
  readonly files: readonly string[]
  readonly separators: string | undefined
  readonly redact: RedactMode
}

/** Makes bytes of rows, with the patterns of their names as far as they are known by then. */
export class KeyRows {
  readonly #writer: KeyWriter
  readonly #patterns: PatternNumbers | null
  readonly #redacted: RedactedRows | null

  /** Begins with what stands in front of the rows. */
  static async begin(setup: KeyRowsSetup): Promise<KeyRows> {
    const rows = new KeyRows(setup, await writerFor(setup))
    rows.#writer.begin()
    return rows
  }

  private constructor({ options, separators, redact }: KeyRowsSetup, writer: KeyWriter) {
    const miner = new PatternMiner(separators === undefined ? {} : { separators })
    this.#writer = writer
    this.#patterns = options.compat === 'rdbtools' ? null : new PatternNumbers(miner)
    this.#redacted =
      redact === 'none' ? null : new RedactedRows(new NameRedactor(redact, separators, patternsOf(miner)), miner)
  }

  /** Null when names may be shown. */
  get redactor(): NameRedactor | null {
    return this.#redacted?.redactor ?? null
  }

  add(batch: KeyBatch): void {
    if (this.#redacted !== null) {
      this.#writer.rows(this.#redacted.of(batch))
      return
    }
    this.#patterns?.write(batch)
    this.#writer.rows(batch)
  }

  /** Pieces that are full; they belong to the caller. */
  take(): readonly Uint8Array[] {
    return this.#writer.take()
  }

  /** Everything that is left. */
  finish(): readonly Uint8Array[] {
    return this.#writer.finish()
  }
}

async function writerFor({ options, files }: KeyRowsSetup): Promise<KeyWriter> {
  const words: KeyWords = { types: TYPES, encodings: ENCODINGS, files, slotOf }
  if (options.format === 'parquet') {
    const { KeyParquetWriter } = await import('../../reports/keys/parquet.js')
    return new KeyParquetWriter(words)
  }
  if (options.format === 'jsonl') return new KeyJsonlWriter(words)
  return new KeyCsvWriter(words, {
    raw: options.csvRaw,
    bom: options.csvBom,
    ...(options.delimiter === undefined ? {} : { delimiter: options.delimiter }),
    ...(options.compat === undefined ? {} : { compat: options.compat }),
  })
}
