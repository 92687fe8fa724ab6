import { createHash } from 'node:crypto'
import { digestPart, type GroupFacts, type KeyFacts, type StreamFacts } from './digest.js'

/** A line of `rdblens export --format jsonl --binary base64`. */
interface ExportLine {
  readonly db: number
  readonly key: string
  readonly type: string
  readonly expiresAtMs: number | null
  readonly value: unknown
  readonly memberExpiries?: readonly [string, number][]
  readonly damage?: string
}

interface ExportedStream {
  readonly entries: readonly [id: string, pairs: readonly string[]][]
  readonly length: number
  readonly lastId: string
  readonly firstId: string | null
  readonly maxDeletedId: string | null
  readonly entriesAdded: number | null
  readonly groups: readonly {
    readonly name: string
    readonly lastId: string
    readonly entriesRead: number | null
    readonly pending: readonly [id: string, consumer: string | null, deliveryTimeMs: number, deliveryCount: number][]
    readonly consumers: readonly {
      readonly name: string
      readonly seenTimeMs: number
      readonly activeTimeMs: number | null
    }[]
  }[]
}

/** The facts of a key, computed from its exported contents alone. */
export function factsOfExportLine(text: string): KeyFacts {
  const line = JSON.parse(text) as ExportLine
  const hash = createHash('sha256')
  const lengths: number[] = []
  const expiries: [Buffer, number][] = []
  const take = (base64: string): Buffer => {
    const bytes = Buffer.from(base64, 'base64')
    lengths.push(bytes.length)
    return bytes
  }
  const sorted = (pairs: [Buffer, Buffer | null][]): void => {
    pairs.sort(([a], [b]) => Buffer.compare(a, b))
    for (const [name, value] of pairs) {
      digestPart(hash, name)
      if (value !== null) digestPart(hash, value)
    }
  }
  let elements = 1
  let stream: StreamFacts | null = null
  const { value } = line
  if (line.type === 'string') {
    hash.update(take(value as string))
  } else if (line.type === 'list') {
    elements = (value as string[]).length
    for (const element of value as string[]) digestPart(hash, take(element))
  } else if (line.type === 'set') {
    elements = (value as string[]).length
    sorted((value as string[]).map((member) => [take(member), null]))
  } else if (line.type === 'hash') {
    elements = (value as unknown[]).length
    sorted(
      (value as [string, string, number?][]).map(([field, content, expiresAtMs]) => {
        const name = take(field)
        if (expiresAtMs !== undefined) expiries.push([name, expiresAtMs])
        return [name, take(content)]
      }),
    )
  } else if (line.type === 'zset') {
    elements = (value as unknown[]).length
    sorted((value as [string, number | string][]).map(([member, score]) => [take(member), scoreBytes(score)]))
  } else if (line.type === 'stream') {
    const exported = value as ExportedStream
    elements = exported.entries.length
    for (const [id, pairs] of exported.entries) {
      digestPart(hash, Buffer.from(id))
      digestPart(hash, Buffer.from(String(pairs.length / 2)))
      for (const part of pairs) digestPart(hash, take(part))
    }
    stream = streamFacts(exported)
  }
  const moduleName = line.type === 'module' ? (value as { module: string }).module : null
  return {
    db: line.db,
    key_b64: line.key,
    type: line.type as KeyFacts['type'],
    layout: 'exported',
    elements,
    elementsSeen: elements,
    value_bytes: lengths.reduce((sum, length) => sum + length, 0),
    longest_element: lengths.reduce((most, length) => Math.max(most, length), 0),
    sha256: hash.digest('hex'),
    pexpiretime: line.expiresAtMs,
    idletime: null,
    freq: null,
    fields_with_expiry: expiries.length,
    field_expiries_sha256: expiries.length === 0 ? null : expiryDigest(expiries),
    member_expiries: [...(line.memberExpiries ?? [])],
    stream,
    module: moduleName,
    slot: null,
    offset: 0,
    rdbBytes: 0,
    damage: line.damage ?? null,
  }
}

function scoreBytes(score: number | string): Buffer {
  const bytes = Buffer.alloc(8)
  const number =
    score === 'inf' ? Number.POSITIVE_INFINITY : score === '-inf' ? Number.NEGATIVE_INFINITY : Number(score)
  bytes.writeDoubleBE(number + 0) // -0 + 0 is +0
  return bytes
}

function expiryDigest(expiries: [Buffer, number][]): string {
  const hash = createHash('sha256')
  for (const [field, when] of expiries.sort(([a], [b]) => Buffer.compare(a, b))) {
    digestPart(hash, field)
    digestPart(hash, Buffer.from(String(when)))
  }
  return hash.digest('hex')
}

/** Radix tree sizes are not exported; what a layout does not hold is null there and absent here. */
function streamFacts(stream: ExportedStream): StreamFacts {
  const known = <K extends string, V>(name: K, value: V | null) => (value === null ? {} : { [name]: value })
  return {
    length: stream.length,
    'last-generated-id': stream.lastId,
    ...known('max-deleted-entry-id', stream.maxDeletedId),
    ...known('entries-added', stream.entriesAdded),
    ...known('recorded-first-entry-id', stream.firstId),
    groups: stream.groups.map((group): GroupFacts => {
      const owned = (name: string) => group.pending.filter(([, consumer]) => consumer === name)
      return {
        name_b64: group.name,
        'last-delivered-id': group.lastId,
        'entries-read': group.entriesRead === -1 ? null : group.entriesRead,
        'pel-count': group.pending.length,
        pel_ids: group.pending.map(([id]) => id),
        consumers: group.consumers.map(({ name, seenTimeMs, activeTimeMs }) => ({
          name_b64: name,
          'seen-time': seenTimeMs,
          ...known('active-time', activeTimeMs),
          'pel-count': owned(name).length,
          pel: owned(name).map(([id, , time, count]) => [id, time, count]),
        })),
      }
    }),
  } as StreamFacts
}
