import { freemem } from 'node:os'
import { formatBytes } from '../../reports/format.js'
import type { ProvedSide, ProvedTechnique, ProveReport } from '../../reports/prove-report.js'
import { rereadableBytes, ScratchFolder } from '../io/scratch-folder.js'
import { modelById, targetFor } from '../memory/models/index.js'
import { inWordsOf } from '../memory/setting-words.js'
import { createTarget, describeTarget, type Target } from '../memory/target.js'
import type { NamePatterns } from '../optimizations/names.js'
import type { Change } from '../optimizations/optimization.js'
import type { ParameterTexts } from '../optimizations/parameters.js'
import type { ReadRequest } from '../requests.js'
import { changesIn, chooseChanges, settingsOf } from '../rewrite.js'
import { version } from '../version.js'
import { alone, type Candidate, inSequence, reasonAgainst } from './candidates.js'
import { type Filled, fillByCommands, linkFile, refusal, rewriteIn, UnknownCommand, writesKeys } from './fill.js'
import { compareUsage, type PricedDump, priceDump, requestFor, settledMemory } from './measure.js'
import { ProveError } from './prove-error.js'
import { DUMP, type ScratchOptions, ScratchServer, ServerStopped } from './scratch-server.js'
import { findServer, type ServerBinary } from './server-binary.js'
import { askFacts, type ServerFacts } from './server-facts.js'

/** What is proved, and with which server. */
export interface ProveOptions {
  /** Ids of the techniques to carry out; default: all that can be. */
  readonly techniques?: readonly string[] | undefined
  /** In place of `techniques`: these one behind the other, measured together. */
  readonly sequence?: readonly string[] | undefined
  /** As for `simulate`: texts by technique and name. */
  readonly parameters?: ParameterTexts | undefined
  /** Path of the server program; default: redis-server or valkey-server from the PATH. */
  readonly server?: string | undefined
  /** Folder for what is temporary; default: that of the system. */
  readonly tmp?: string | undefined
  /** Longest wait for a server to load the data, in ms; default 10 minutes. */
  readonly loadDeadlineMs?: number | undefined
  /** Told what is being done, in a few words. */
  readonly onStep?: ((step: string) => void) | undefined
}

const LOAD_DEADLINE_MS = 600_000
/** What the same server with the same data differs by from one start to the next: buffers, its own bookkeeping. */
const NOISE_BYTES = 2048
/** Keys that expire within this time could go while they are measured. */
const SOON_MS = 3_600_000
/** The data, what it is rewritten to, and the file that a server writes before it renames it. */
const COPIES_ON_DISK = 3
/** No data reaches it: with a limit there is eviction, which is not what is to be measured. */
const NO_LIMIT_BYTES = 2 ** 50

/**
 * Carries techniques out on a server of its own, and holds what was measured against what was predicted.
 * @throws ProveError, InputError, ParameterError
 */
export async function prove(request: ReadRequest, options: ProveOptions = {}): Promise<ProveReport> {
  const { path } = request.inputs[0]!
  const fileBytes = await rereadableBytes(path, 'prove reads it several times')
  const binary = await findServer(options.server)
  const folders: ScratchFolder[] = []
  const makeFolder = (): ScratchFolder => {
    const folder = ScratchFolder.make(options.tmp)
    folders.push(folder)
    return folder
  }
  try {
    const free = await makeFolder().freeBytes()
    if (free < COPIES_ON_DISK * fileBytes) {
      throw new ProveError(
        `${folders[0]!.path} has ${formatBytes(free)} free; ${COPIES_ON_DISK} times the size of the dump are needed (${formatBytes(COPIES_ON_DISK * fileBytes)})`,
        'Choose a larger place with --tmp DIR, or some of the keys with --match.',
      )
    }
    return await new Proof(request, options, binary, makeFolder).run()
  } finally {
    for (const folder of folders) await folder.remove()
  }
}

