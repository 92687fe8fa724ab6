import type { Provenance, ProvenanceFile } from '../reports/report.js'
import type { Target } from './memory/target.js'
import type { ScannedDump } from './pipeline/scan.js'
import type { ReadRequest } from './requests.js'

/** What is known about one input. */
export function provenanceFile(dump: ScannedDump): ProvenanceFile {
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
    complete: read.error === null && dump.damagedKeys === 0,
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
    settings: Object.fromEntries(
      Object.entries(target.settings).map(([name, value]) => [name, typeof value === 'boolean' ? yesNo(value) : value]),
    ),
    options: optionsOf(request),
    filteredKeys: dumps.reduce((sum, dump) => sum + dump.filteredKeys, 0),
  }
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
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
  const settings = Object.entries(request.settings).map(([name, value]) => `${name}=${value}`)
  if (settings.length > 0) options.set = settings
  return options
}
