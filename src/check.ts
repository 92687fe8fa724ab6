import {
  type Container,
  RdbError,
  type RdbKey,
  type RdbLocation,
  type RdbString,
  type RdbWarning,
  STRING_FORM,
  type StreamConsumer,
  type StreamGroup,
  type StreamId,
} from '../parsers/index.js'
import type { CheckFinding, CheckReport } from '../reports/check-report.js'
import { DumpWatch } from './dump-watch.js'
import { InputError } from './io/errors.js'
import type { InputFile } from './io/inputs.js'
import { type DumpRead, type ReadDumpOptions, readDump } from './io/read-dump.js'
import { openSource, type SourceOptions } from './io/source.js'
import { loadableBy, loadableOn } from './loadable.js'
import { knownModel } from './memory/choose-target.js'
import type { MemoryModel } from './memory/model.js'
import type { RedactMode } from './redact/modes.js'
import { NameRedactor } from './redact/names.js'

/** How a dump is read to its last element, and for whom. */
export interface CheckOptions
  extends SourceOptions,
    Pick<ReadDumpOptions, 'dumpPayload' | 'parser' | 'signal' | 'salvage' | 'maxRatio' | 'limits'> {
  /** Called about every 100 ms and at the end. Bytes as stored; the total is null for pipes. */
  readonly onProgress?: ((bytesRead: number, totalBytes: number | null, keys: number) => void) | undefined
  /** What is shown of key names; default: everything. */
  readonly redact?: RedactMode | undefined
  /** A server that may have to load the dump. */
  readonly target?: string | undefined
}

const WARNINGS_KEPT = 100
/** Databases whose keys are counted apart; a dump that somebody made up may name two thousand million. */
const MOST_DATABASES = 16_384
const MANY_DATABASES = `more than ${MOST_DATABASES} databases: the keys of further ones are in the totals only`

/**
 * Reads every value of a dump to its last element and says what is wrong with it. Never throws for what the
 * dump is like: an input that cannot be read is a verdict too.
 * @throws TargetError when there is no such target
 */
export async function checkDump(input: string | InputFile, options: CheckOptions = {}): Promise<CheckReport> {
  const { redact = 'none' } = options
  const redactor = redact === 'none' ? null : new NameRedactor(redact)
  const visitor = new CheckVisitor(redactor)
  const path = typeof input === 'string' ? input : input.path
  const { onProgress, stdin, redact: _redact, target, ...readOptions } = options
  const model = target === undefined ? undefined : knownModel(target)
  try {
    const source = await openSource(input, { stdin })
    const read = await readDump(source, visitor, {
      ...readOptions,
      onProgress: (bytesRead, totalBytes) => onProgress?.(bytesRead, totalBytes, visitor.keys),
    })
    const error = read.error === null || redactor === null ? read.error : redactor.error(read.error)
    return withTarget(reportOf(path, visitor, { ...read, error }), model)
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    const name = typeof input === 'string' ? input : input.name
    return {
      ...reportOf(path, visitor, null),
      name,
      verdict: 'unreadable',
      error: findingOf(error),
      advice: error.advice,
    }
  }
}

/** Counts what it sees, and decodes every string, so that damage in any of them shows. */
class CheckVisitor extends DumpWatch {
  keys = 0
  expiringKeys = 0
  elements = 0
  damagedKeys = 0
  readonly databases = new Map<number, number>()
  #manyDatabases = false
  readonly layouts = new Map<
    string,
    { typeId: number; layout: string; type: string; keys: number; elements: number; rdbBytes: number }
  >()
  readonly findings: CheckFinding[] = []
  readonly findingCounts = new Map<string, number>()
  readonly #redactor: NameRedactor | null

  constructor(redactor: NameRedactor | null) {
    super()
    this.#redactor = redactor
  }

  override get wantsParts(): boolean {
    return true
  }

  override functionLibrary(code: RdbString): void {
    decode(code)
    super.functionLibrary(code)
  }

  override key(key: RdbKey): boolean {
    decode(key.key)
    return true
  }

  override endKey(key: RdbKey): void {
    this.keys++
    this.elements += key.elements
    if (key.expiresAtMs !== -1) this.expiringKeys++
    if (key.damage !== null) {
      this.damagedKeys++
      this.#note(key.damage.code, key.damage.message, key.damage.at)
    }
    const keysOfDb = this.databases.get(key.db) ?? 0
    if (keysOfDb > 0 || this.databases.size < MOST_DATABASES) this.databases.set(key.db, keysOfDb + 1)
    else if (!this.#manyDatabases) {
      this.#manyDatabases = true
      this.#note('databases', MANY_DATABASES, { offset: key.offset, db: key.db })
    }
    const { typeId, name, redisType } = key.layout
    let row = this.layouts.get(name)
    if (row === undefined) {
      row = { typeId, layout: name, type: redisType, keys: 0, elements: 0, rdbBytes: 0 }
      this.layouts.set(name, row)
    }
    row.keys++
    row.elements += key.elements
    row.rdbBytes += key.rdbBytes
  }

  override string(value: RdbString): void {
    decode(value)
  }

  override container(_container: Container): boolean {
    return true
  }

  override element(value: RdbString): void {
    decode(value)
  }

  override field(field: RdbString, value: RdbString): void {
    decode(field)
    decode(value)
  }