class Proof {
  readonly #request: ReadRequest
  readonly #options: ProveOptions
  readonly #binary: ServerBinary
  readonly #makeFolder: () => ScratchFolder
  #keepsExpired = false
  #databases = 16
  #emptyBytes = 0
  #facts!: ServerFacts
  #target!: Target

  constructor(request: ReadRequest, options: ProveOptions, binary: ServerBinary, makeFolder: () => ScratchFolder) {
    this.#request = request
    this.#options = options
    this.#binary = binary
    this.#makeFolder = makeFolder
  }

  async run(): Promise<ProveReport> {
    this.#step(`asking an empty ${this.#binary.server}-server ${this.#binary.version}`)
    await this.#askEmpty()
    const priced = await this.#price()
    this.#step(`loading ${priced.keys.toLocaleString('en')} keys`)
    const { filled, before } = await this.#load(priced)
    const { request } = filled
    // Priced as the file stands, or, where it could not be loaded, as the server wrote it.
    const usedBytes = filled.reason === null ? priced.usedBytes : before.predictedBytes
    this.#step('predicting')
    const notes: string[] = []
    const notProvable: { id: string; reason: string }[] = []
    const { candidates, names } = await this.#candidates(request, notes, notProvable)
    const techniques: ProvedTechnique[] = []
    for (const candidate of candidates) {
      const proved = await this.#prove(candidate, names, filled, before.measuredBytes)
      if (typeof proved === 'string') notProvable.push({ id: candidate.id, reason: proved })
      else techniques.push(proved)
    }
    const isRedacted = (this.#request.redact ?? 'none') !== 'none'
    const { name, version: serverVersion, mallocText, settings, note } = this.#facts
    return {
      schemaVersion: 1,
      generator: { name: 'rdblens', version },
      server: { name, version: serverVersion, allocator: mallocText, settings },
      target: describeTarget(this.#target),
      note,
      dump: {
        file: this.#request.inputs[0]!.name,
        keys: priced.keys,
        loadedAs: filled.reason === null ? 'file' : 'commands',
        reason: filled.reason,
        expiredKeys: priced.expiredKeys,
      },
      before: {
        predictedBytes: usedBytes,
        measuredBytes: before.measuredBytes,
        memoryUsage: before.memoryUsage,
        keys: before.keys,
      },
      techniques: isRedacted ? techniques.map(withoutNames) : techniques,
      notes: isRedacted ? [] : notes,
      notProvable,
    }
  }

  /** What is to be carried out, with what is predicted for it. */
  async #candidates(
    request: ReadRequest,
    notes: string[],
    notProvable: { id: string; reason: string }[],
  ): Promise<{ candidates: readonly Candidate[]; names: NamePatterns | null }> {
    const { techniques, parameters, sequence } = this.#options
    const chosen = await chooseChanges(request, techniques, parameters, sequence)
    const { savings, names } = chosen
    if (sequence !== undefined) {
      const changes = changesIn(sequence, chosen, notes)
      const ids = sequence.filter((id) => changes.includes(chosen.changes.get(id)!))
      return { candidates: changes.length === 0 ? [] : [inSequence(chosen, changes, ids)], names }
    }
    const candidates = savings.techniques.flatMap((result) => {
      const reason = reasonAgainst(result, chosen)
      if (reason !== null) notProvable.push({ id: result.id, reason })
      return reason !== null ? [] : alone(result, chosen.changes.get(result.id)!)
    })
    return { candidates, names }
  }

  #step(text: string): void {
    this.#options.onStep?.(text)
  }

  #serverOptions(folder: ScratchFolder, settings: Readonly<Record<string, string | number>>): ScratchOptions {
    return {
      binary: this.#binary,
      folder,
      settings: { ...this.#givenSettings(), ...settings },
      databases: this.#databases,
      keepsExpired: this.#keepsExpired,
      loadDeadlineMs: this.#options.loadDeadlineMs ?? LOAD_DEADLINE_MS,
    }
  }

