import type { RdbKey } from '../parsers/index.js'
import type { DumpFacts } from './dump-facts.js'
import type { Exporter } from './export/exporter.js'
import { JsonlExporter } from './export/jsonl.js'
import { RespExporter } from './export/resp.js'
import { KeyFilter } from './filters.js'
import { InputError } from './io/errors.js'
import type { InputFile } from './io/inputs.js'
import { type DumpRead, readDump } from './io/read-dump.js'
import { openSource } from './io/source.js'
import { scanDumps } from './pipeline/scan.js'
import type { ExportOptions, FileOutcome, ReadRequest, Sink } from './requests.js'

/** Pieces of the file given to the parser at once: bounds what the exporter gathers before it is drained. */
const PUSH_BYTES = 256 * 1024

/**
 * Writes the contents of dumps, streamed: one exporter, so that several dumps give one output.
 *
 * @returns what became of each input; dumps that are cut or damaged give the keys in front of that
 * @throws InputError when there is no dump, UnitError when the filter cannot be understood, TargetError
 */
export function exportDump(request: ReadRequest, options: ExportOptions, sink: Sink): Promise<readonly FileOutcome[]> {
  return exportThrough(request, (accept) => exporterFor(options, request.limits, accept), sink)
}

/** The same with an exporter of any kind. */
export async function exportThrough(
  request: ReadRequest,
  makeExporter: (accept: (key: RdbKey) => boolean) => Exporter,
  sink: Sink,
): Promise<readonly FileOutcome[]> {
  const accept = new Acceptance(request)
  const exporter: Exporter = makeExporter((key) => accept.key(key, exporter.facts))
  const drain = async (pieces: readonly Uint8Array[]): Promise<void> => {
    for (const piece of pieces) await sink(piece)
  }
  const outcomes: FileOutcome[] = []
  for (const [file, input] of request.inputs.entries()) {
    await accept.begin(input)
    const keysBefore = exporter.keys
    const source = await openSource(input, request)
    exporter.beginDump()
    accept.modifiedMs = source.modifiedMs
    const read = await readDump(source, exporter, {
      dumpPayload: request.dumpPayload,
      salvage: request.salvage,
      maxRatio: request.maxRatio,
      limits: request.limits,
      parser: { verify: request.verify },
      pushBytes: PUSH_BYTES,
      afterPush: () => {
        const pieces = exporter.take()
        return pieces.length === 0 ? undefined : drain(pieces)
      },
      onProgress: (bytesRead, totalBytes) =>
        request.onProgress?.({
          name: input.name,
          file,
          files: request.inputs.length,
          bytesRead,
          totalBytes,
          keys: exporter.keys,
        }),
    })
    outcomes.push({
      read: withOmissions(read, exporter),
      keys: exporter.keys - keysBefore,
      filteredKeys: accept.filteredKeys,
      damagedKeys: exporter.warningCounts.get('damaged-key') ?? 0,
      checksum: exporter.ended?.checksum ?? 'unchecked',
      warnings: exporter.warnings,
    })
  }
  const problem = outcomes.find((outcome) => outcome.read.error !== null)?.read.error
  await drain(exporter.finish(problem ?? undefined))
  return outcomes
}

function exporterFor(
  options: ExportOptions,
  limits: ReadRequest['limits'],
  accept: (key: RdbKey) => boolean,
): Exporter {
  if (options.format === 'resp') return new RespExporter({ accept })
  return new JsonlExporter({ accept, binary: options.binary, array: options.format === 'json', limits })
}

/** What the format has no place for is told like other remarks on the input. */
function withOmissions(read: DumpRead, exporter: Exporter): DumpRead {
  if (exporter.omissions.size === 0) return read
  const notes = [...exporter.omissions].map(([what, count]) => `Not exported: ${what} (${count.toLocaleString('en')}).`)
  exporter.omissions.clear()
  return { ...read, notes: [...read.notes, ...notes] }
}

/**
 * Which keys are exported. Sizes are known only after a value was read, when it is too late to leave it out:
 * filters by size take a first pass over the file.
 */
class Acceptance {
  readonly #filter: KeyFilter
  readonly #request: ReadRequest
  /** A bit per key of the file; null when its name and type decide. */
  #bits: Uint8Array | null = null
  #at = 0
  #dated = false
  modifiedMs: number | null = null
  /** Keys of the file at hand that were left out. */
  filteredKeys = 0

  constructor(request: ReadRequest) {
    this.#request = request
    this.#filter = new KeyFilter(request.filter, request.nowMs)
  }

  async begin(input: InputFile): Promise<void> {
    this.#at = 0
    this.#bits = null
    this.#dated = false
    this.filteredKeys = 0
    if (!this.#filter.needsRow) return
    if (input.path === '-') {
      throw new InputError(
        'unreadable',
        'export with --min-bytes or --max-bytes reads a dump twice, which standard input does not allow',
        'Save the dump to a file first.',
      )
    }
    let bits = new Uint8Array(1 << 16)
    let keys = 0
    const scan = scanDumps({
      request: { ...this.#request, inputs: [input], verify: false, onProgress: undefined },
      sha256: false,
      onBatch: () => {},
      onVerdict: (accepted) => {
        if (keys >> 3 >= bits.length) {
          const larger = new Uint8Array(bits.length * 2)
          larger.set(bits)
          bits = larger
        }
        if (accepted) bits[keys >> 3]! |= 1 << (keys & 7)
        keys++
      },
    })
    for await (const _ of scan) {
      // Only the verdicts matter.
    }
    this.#bits = bits
  }

  /** @param facts what the dump says of itself; its moment is known from its first key on */
  key(key: RdbKey, facts: DumpFacts): boolean {
    if (!this.#dated) {
      this.#dated = true
      this.#filter.setNow(this.#request.nowMs ?? facts.dumpTimeMs ?? this.modifiedMs ?? 0)
    }
    const accepted = this.#verdict(key)
    if (!accepted) this.filteredKeys++
    return accepted
  }

  #verdict(key: RdbKey): boolean {
    if (this.#bits === null) return this.#filter.acceptsAll || this.#filter.acceptsKey(key)
    const at = this.#at++
    return (this.#bits[at >> 3]! & (1 << (at & 7))) !== 0
  }
}
