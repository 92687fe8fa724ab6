import type { RdbKey, RdbString } from '../parsers/index.js'
import { escapeBytes, escapeText, unescapeBytes } from '../reports/escape.js'
import type { ExplainReport } from '../reports/explain-report.js'
import { keyName } from './analysis/names.js'
import { KeyBatch, TYPE } from './batch.js'
import type { DumpFacts } from './dump-facts.js'
import type { InputFile } from './io/inputs.js'
import { readDump } from './io/read-dump.js'
import { openSource } from './io/source.js'
import { type ChosenTarget, chooseTarget } from './memory/choose-target.js'
import { encodingReason } from './memory/encoding-reason.js'
import { freeCost, keyAllocations, keyParts, whyUsageDiffers } from './memory/ledger.js'
import { inWordsOf } from './memory/setting-words.js'
import { describeTarget, type Target } from './memory/target.js'
import { countWhereUnhinted } from './pipeline/count-keys.js'
import { LargestElements } from './pipeline/largest-elements.js'
import type { DatabaseHints } from './pipeline/overhead-rows.js'
import { RowBuilder, type RowFilter } from './pipeline/row-builder.js'
import { ValueTap } from './pipeline/value-tap.js'
import { NameRedactor } from './redact/names.js'
import type { ReadRequest } from './requests.js'

/** Which key is explained, and what of it may be shown. */
export interface ExplainOptions {
  /** Text, `\xNN` text, or base64. All readings of it are looked for, in this order. */
  readonly key: string
  /** Only in this database; default: the first in which the key is. */
  readonly db?: number | undefined
  /** Elements are shown also where they are values: members, elements of lists. Default: names of fields only. */
  readonly showValues?: boolean | undefined
}

const LARGEST = 10

/**
 * Where every byte of one key goes; null when the dump has no such key. `inputs` and `filter` of the request are not
 * used.
 * @throws InputError when there is no dump, RdbError when it is damaged in front of the key, TargetError
 */
export async function explainKey(
  input: InputFile,
  request: ReadRequest,
  options: ExplainOptions,
): Promise<ExplainReport | null> {
  // A key may look like base64 and be none: the exact text wins over other readings.
  for (const name of readings(options.key)) {
    const report = await explainName(input, request, name, options.db)
    if (report !== null) return shown(report, name, request, options.showValues === true)
    if (input.path === '-') return null
  }
  return null
}

/** The name of a key that was looked for and not found, as it may be shown. */
export function shownKeyName(text: string, request: Pick<ReadRequest, 'redact' | 'separators'>): string {
  const { redact = 'none', separators } = request
  return redact === 'none' ? escapeText(text) : new NameRedactor(redact, separators).shown(text)
}

/** The report without what may not be shown. */
function shown(report: ExplainReport, name: Uint8Array, request: ReadRequest, showValues: boolean): ExplainReport {
  const { redact = 'none', separators } = request
  const namesShown = redact === 'none' && (showValues || report.type === 'hash')
  const largest = namesShown ? report.largest : report.largest.map((element) => ({ ...element, name: null }))
  if (redact === 'none') return { ...report, largest }
  const { keyBase64: _base64, keyLength: _length, ...rest } = report
  return { ...rest, key: new NameRedactor(redact, separators).name(name), largest }
}

/** The key names that a text may stand for. */
function readings(text: string): readonly Uint8Array[] {
  const names = [new TextEncoder().encode(text)]
  if (/\\(x[0-9a-f]{2}|\\)/i.test(text)) names.push(unescapeBytes(text).slice())
  if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) && text !== '') {
    names.push(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)))
  }
  return names
}

async function explainName(
  input: InputFile,
  request: ReadRequest,
  name: Uint8Array,
  db: number | undefined,
): Promise<ExplainReport | null> {
  const stop = new AbortController()
  const counted = await countWhereUnhinted(input, request)
  const builder = new ExplainBuilder(new OneKey(name, db), counted, request)
  builder.onFound = () => stop.abort()
  const source = await openSource(input, request)
  const read = await readDump(source, builder, {
    parser: { verify: false },
    signal: stop.signal,
    dumpPayload: request.dumpPayload,
    salvage: request.salvage,
    maxRatio: request.maxRatio,
    limits: request.limits,
    onProgress: (bytesRead, totalBytes) =>
      request.onProgress?.({ name: input.name, file: 0, files: 1, bytesRead, totalBytes, keys: builder.keys }),
  })
  if (builder.report !== null) return builder.report
  if (read.error !== null) {
    const { redact = 'none', separators } = request
    throw redact === 'none' ? read.error : new NameRedactor(redact, separators).error(read.error)
  }
  return null
}

