import { formatBytes, plural } from '../reports/format.js'
import type { Provenance, ProvenanceFile } from '../reports/report.js'
import { DEFAULT_SETTINGS } from './memory/settings.js'
import type { Target } from './memory/target.js'
import type { ScannedDump } from './pipeline/scan.js'
import type { ReadRequest } from './requests.js'

/** What is known about one input. */
function provenanceFile(dump: ScannedDump): ProvenanceFile {
  const { facts, read } = dump
  const compression = read.compression === null ? '' : `+${read.compression}`
  return {
    path: dump.input.path,
    bytes: read.inputBytes,
    sha256: dump.sha256,
    container: `${read.kind}${compression}`,
    magic: facts.magic,
    rdbVersion: facts.rdbVersion,
    dialect: facts.dialect,
    server: facts.server,
    bits: facts.bits,
    checksum: dump.checksum,
    dumpTimeMs: facts.dumpTimeMs,
    usedMemoryBytes: facts.usedMemoryBytes,
    aux: facts.aux,
    functionBytes: facts.functionBytes,
    functions: facts.functions,
    modules: facts.modules.map(({ name, encver, keys }) => ({ name, encver, keys })),
    commandsNotIncluded: (read.trailing?.commands ?? 0) + read.increments.reduce((sum, file) => sum + file.commands, 0),
    complete: read.error === null && read.salvage === null && dump.damagedKeys === 0,
  }
}

/** Where a report comes from; the fields beside `files` are those of the first file. */
export function provenance(
  dumps: readonly ScannedDump[],
  target: Target,
  request: ReadRequest,
  nowMs: number,
  estimated: boolean,
): Provenance {
  const files = dumps.map(provenanceFile)
  const [first] = files
  return {
    files,
    sha256: first?.sha256 ?? null,
    magic: first?.magic ?? 'none',
    rdbVersion: first?.rdbVersion ?? 0,
    server: first?.server ?? 'unknown',
    checksum: first?.checksum ?? 'unchecked',
    dumpTimeMs: first?.dumpTimeMs ?? null,
    nowMs,
    target: {
      id: target.model.id,
      title: target.model.title,
      allocator: target.allocator.id,
      bits: target.bits,
    },
    estimated,
    settings: asConf(Object.entries(target.settings)),
    changedSettings: asConf(changedSettings(target)),
    notUnderstood: dumps.flatMap((dump) => notUnderstood(dump, dumps.length > 1)),
    options: optionsOf(request),
    filteredKeys: dumps.reduce((sum, dump) => sum + dump.filteredKeys, 0),
  }
}

/** Settings as redis.conf writes them. */
function asConf(settings: readonly (readonly [name: string, value: string | number | boolean])[]) {
  return Object.fromEntries(
    settings.map(([name, value]) => [name, typeof value === 'boolean' ? (value ? 'yes' : 'no') : value]),
  )
}

function changedSettings({ model, settings }: Target): readonly (readonly [string, string | number | boolean])[] {
  const defaults: Readonly<Record<string, unknown>> = { ...DEFAULT_SETTINGS, ...model.defaults }
  return Object.entries(settings).filter(([name, value]) => value !== defaults[name])
}

/** What is in the input and not, or not wholly, in the report. */
function notUnderstood(dump: ScannedDump, named: boolean): readonly string[] {
  const { facts, read } = dump
  const found: string[] = []
  if (read.error !== null) found.push('what stands behind the place where reading stopped')
  if (read.salvage !== null) {
    const { places, skippedBytes } = read.salvage
    found.push(`${plural(skippedBytes, 'byte')} in ${plural(places, 'damaged place')}: passed over`)
  }
  if (dump.damagedKeys > 0) found.push(`${plural(dump.damagedKeys, 'key')} damaged inside: counted as far as they go`)
  for (const { name, encver, keys } of facts.modules) {
    if (keys > 0)
      found.push(
        `${plural(keys, 'value')} of the module ${name} (encoding ${encver}): priced by their bytes, a lower bound`,
      )
  }
  if (facts.functions > 0) {
    const what = plural(facts.functions, 'function library', 'function libraries')
    found.push(`${what} (${formatBytes(facts.functionBytes)}): not part of the sizes`)
  }
  if (facts.scripts > 0) found.push(`${plural(facts.scripts, 'cached Lua script')}: not part of the sizes`)
  const { trailing } = read
  const commands = (trailing?.commands ?? 0) + read.increments.reduce((sum, file) => sum + file.commands, 0)
  if (commands > 0) found.push(`${plural(commands, 'command')} behind the RDB: not applied`)
  if (trailing !== null && trailing.what !== 'commands' && trailing.what !== 'zeros' && read.error === null) {
    found.push(`${plural(trailing.bytes, 'byte')} behind the end of the RDB: not read`)
  }
  return named ? found.map((what) => `${dump.input.name}: ${what}`) : found
}

/** The options that change the result, as given. */
function optionsOf(request: ReadRequest): Provenance['options'] {
  const options: Record<string, string | number | boolean | readonly string[]> = {}
  for (const [name, value] of Object.entries(request.filter)) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue
    options[name] = Array.isArray(value) ? value.map(String) : (value as string | number)
  }
  for (const name of ['target', 'bits', 'allocator', 'cluster', 'separators', 'nowMs'] as const) {
    const value = request[name]
    if (value !== undefined) options[name] = value
  }
  if (!request.verify) options.verify = false
  if (request.redact !== undefined && request.redact !== 'none') options.redact = request.redact
  const settings = Object.entries(request.settings).map(([name, value]) => `${name}=${value}`)
  if (settings.length > 0) options.set = settings
  return options
}
