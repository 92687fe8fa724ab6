import { KeyCsvWriter } from '../reports/keys/csv.js'
import { KeyJsonlWriter } from '../reports/keys/jsonl.js'
import type { KeyWords, KeyWriter } from '../reports/keys/row.js'
import { slotOf } from './analysis/hash-slot.js'
import { PatternMiner } from './analysis/patterns/miner.js'
import { ENCODINGS, type KeyBatch, TYPES } from './batch.js'
import { fileOutcome } from './outcome.js'
import { scanDumps } from './pipeline/scan.js'
import { NameRedactor, patternsOf } from './redact/names.js'
import { redactDump } from './redact/report.js'
import { RedactedRows } from './redact/rows.js'
import type { FileOutcome, KeysOptions, ReadRequest, Sink } from './requests.js'

/**
 * One row per key, written while the dumps are read.
 *
 * The `pattern` of a row is what is known when it is written: places with many different texts turn into `{*}`
 * only after some hundred of them, so early rows may name a pattern that later ones no longer do.
 */
export async function streamKeys(
  request: ReadRequest,
  options: KeysOptions,
  sink: Sink,
): Promise<readonly FileOutcome[]> {
  const miner = new PatternMiner(request.separators === undefined ? {} : { separators: request.separators })
  const redacted = redactedRows(request, miner)
  const words: KeyWords = {
    types: TYPES,
    encodings: ENCODINGS,
    files: request.inputs.map((input) => input.name),
    slotOf,
    ...(options.compat === 'rdbtools'
      ? {}
      : { patternOf: (columns, row) => (redacted ?? miner).patternOf(columns as KeyBatch, row) }),
  }
  const writer = await writerFor(words, options)
  const drain = async (pieces: readonly Uint8Array[]): Promise<void> => {
    for (const piece of pieces) await sink(piece)
  }
  writer.begin()
  const outcomes: FileOutcome[] = []
  const scan = scanDumps({
    request,
    sha256: false,
    onBatch: (batch) => writer.rows(redacted === null ? batch : redacted.of(batch)),
    afterPush: () => {
      const pieces = writer.take()
      return pieces.length === 0 ? undefined : drain(pieces)
    },
  })
  for await (const dump of scan) {
    outcomes.push(fileOutcome(redacted === null ? dump : redactDump(dump, redacted.redactor)))
  }
  await drain(writer.finish())
  return outcomes
}

/** Null when names may be shown. */
function redactedRows({ redact = 'none', separators }: ReadRequest, miner: PatternMiner): RedactedRows | null {
  if (redact === 'none') return null
  return new RedactedRows(new NameRedactor(redact, separators, patternsOf(miner)), miner)
}

async function writerFor(words: KeyWords, options: KeysOptions): Promise<KeyWriter> {
  if (options.format === 'parquet') {
    const { KeyParquetWriter } = await import('../reports/keys/parquet.js')
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
