import type { ParserOptions, RdbEnd } from '../../parsers/index.js'
import { KeyBatch } from '../batch.js'
import type { DumpFacts } from '../dump-facts.js'
import { KeyFilter } from '../filters.js'
import type { InputFile } from '../io/inputs.js'
import { type DumpTaker, readDump } from '../io/read-dump.js'
import { openSource, type Source } from '../io/source.js'
import { type ChosenTarget, chooseTarget } from '../memory/choose-target.js'
import { targetDescription } from '../memory/target-description.js'
import type { LedgerSums } from '../reconcile.js'
import type { FileOutcome, ReadRequest } from '../requests.js'
import { countWhereUnhinted } from './count-keys.js'
import { DigestThread, RunningSha256 } from './digests.js'
import type { RangePool } from './ranges/pool.js'
import type { RangeSplitter } from './ranges/splitter.js'
import { RowBuilder } from './row-builder.js'
import type { ValueTap } from './value-tap.js'

/** What one dump gave, beside the rows. */
export interface ScannedDump extends FileOutcome {
  readonly input: InputFile
  readonly facts: DumpFacts
  /** Lower-case hex of the whole input; null when it was not asked for. */
  readonly sha256: string | null
  /** What a thread is still adding up, see `settled`; null: nothing. */
  readonly pending: Promise<Pick<ScannedDump, 'checksum' | 'sha256'>> | null
  /** Bytes of the databases' tables that the keys' shares leave over (hints that were wrong). */
  readonly overheadLeftover: number
  /** Sums over the rows, in bytes. */
  readonly sums: LedgerSums
}

/** What commands want to know about a dump that was scanned. */
export function fileOutcome(dump: ScannedDump): FileOutcome {
  const { read, keys, filteredKeys, damagedKeys, checksum, warnings } = dump
  return { read, keys, filteredKeys, damagedKeys, checksum, warnings }
}

export interface ScanOptions {
  readonly request: ReadRequest
  /** Compute the SHA-256 of the inputs. */
  readonly sha256: boolean
  /** Takes the rows, which are reused afterwards. A promise is waited for between two pieces of the file. */
  readonly onBatch: ((batch: KeyBatch) => void) | ((batch: KeyBatch) => KeyBatch)
  /** Looks at rows that `ranges` made; default: `onBatch`. */
  readonly onRangeRows?: ((batch: KeyBatch) => void) | undefined
  /** The batch to fill first; default: one of its own. */
  readonly batch?: KeyBatch | undefined
  /** After the first fields of the first dump, before its first key. */
  readonly onTarget?: ((chosen: ChosenTarget, facts: DumpFacts) => void) | undefined
  /** Between two pieces of the file: for whoever writes while reading. */
  readonly afterPush?: (() => Promise<void> | undefined) | undefined
  /** Moment of the dump, told before its first key. */
  readonly onNow?: ((nowMs: number) => void) | undefined
  /** Told for every key of the dump whether it became a row. */
  readonly onVerdict?: ((accepted: boolean) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** Looks at the values beside the sizer. */
  readonly tap?: ValueTap | null | undefined
  /** Threads that make the rows, in place of this one; with taps of their own. */
  readonly ranges?: RangePool | undefined
}

/**
 * Reads dumps one after the other into batches of rows. One target holds for all: the one asked for, or the
 * server that wrote the first dump. With ranges, dumps are read while threads still look at those before.
 */
export async function* scanDumps(options: ScanOptions): AsyncGenerator<ScannedDump, void, void> {
  const { inputs, threads } = options.request
  const digests = options.sha256 && threads !== 1 ? await DigestThread.for(inputs) : null
  const scan = new Scan(options, digests)
  const mostBehind = options.ranges?.request.threads ?? 0
  const behind: (() => Promise<ScannedDump>)[] = []
  let before: ScannedDump | null = null
  let whole = false
  try {
    for (let file = 0; file < inputs.length; file++) {
      behind.push(await scan.read(inputs[file]!, file))
      while (behind.length > (file === inputs.length - 1 ? 0 : mostBehind)) {
        const dump: ScannedDump = await behind.shift()!()
        // However many dumps there are, one at most is still being added up.
        await before?.pending
        before = dump
        yield dump
      }
    }
    whole = true
  } finally {
    if (whole) digests?.end()
    else digests?.stop()
  }
}

class Scan {
  readonly #options: ScanOptions
  readonly #digests: DigestThread | null
  /** The batch being filled; another one after each file, when `onBatch` swaps them. */
  #batch: KeyBatch
  #chosen: ChosenTarget | null = null
  /** Dumps whose rows are not all there. */
  readonly #builders = new Set<RowBuilder>()
  #keysBefore = 0