/** Prices one key and keeps all that there is to say about it. */
class ExplainBuilder extends RowBuilder {
  report: ExplainReport | null = null
  onFound: () => void = () => {}
  readonly #largest: LargestElements
  readonly #choice: Choice

  constructor(filter: OneKey, counted: DatabaseHints | null, request: ReadRequest) {
    const choice = new Choice(request)
    const largest = new LargestTap()
    super({
      tap: largest,
      batch: new KeyBatch(1),
      filter,
      counted,
      onBatch: (rows) => {
        choice.overheadBytes = rows.overheadBytes[0]!
      },
      targetFor: (facts, clusterSeen) => choice.make(facts, clusterSeen),
    })
    this.#choice = choice
    this.#largest = largest.elements
  }

  override key(key: RdbKey): boolean {
    if (this.report !== null) return false
    this.prepare()
    this.sizer.rows ??= []
    return super.key(key)
  }

  override endKey(key: RdbKey): void {
    // Found: the rest of the piece at hand is read, but nobody looks.
    if (this.report !== null) return
    const before = this.keys
    super.endKey(key)
    if (this.keys === before) return
    this.report = this.#describe(key)
    this.onFound()
  }

  #describe(key: RdbKey): ExplainReport {
    const { sizer } = this
    const { target, note } = this.#choice.chosen!
    const { reason, encoding, limits } = inWordsOf(target.model, encodingReason(sizer, key.elements))
    return {
      schemaVersion: 1,
      ...keyName(key.key.bytes.slice(key.key.start, key.key.end), key.key.length),
      db: key.db,
      type: key.layout.redisType,
      encoding,
      layout: key.layout.name,
      target: describeTarget(target),
      note,
      because: reason,
      limits,
      allocations: keyAllocations(sizer),
      ramBytes: sizer.ramBytes,
      overheadBytes: this.#choice.overheadBytes,
      estimated: sizer.estimated,
      parts: keyParts(sizer),
      memoryUsageBytes: sizer.memoryUsageBytes < 0 ? null : sizer.memoryUsageBytes,
      whyUsageDiffers: whyUsageDiffers(sizer),
      rdbBytes: key.rdbBytes,
      elements: key.elements,
      longestElementBytes: sizer.longestElementBytes,
      largest:
        sizer.type === TYPE.string
          ? []
          : this.#largest.sorted().map(({ name, index, bytes }) => ({ name: escapeBytes(name), index, bytes })),
      expiresAtMs: key.expiresAtMs < 0 ? null : key.expiresAtMs,
      idleSeconds: key.idleSeconds < 0 ? null : key.idleSeconds,
      freq: key.freq < 0 ? null : key.freq,
      free: freeCost(sizer, key.elements),
    }
  }
}

/** Gathers the largest elements of the key. */
class LargestTap extends ValueTap {
  readonly elements = new LargestElements(LARGEST)

  override begin(): boolean {
    this.elements.clear()
    return true
  }

  override container(): boolean {
    return true
  }

  override element(value: RdbString): void {
    this.elements.add(value, value.length)
  }

  override field(field: RdbString, value: RdbString): void {
    this.elements.add(field, field.length + value.length)
  }

  override member(member: RdbString): void {
    this.elements.add(member, member.length)
  }
}

/** What is decided and found while the builder runs; here because its parent asks before it is made. */
class Choice {
  chosen: ChosenTarget | null = null
  overheadBytes = 0

  constructor(readonly request: ReadRequest) {}

  make(facts: DumpFacts, clusterSeen: boolean): Target {
    this.chosen = chooseTarget(this.request, facts, clusterSeen)
    return this.chosen.target
  }
}

/** Lets one key through. */
class OneKey implements RowFilter {
  readonly acceptsAll = false
  readonly needsRow = false

  constructor(
    readonly name: Uint8Array,
    readonly db: number | undefined,
  ) {}

  acceptsKey(key: RdbKey): boolean {
    if (this.db !== undefined && key.db !== this.db) return false
    const { bytes, start, end, length } = key.key
    if (length !== this.name.length) return false
    for (let at = start, i = 0; at < end; at++, i++) if (bytes[at] !== this.name[i]) return false
    return true
  }

  acceptsRow(): boolean {
    return true
  }
}