  /** What the user set, in the words of the server. */
  #givenSettings(): Readonly<Record<string, string | number>> {
    const { model } = targetFor(this.#binary)
    return Object.fromEntries(
      Object.entries(this.#request.settings).map(([name, value]) => [
        inWordsOf(model, name),
        typeof value === 'boolean'
          ? value
            ? 'yes'
            : 'no'
          : name === 'maxmemory' && Number(value) > 0
            ? NO_LIMIT_BYTES
            : value,
      ]),
    )
  }

  /** What an empty server says of itself, and what it takes. */
  async #askEmpty(): Promise<void> {
    const folder = this.#makeFolder()
    const server = await ScratchServer.start(this.#serverOptions(folder, {})).catch((error: unknown) => {
      throw error instanceof ServerStopped ? unstartable(this.#binary, error) : error
    })
    try {
      // First of all: what is asked below leaves larger buffers behind.
      this.#emptyBytes = await settledMemory(server.client)
      this.#facts = await askFacts(server.client, this.#binary.server)
    } finally {
      await server.stop()
    }
    this.#target = createTarget(modelById(this.#facts.model)!, {
      settings: this.#facts.settings,
      allocator: this.#facts.allocator,
      bits: this.#facts.bits,
    })
  }

  /** The data as it is asked for, priced for the server. */
  async #price(): Promise<PricedDump> {
    const { settings, bits, allocator } = requestFor('', this.#target)
    const priced = await priceDump(
      { ...this.#request, target: this.#facts.model, settings, bits, allocator, cluster: false },
      Date.now() + SOON_MS,
    )
    if (priced.keys === 0) throw new ProveError(`${this.#request.inputs[0]!.name} has no keys to prove anything on`)
    // Eviction and swapping would make every figure wrong.
    if (priced.usedBytes > freemem()) {
      throw new ProveError(
        `the data take ${formatBytes(priced.usedBytes)} in the server, and this machine has ${formatBytes(freemem())} left`,
        'Take a larger machine, or some of the keys: --match, --db, --type.',
      )
    }
    this.#databases = Math.max(16, priced.lastDb + 1)
    this.#keepsExpired = priced.expiredKeys > 0
    return priced
  }

  /** Loads the data: the file as it is where that can be, else as commands. Measures what it takes. */
  async #load(priced: PricedDump): Promise<{ filled: Filled; before: Measured }> {
    const folder = this.#makeFolder()
    const { settings, bits, allocator } = requestFor('', this.#target)
    const request: ReadRequest = {
      ...this.#request,
      target: this.#facts.model,
      settings,
      bits,
      allocator,
      cluster: false,
      nowMs: this.#request.nowMs ?? priced.nowMs,
    }
    let reason = await linkFile(request, folder)
    if (reason === null) {
      try {
        return { filled: { folder, request, reason }, before: await this.#measure(folder, {}, null) }
      } catch (error) {
        if (!(error instanceof ServerStopped)) throw error
        reason = refusal(error)
      }
    }
    const filled = await fillByCommands(request, this.#serverOptions(folder, {}), this.#target, reason)
    return { filled, before: await this.#measure(folder, {}, null) }
  }

  /** Starts a server on the dump in a folder, and asks it. */
  async #measure(
    folder: ScratchFolder,
    settings: Readonly<Record<string, string | number>>,
    changedTarget: Target | null,
  ): Promise<Measured> {
    const server = await ScratchServer.start(this.#serverOptions(folder, settings))
    try {
      const { client } = server
      const measuredBytes = (await settledMemory(client)) - this.#emptyBytes
      const request = requestFor(folder.file(DUMP), changedTarget ?? this.#target)
      const { keys } = await priceDump(request, 0)
      const { usage, modelledBytes } = await compareUsage(client, request, keys)
      return { measuredBytes, predictedBytes: modelledBytes, memoryUsage: usage, keys }
    } finally {
      await server.stop()
    }
  }

  /** Carries out and measures; a text when the server cannot do it. */
  async #prove(
    candidate: Candidate,
    names: NamePatterns | null,
    filled: Filled,
    beforeBytes: number,
  ): Promise<ProvedTechnique | string> {
    const { changes, toleranceRatio, predicted, id } = candidate
    this.#step(`carrying out ${id}`)
    const common = {
      id,
      certainty: candidate.certainty,
      parameters: candidate.parameters,
      predicted,
      toleranceRatio,
    }
    const folder = this.#makeFolder()
    try {
      const { settings, target } = this.#changedSettings(changes)
      await folder.link(DUMP, filled.folder.file(DUMP))
      const changedKeys = await this.#carryOut(changes, names!, filled, folder, settings)
      const after = await this.#measure(folder, settings, target)
      const error = predicted.afterBytes - after.measuredBytes
      const errorRatio = error / after.measuredBytes
      const allowed = Math.max(NOISE_BYTES, toleranceRatio * after.measuredBytes)
      const agrees = Math.abs(error) <= allowed
      return {
        ...common,
        changedKeys,
        measured: {
          beforeBytes,
          afterBytes: after.measuredBytes,
          savedBytes: beforeBytes - after.measuredBytes,
          keysAfter: after.keys,
        },
        errorRatio,
        modelledAfterBytes: after.predictedBytes,
        memoryUsageAfter: after.memoryUsage,
        verdict: agrees ? 'agrees' : 'differs',
        reason: agrees ? null : reasonFor(after, allowed),
      }
    } catch (error) {
      if (error instanceof UnknownCommand) return error.message
      if (!(error instanceof ProveError) && !(error instanceof ServerStopped)) throw error
      return {
        ...common,
        changedKeys: 0,
        measured: null,
        errorRatio: null,
        modelledAfterBytes: null,
        memoryUsageAfter: null,
        verdict: 'failed',
        reason: error.message,
      }
    } finally {
      await folder.remove()
    }
  }

  /** Rewrites the data in a folder; gives the number of keys that were touched. */
  async #carryOut(
    changes: readonly Change[],
    names: NamePatterns,
    filled: Filled,
    folder: ScratchFolder,
    settings: Readonly<Record<string, string | number>>,
  ): Promise<number> {
    if (!writesKeys(changes)) return 0
    const server = await ScratchServer.start(this.#serverOptions(folder, settings))
    return await rewriteIn(server, filled.request, changes, names).finally(() => server.stop())
  }

  /** The settings that changes ask for, in the words of the server, and the target that has them. */
  #changedSettings(changes: readonly Change[]): {
    settings: Readonly<Record<string, string | number>>
    target: Target | null
  } {
    const asked = settingsOf(changes)
    if (Object.keys(asked).length === 0) return { settings: {}, target: null }
    const { model, settings, allocator, bits } = this.#target
    return {
      settings: Object.fromEntries(Object.entries(asked).map(([name, value]) => [inWordsOf(model, name), value])),
      target: createTarget(model, { settings: { ...settings, ...asked }, allocator: allocator.id, bits }),
    }
  }
}

interface Measured extends ProvedSide {
  readonly keys: number
}

/** Where the difference comes from. */
function reasonFor({ predictedBytes, measuredBytes }: Measured, allowed: number): string {
  return Math.abs(predictedBytes - measuredBytes) <= allowed
    ? 'the data came out otherwise than predicted; the model agrees with the server on what came out'
    : `the model is off on what came out: ${predictedBytes.toLocaleString('en')} bytes`
}

function unstartable({ path }: ServerBinary, { log }: ServerStopped): ProveError {
  return new ProveError(
    `${path} does not start: ${log.slice(-3).join(' | ')}`,
    'Is there a setting that it does not know?',
  )
}

/** Parameters and what a server said of a command may have names in them. */
function withoutNames(proved: ProvedTechnique): ProvedTechnique {
  const reason = proved.verdict === 'failed' ? 'not said, as names are redacted' : proved.reason
  return { ...proved, parameters: {}, reason }
}