  constructor(options: ScanOptions, digests: DigestThread | null) {
    this.#options = options
    this.#digests = digests
    this.#batch = options.batch ?? new KeyBatch()
  }

  /** Reads a dump. What is returned waits for its last rows and says what the dump gave. */
  async read(input: InputFile, file: number): Promise<() => Promise<ScannedDump>> {
    const { request, onBatch, ranges, onRangeRows = onBatch } = this.#options
    const once = ranges?.request.once === true
    const filter = new KeyFilter(request.filter, request.nowMs)
    this.#batch.file = file
    const counted = request.dumpPayload === undefined ? await countWhereUnhinted(input, request) : null
    let dumpNowMs = 0
    let told = false
    const tellNow = (): void => {
      if (!told) this.#options.onNow?.(dumpNowMs)
      told = true
    }
    const builder = new RowBuilder({
      filter,
      batch: this.#batch,
      onBatch,
      counted,
      onVerdict: this.#options.onVerdict,
      targetFor: (facts, clusterSeen) => {
        dumpNowMs = request.nowMs ?? facts.dumpTimeMs ?? source.modifiedMs ?? 0
        filter.setNow(dumpNowMs)
        // Rows of the dump before may still come: ranges say when it is the turn of this one.
        if (ranges === undefined || once) tellNow()
        if (this.#chosen === null) {
          this.#chosen = chooseTarget(request, facts, clusterSeen)
          this.#options.onTarget?.(this.#chosen, facts)
        }
        return this.#chosen.target
      },
      tap: this.#options.tap,
    })
    this.#builders.add(builder)
    const source = await openSource(input, request)
    const digests = await Digests.of(source, request.verify, this.#options.sha256, this.#digests)
    const { RangeSplitter = null } = ranges === undefined ? {} : await import('./ranges/splitter.js')
    const { RangesThenOne = null } = once ? await import('./ranges/ranges-then-one.js') : {}
    let splitter: RangeSplitter | null = null
    const taker = (parserOptions: ParserOptions): DumpTaker => {
      splitter = new RangeSplitter!({
        visitor: builder,
        verify: digests.parserVerifies,
        once: once ? { parser: parserOptions, hasBegun: () => builder.prepared } : undefined,
        allocate: ranges!.allocate,
        rangeBytes: ranges!.request.rangeBytes,
        onReady: () => {
          builder.prepare()
          builder.flush()
          const target = targetDescription(this.#chosen!.target)
          ranges!.begin({ file, nowMs: dumpNowMs, target, builder, onTurn: tellNow, onRows: onRangeRows })
        },
        onPiece: (piece) => ranges!.take(piece),
      })
      return RangesThenOne === null ? splitter : new RangesThenOne(splitter, ranges!)
    }
    const read = await readDump(digests.source, builder, {
      taker: ranges === undefined ? undefined : taker,
      dumpPayload: request.dumpPayload,
      salvage: request.salvage,
      maxRatio: request.maxRatio,
      limits: request.limits,
      parser: { verify: digests.parserVerifies },
      afterPush: ranges === undefined ? this.#options.afterPush : () => both(ranges.ready, this.#options.afterPush?.()),
      signal: this.#options.signal,
      onProgress: (bytesRead, totalBytes) =>
        request.onProgress?.({
          name: input.name,
          file,
          files: request.inputs.length,
          bytesRead,
          totalBytes,
          keys: this.#keys,
        }),
    })
    const lastRange = ranges?.handedOut ?? 0
    return async () => {
      // What can be read only once was waited for; damage in it is part of what was read.
      if (!once) await ranges?.finished(lastRange)
      const overheadLeftover = builder.finish()
      tellNow()
      this.#batch = builder.batch
      this.#keysBefore += builder.keys
      this.#builders.delete(builder)
      return {
        input,
        facts: builder.facts,
        read,
        keys: builder.keys,
        filteredKeys: builder.filteredKeys,
        damagedKeys: builder.damagedKeys,
        ...digests.result(splitter === null ? builder.ended : withChecksum(builder.ended, splitter)),
        warnings: builder.warnings,
        sums: builder.sums,
        overheadLeftover: filter.acceptsAll && read.error === null ? overheadLeftover : 0,
      }
    }
  }

  /** Keys of all dumps so far. */
  get #keys(): number {
    let keys = this.#keysBefore
    for (const builder of this.#builders) keys += builder.keys
    return keys
  }
}

/** What there is to wait for. */
function both(one: Promise<void> | undefined, other: Promise<void> | undefined): Promise<void> | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return Promise.all([one, other]).then(() => undefined)
}

/** The end of the dump, with the checksum that was added up while it was cut into ranges. */
function withChecksum(end: RdbEnd | null, { checksum }: RangeSplitter): RdbEnd | null {
  if (end === null || checksum === null || end.checksum !== 'unchecked') return end
  return { ...end, computedChecksum: checksum, checksum: checksum === end.storedChecksum ? 'ok' : 'wrong' }
}

/**
 * The dump with what was still being added up when it had been read: of large values, that takes longer than all else.
 */
export async function settled(dump: ScannedDump): Promise<ScannedDump> {
  return dump.pending === null ? dump : { ...dump, ...(await dump.pending), pending: null }
}

/** Checksum and SHA-256: on a thread for plain files when there is one, else as the bytes pass. */
class Digests {
  readonly source: Source
  readonly #sums: ReturnType<DigestThread['add']> | null
  readonly #running: RunningSha256 | null
  readonly #verify: boolean

