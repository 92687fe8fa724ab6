import type { DumpFacts, KeyFacts } from './digest.js'

/** One line of `keys` in an `.expected.json`; absent fields are not compared. */
export interface ExpectedKey {
  readonly db: number
  readonly key_b64: string
  /** TYPE; for `module: true` the name of the module type. */
  readonly type: string
  readonly elements?: number
  readonly value_bytes?: number
  readonly longest_element?: number
  readonly sha256?: string
  readonly pexpiretime?: number
  readonly idletime?: number
  readonly freq?: number
  readonly fields_with_expiry?: number
  readonly field_expiries_sha256?: string
  readonly member_expiries?: readonly (readonly [string, number])[]
  readonly stream?: { readonly [name: string]: unknown }
  readonly module?: boolean
}

export interface ExpectedDump {
  /** Keys in the dump; more than `keys` lists when that is a sample of them. */
  readonly key_count: number
  readonly keys: readonly ExpectedKey[]
}

/** The stream facts that a dump holds; XINFO says more (`lag`, `radix-tree-nodes`, ...). */
const STREAM_FACTS = [
  'length',
  'radix-tree-keys',
  'last-generated-id',
  'max-deleted-entry-id',
  'entries-added',
  'recorded-first-entry-id',
] as const

/** What differs, one sentence each; empty when everything expected was read. */
export function compareFacts(facts: DumpFacts, expected: ExpectedDump): string[] {
  const differences: string[] = []
  const read = new Map<string, KeyFacts>()
  for (const key of facts.keys) {
    const id = `${key.db} ${key.key_b64}`
    if (read.has(id)) differences.push(`${nameOf(key)}: read twice`)
    read.set(id, key)
    if (key.elements !== key.elementsSeen) {
      differences.push(`${nameOf(key)}: ${key.elementsSeen} elements came, the key says ${key.elements}`)
    }
    if (key.damage !== null) differences.push(`${nameOf(key)}: damaged: ${key.damage}`)
  }
  if (facts.keys.length !== expected.key_count) {
    differences.push(`${facts.keys.length} keys were read, there are ${expected.key_count}`)
  }
  for (const key of expected.keys) {
    const found = read.get(`${key.db} ${key.key_b64}`)
    if (found === undefined) differences.push(`${nameOf(key)}: missing`)
    else differences.push(...compareKey(found, key).map((what) => `${nameOf(key)}: ${what}`))
  }
  return differences
}

function compareKey(read: KeyFacts, expected: ExpectedKey): string[] {
  const out: string[] = []
  const same = (what: string, is: unknown, should: unknown): void => {
    if (JSON.stringify(is) !== JSON.stringify(should)) {
      out.push(`${what} is ${JSON.stringify(is)}, expected ${JSON.stringify(should)}`)
    }
  }
  same('pexpiretime', read.pexpiretime, expected.pexpiretime ?? null)
  if (expected.module === true) {
    same('type', [read.type, read.module], ['module', expected.type])
    return out
  }
  same('type', read.type, expected.type)
  for (const name of ['elements', 'value_bytes', 'longest_element', 'sha256', 'freq'] as const) {
    if (expected[name] !== undefined) same(name, read[name], expected[name])
  }
  // The server rounds the idle time to seconds when it saves, up to one second after it was asked.
  if (expected.idletime !== undefined && !(Math.abs((read.idletime ?? -9) - expected.idletime) <= 1)) {
    same('idletime', read.idletime, expected.idletime)
  }
  same('field expiries', read.field_expiries_sha256, expected.field_expiries_sha256 ?? null)
  if (expected.fields_with_expiry !== undefined)
    same('fields with expiry', read.fields_with_expiry, expected.fields_with_expiry)
  same('member expiries', sortedPairs(read.member_expiries), sortedPairs(expected.member_expiries ?? []))
  if (expected.stream !== undefined) {
    if (read.stream === null) out.push('is not a stream')
    else out.push(...compareStream(read.stream as unknown as Facts, expected.stream))
  }
  return out
}

type Facts = { readonly [name: string]: unknown }

/** Compares what both sides know: old layouts and old servers say less. */
function compareStream(read: Facts, expected: Facts): string[] {
  const out: string[] = []
  const same = (where: string, is: Facts, should: Facts, names: readonly string[]): void => {
    for (const name of names) {
      if (is[name] === undefined || should[name] === undefined) continue
      if (JSON.stringify(is[name]) !== JSON.stringify(should[name])) {
        out.push(`${where} ${name} is ${JSON.stringify(is[name])}, expected ${JSON.stringify(should[name])}`)
      }
    }
  }
  same('stream', read, expected, STREAM_FACTS)
  const groups = byName(expected.groups)
  const readGroups = byName(read.groups)
  if ([...groups.keys()].sort().join() !== [...readGroups.keys()].sort().join()) {
    out.push(`groups are ${[...readGroups.keys()]}, expected ${[...groups.keys()]}`)
  }
  for (const [name, group] of groups) {
    const readGroup = readGroups.get(name)
    if (readGroup === undefined) continue
    same(`group ${name}`, readGroup, group, ['last-delivered-id', 'entries-read', 'pel-count', 'pel_ids'])
    const consumers = byName(group.consumers)
    const readConsumers = byName(readGroup.consumers)
    if ([...consumers.keys()].sort().join() !== [...readConsumers.keys()].sort().join()) {
      out.push(`consumers of ${name} are ${[...readConsumers.keys()]}, expected ${[...consumers.keys()]}`)
    }
    for (const [consumerName, consumer] of consumers) {
      const found = readConsumers.get(consumerName)
      if (found === undefined) continue
      same(`consumer ${consumerName}`, found, consumer, ['pel-count', 'seen-time', 'active-time'])
      same(`consumer ${consumerName}`, { pel: knownPel(found.pel, consumer.pel) }, consumer, ['pel'])
    }
  }
  return out
}

/** Servers before 6.0 do not tell delivery times: null there. */
function knownPel(read: unknown, expected: unknown): unknown {
  if (!Array.isArray(read) || !Array.isArray(expected)) return read
  return read.map(([id, time, count], i) => [id, expected[i]?.[1] === null ? null : time, count])
}

function byName(list: unknown): Map<string, Facts> {
  return new Map((Array.isArray(list) ? (list as Facts[]) : []).map((entry) => [String(entry.name_b64), entry]))
}

function sortedPairs(pairs: readonly (readonly [string, number])[]): unknown {
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1))
}

function nameOf(key: { readonly db: number; readonly key_b64: string }): string {
  return `db ${key.db} ${JSON.stringify(Buffer.from(key.key_b64, 'base64').toString('latin1'))}`
}