  override member(member: RdbString): void {
    decode(member)
  }

  override path(path: RdbString): void {
    decode(path)
  }

  override arrayElement(_indexHigh: number, _indexLow: number, value: RdbString): void {
    decode(value)
  }

  override streamGroup(group: StreamGroup): void {
    decode(group.name)
  }

  override streamConsumer(consumer: StreamConsumer): void {
    decode(consumer.name)
  }

  override streamProducer(name: RdbString): void {
    decode(name)
  }

  override streamProducerEntry(iid: RdbString, _id: StreamId): void {
    decode(iid)
  }

  override moduleString(value: RdbString): void {
    decode(value)
  }

  override memberExpiry(member: RdbString): void {
    decode(member)
  }

  override warning(warning: RdbWarning): void {
    // A damaged key is told at its end, where the damage itself is known.
    if (warning.code !== 'damaged-key') this.#note(warning.code, warning.message, warning.at)
  }

  #note(code: string, message: string, at: RdbLocation): void {
    this.findingCounts.set(code, (this.findingCounts.get(code) ?? 0) + 1)
    if (this.findings.length >= WARNINGS_KEPT) return
    const sentence = this.#redactor === null ? message : this.#redactor.sentence(message, at)
    this.findings.push({ code, message: sentence, offset: at.offset })
  }
}

/** Only LZF strings hide anything that decoding would show. */
function decode(string: RdbString): void {
  if (string.form === STRING_FORM.lzf) string.load()
}

function reportOf(path: string, visitor: CheckVisitor, read: DumpRead | null): CheckReport {
  const { facts, ended: end } = visitor
  const trailing = read?.trailing ?? null
  return {
    schemaVersion: 1,
    path,
    name: read?.name ?? path,
    verdict: verdictOf(visitor, read),
    kind: read?.kind ?? '',
    compression: read?.compression ?? null,
    inputBytes: read?.inputBytes ?? 0,
    rdbBytes: read?.rdbBytes ?? 0,
    magic: facts.magic === 'none' ? '' : facts.magic,
    rdbVersion: facts.rdbVersion,
    dialect: facts.dialect,
    server: facts.server,
    dumpTimeMs: facts.dumpTimeMs,
    checksum: {
      state: end?.checksum ?? 'unchecked',
      stored: end?.storedChecksum ?? '',
      computed: end?.computedChecksum ?? '',
    },
    keys: visitor.keys,
    expiringKeys: visitor.expiringKeys,
    elements: visitor.elements,
    damagedKeys: visitor.damagedKeys,
    databases: [...visitor.databases].map(([db, keys]) => ({ db, keys })).sort((a, b) => a.db - b.db),
    layouts: [...visitor.layouts.values()].sort((a, b) => b.keys - a.keys || a.typeId - b.typeId),
    functions: facts.functions,
    functionBytes: facts.functionBytes,
    modules: facts.modules,
    loads: read === null ? [] : loadableBy(facts.dialect, facts.magic, facts.rdbVersion),
    target: null,
    trailing:
      trailing === null
        ? null
        : {
            what: trailing.what,
            bytes: trailing.bytes,
            commands: trailing.commands,
            truncated: trailing.truncated || trailing.damage !== null,
          },
    increments: (read?.increments ?? []).map(({ name, bytes, commands }) => ({ name, bytes, commands })),
    notes: notesOf(read),
    warnings: visitor.findings,
    warningCounts: Object.fromEntries(visitor.findingCounts),
    error: read?.error == null ? null : findingOf(read.error),
    advice: read?.error instanceof InputError ? read.error.advice : '',
  }
}

function withTarget(report: CheckReport, model: MemoryModel | undefined): CheckReport {
  return model === undefined ? report : { ...report, target: loadableOn(model, report) }
}

function verdictOf(visitor: CheckVisitor, read: DumpRead | null): CheckReport['verdict'] {
  if (read === null) return 'unreadable'
  const { error } = read
  if (error instanceof RdbError) return error.code === 'truncated' ? 'cut' : 'damaged'
  if (read.salvage !== null) return 'damaged'
  if (error !== null || visitor.damagedKeys > 0 || visitor.ended?.checksum === 'wrong') return 'damaged'
  const { trailing } = read
  const isTailOdd =
    trailing !== null && (trailing.what !== 'commands' || trailing.truncated || trailing.damage !== null)
  return visitor.findingCounts.size > 0 || isTailOdd || read.notes.length > 0 ? 'odd' : 'ok'
}

function notesOf(read: DumpRead | null): readonly string[] {
  const notes = [...(read?.notes ?? [])]
  const damage = read?.trailing?.what === 'commands' ? read.trailing.damage : null
  if (damage !== null)
    notes.push(`Commands behind the RDB stop making sense ${damage.at} bytes after it: ${damage.what}.`)
  for (const file of read?.increments ?? []) {
    if (file.problem !== null) notes.push(`${file.problem}.`)
    else if (file.damage !== null)
      notes.push(`${file.name} stops making sense at byte ${file.damage.at}: ${file.damage.what}.`)
    else if (file.truncated) notes.push(`The last command of ${file.name} is cut.`)
  }
  return notes
}

function findingOf(error: RdbError | InputError): CheckFinding {
  return { code: error.code, message: error.message, offset: error instanceof RdbError ? error.at.offset : null }
}
