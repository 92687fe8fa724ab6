import { KeyCsvWriter } from '../reports/keys/csv.js'
import { KeyJsonlWriter } from '../reports/keys/jsonl.js'
import type { KeyWords, KeyWriter } from '../reports/keys/row.js'
import { slotOf } from './analysis/hash-slot.js'
import { PatternMiner } from './analysis/patterns/miner.js'
import { PatternNumbers } from './analysis/patterns/pattern-numbers.js'
import { ENCODINGS, TYPES } from './batch.js'
import { fileOutcome } from './outcome.js'
import { RangePool } from './pipeline/ranges/pool.js'
import { NotInRanges } from './pipeline/ranges/splitter.js'
import { readsInRanges, threadsFor } from './pipeline/ranges/when.js'
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
  const threads = await threadsFor(request)
  if (threads === 1 || !(await readsInRanges(request))) return writeKeys(request, options, sink, 1)
  let written = 0
  try {
    return await writeKeys(request, options, counting, threads)
  } catch (error) {
    if (!(error instanceof NotInRanges)) throw error
    // One parser reads such a dump, and gives the same rows: those that are out are passed over.
    let left = written
    return writeKeys(
      request,
      options,
      (piece) => {
        const passed = Math.min(left, piece.length)
        left -= passed
        return passed === piece.length ? undefined : sink(piece.subarray(passed))
      },
      1,
    )
  }

  function counting(piece: Uint8Array): ReturnType<Sink> {
    written += piece.length
    return sink(piece)
  }
}

async function writeKeys(
  request: ReadRequest,
  options: KeysOptions,
  sink: Sink,
  threads: number,
): Promise<readonly FileOutcome[]> {
  const miner = new PatternMiner(request.separators === undefined ? {} : { separators: request.separators })
  const redacted = redactedRows(request, miner)
  const words: KeyWords = {
    types: TYPES,
    encodings: ENCODINGS,
    files: request.inputs.map((input) => input.name),
    slotOf,
  }
  const patterns = options.compat === 'rdbtools' ? null : new PatternNumbers(miner)
  const writer = await writerFor(words, options)
  const drain = async (pieces: readonly Uint8Array[]): Promise<void> => {
    for (const piece of pieces) await sink(piece)
  }
  writer.begin()
  const outcomes: FileOutcome[] = []
  const taps = { values: false, bigKeys: null }
  const { filter, rangeBytes } = request
  const ranges =
    threads === 1
      ? undefined
      : new RangePool({ threads, filter, taps, samples: null, duplicates: null, bigKeys: null, rangeBytes })
  const scan = scanDumps({
    request,
    sha256: false,
    ranges,
    onBatch: (batch) => {
      if (redacted === null) patterns?.write(batch)
      writer.rows(redacted === null ? batch : redacted.of(batch))
    },
    afterPush: () => {
      const pieces = writer.take()
      return pieces.length === 0 ? undefined : drain(pieces)
    },
  })
  try {
    for await (const dump of scan) {
      outcomes.push(fileOutcome(redacted === null ? dump : redactDump(dump, redacted.redactor)))
    }
  } finally {
    await ranges?.stop()
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
