import { KeyRows, type KeyRowsSetup } from './pipeline/key-rows.js'
import { KeyRowsThread } from './pipeline/key-rows-thread.js'
import { RangePool } from './pipeline/ranges/pool.js'
import { NotInRanges } from './pipeline/ranges/splitter.js'
import { RANGES_FROM_THREADS, rangesAllowed, threadsFor } from './pipeline/ranges/when.js'
import { fileOutcome, scanDumps } from './pipeline/scan.js'
import { redactDump } from './redact/report.js'
import type { FileOutcome, KeysOptions, ReadRequest, Sink } from './requests.js'

/** How the work is shared out. */
interface Ways {
  /** Threads that make rows of ranges of the dump; 1: rows are made here. */
  readonly rangeThreads: number
  /** The dump cannot be read again. */
  readonly once: boolean
  /** Bytes are made of the rows in another thread. */
  readonly rowsElsewhere: boolean
}

/**
 * One row per key, written while the dumps are read.
 *
 * The `pattern` of a row is what is known when it is written: places with many different texts turn into `{*}`
 * only after some hundred of them, so early rows may name a pattern that later ones no longer do.
 *
 * @returns what became of each input; dumps that are cut or damaged give the rows in front of that
 * @throws InputError when there is no dump, UnitError when the filter cannot be understood, TargetError
 */
export async function streamKeys(
  request: ReadRequest,
  options: KeysOptions,
  sink: Sink,
): Promise<readonly FileOutcome[]> {
  const threads = await threadsFor(request)
  // Other names are found here, since warnings name keys, too.
  const redacted = (request.redact ?? 'none') !== 'none'
  const withoutRanges = { rangeThreads: 1, once: false, rowsElsewhere: threads > 1 && !redacted }
  const ranges = threads < (redacted ? 2 : RANGES_FROM_THREADS) ? null : await rangesAllowed(request)
  if (ranges === null) return writeKeys(request, options, sink, withoutRanges)
  const inRanges = redacted
    ? { rangeThreads: threads, ...ranges, rowsElsewhere: false }
    : { rangeThreads: threads - 1, ...ranges, rowsElsewhere: true }
  let written = 0
  try {
    return await writeKeys(request, options, counting, inRanges)
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
      withoutRanges,
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
  { rangeThreads, once, rowsElsewhere }: Ways,
): Promise<readonly FileOutcome[]> {
  const { inputs, separators, redact = 'none', filter, rangeBytes } = request
  const setup: KeyRowsSetup = { options, files: inputs.map(({ name }) => name), separators, redact }
  const thread = rowsElsewhere ? new KeyRowsThread(setup) : null
  const local = thread === null ? await KeyRows.begin(setup) : null
  const rows = thread ?? local!
  const drain = async (pieces: readonly Uint8Array[]): Promise<void> => {
    for (const piece of pieces) await sink(piece)
  }
  const outcomes: FileOutcome[] = []
  const taps = { values: false, bigKeys: null }
  const ranges =
    rangeThreads === 1
      ? undefined
      : new RangePool({
          threads: rangeThreads,
          filter,
          limits: request.limits,
          taps,
          samples: null,
          duplicates: null,
          bigKeys: null,
          rowsTo: thread,
          once,
          rangeBytes,
        })
  const scan = scanDumps({
    request,
    sha256: false,
    ranges,
    batch: thread?.first,
    onBatch: (batch) => {
      local?.add(batch)
      return thread === null ? batch : thread.add(batch)
    },
    // Ranges hand their batches on by themselves.
    onRangeRows: (batch) => local?.add(batch),
    afterPush: () => {
      const pieces = rows.take()
      return pieces.length === 0 ? undefined : drain(pieces)
    },
  })
  try {
    for await (const dump of scan) {
      const redactor = local?.redactor ?? null
      outcomes.push(fileOutcome(redactor === null ? dump : redactDump(dump, redactor)))
    }
    await drain(await rows.finish())
  } finally {
    await Promise.all([ranges?.stop(), thread?.stop()])
  }
  return outcomes
}