  static async of(
    source: Source,
    verify: boolean,
    wantsSha256: boolean,
    thread: DigestThread | null,
  ): Promise<Digests> {
    // The checksum alone takes less time than reading the file once more.
    if (!wantsSha256) return new Digests(source, verify, null, null)
    if (thread?.takes(source) === true) return new Digests(source, verify, thread.add(source.path!), null)
    return new Digests(source, verify, null, await RunningSha256.start())
  }

  private constructor(
    source: Source,
    verify: boolean,
    sums: ReturnType<DigestThread['add']> | null,
    running: RunningSha256 | null,
  ) {
    this.#sums = sums
    this.#running = running
    this.#verify = verify
    this.source = running === null ? source : tapped(source, running)
  }

  /** The parser has to see to the checksum. */
  get parserVerifies(): boolean {
    return this.#verify && this.#sums === null
  }

  result(end: RdbEnd | null): Pick<ScannedDump, 'checksum' | 'sha256' | 'pending'> {
    const checksum = end?.checksum ?? 'unchecked'
    if (this.#sums === null) return { checksum, sha256: this.#running?.hex() ?? null, pending: null }
    const checks = this.#verify && end !== null && checksum === 'unchecked'
    const pending = this.#sums(checks ? end.endOffset - 8 : null).then(({ sha256, crc64 }) => {
      if (!checks) return { checksum, sha256 }
      return { checksum: crc64 === end.storedChecksum ? ('ok' as const) : ('wrong' as const), sha256 }
    })
    // Looked at when everything else is done.
    pending.catch(() => {})
    return { checksum, sha256: null, pending }
  }
}

/** The same source, with every byte also going to the hash. */
function tapped(source: Source, sha256: RunningSha256): Source {
  return {
    name: source.name,
    path: source.path,
    totalBytes: source.totalBytes,
    modifiedMs: source.modifiedMs,
    increments: source.increments,
    notes: source.notes,
    get bytesRead() {
      return source.bytesRead
    },
    async *chunks() {
      for await (const chunk of source.chunks()) {
        sha256.add(chunk)
        yield chunk
      }
    },
    chunksFrom: source.chunksFrom?.bind(source),
    mark: () => sha256.mark(),
    close: () => source.close(),
  }
}
