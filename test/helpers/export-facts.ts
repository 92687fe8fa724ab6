import { createHash, type Hash } from 'node:crypto'
import type { DumpFacts, GroupFacts, KeyFacts } from './digest.js'

type Base64 = string

interface ExportedGroup {
  readonly name: Base64
  readonly lastId: string
  readonly entriesRead: number | null
  readonly pending: readonly (readonly [id: string, consumer: Base64 | null, timeMs: number, count: number])[]
  readonly consumers: readonly {
    readonly name: Base64
    readonly seenTimeMs: number
    readonly activeTimeMs: number | null
  }[]
}

interface ExportedStream {
  readonly entries: readonly (readonly [id: string, pairs: readonly Base64[]])[]
  readonly length: number
  readonly lastId: string
  readonly firstId: string | null
  readonly maxDeletedId: string | null
  readonly entriesAdded: number | null
  readonly groups: readonly ExportedGroup[]
}

export interface ExportedKey {
  readonly db: number
  readonly key: Base64
  readonly type: KeyFacts['type']
  readonly expiresAtMs: number | null
  // biome-ignore lint/suspicious/noExplicitAny: its shape depends on the type
  readonly value: any
  readonly memberExpiries?: readonly (readonly [Base64, number])[]
  readonly damage?: string
}

/** What `export --format jsonl --binary base64` says, in the words of the samples: the other half of a comparison. */
export function exportedFacts(lines: readonly ExportedKey[], rdbVersion: number): DumpFacts {
  return { keys: lines.map(keyFacts), rdbVersion, dialect: null, aux: [], functions: [], warnings: [], end: null }
}

function keyFacts(line: ExportedKey): KeyFacts {
  const hash = createHash('sha256')
  const expiries: [Buffer, number][] = []
  const lengths: number[] = []
  const elements = digest(line, hash, expiries, lengths)
  const stream = line.type === 'stream' ? (line.value as ExportedStream) : null
  return {
    db: line.db,
    key_b64: line.key,
    type: line.type,
    layout: '',
    elements,
    elementsSeen: elements,
    value_bytes: lengths.reduce((sum, length) => sum + length, 0),
    longest_element: lengths.reduce((longest, length) => Math.max(longest, length), 0),
    sha256: hash.digest('hex'),
    pexpiretime: line.expiresAtMs,
    idletime: null,
    freq: null,
    fields_with_expiry: expiries.length,
    field_expiries_sha256: expiries.length === 0 ? null : expiryDigest(expiries),
    member_expiries: (line.memberExpiries ?? []).map(([member, when]) => [member, when]),
    stream: stream === null ? null : streamFacts(stream),
    module: line.type === 'module' ? line.value.module : null,
    slot: null,
    offset: 0,
    rdbBytes: 0,
    damage: line.damage ?? null,
  }
}

const bytesOf = (text: Base64): Buffer => Buffer.from(text, 'base64')

/** Feeds the canonical digest; returns the number of elements. */
function digest(line: ExportedKey, hash: Hash, expiries: [Buffer, number][], lengths: number[]): number {
  const value = line.value
  const element = (text: Base64): Buffer => {
    const bytes = bytesOf(text)
    lengths.push(bytes.length)
    return bytes
  }
  switch (line.type) {
    case 'string':
      hash.update(element(value))
      return 1
    case 'list':
      for (const item of value) feed(hash, element(item))
      return value.length
    case 'set': {
      const members: Buffer[] = value.map((item: Base64 | [Base64, number]) => {
        const member = element(Array.isArray(item) ? item[0] : item)
        if (Array.isArray(item)) expiries.push([member, item[1]])
        return member
      })
      for (const member of members.sort(Buffer.compare)) feed(hash, member)
      return members.length
    }
    case 'hash': {
      const fields: [Buffer, Buffer][] = value.map(([field, content, when]: [Base64, Base64, number?]) => {
        const name = element(field)
        if (when !== undefined) expiries.push([name, when])
        return [name, element(content)]
      })
      for (const pair of fields.sort(([a], [b]) => Buffer.compare(a, b))) for (const part of pair) feed(hash, part)
      return fields.length
    }
    case 'zset': {
      const members: [Buffer, Buffer][] = value.map(([member, score]: [Base64, number | string]) => {
        const bytes = Buffer.alloc(8)
        bytes.writeDoubleBE((score === 'inf' ? Infinity : score === '-inf' ? -Infinity : Number(score)) + 0)
        return [element(member), bytes]
      })
      for (const pair of members.sort(([a], [b]) => Buffer.compare(a, b))) for (const part of pair) feed(hash, part)
      return members.length
    }
    case 'stream':
      for (const [id, pairs] of (value as ExportedStream).entries) {
        feed(hash, Buffer.from(id))
        feed(hash, Buffer.from(String(pairs.length / 2)))
        for (const part of pairs) feed(hash, element(part))
      }
      return (value as ExportedStream).entries.length
    case 'array':
      for (const [index, content] of value) {
        feed(hash, Buffer.from(String(index)))
        feed(hash, element(content))
      }
      return value.length
    default:
      return 1
  }
}

function feed(hash: Hash, bytes: Buffer): void {
  const length = Buffer.alloc(8)
  length.writeUInt32BE(bytes.length, 4)
  hash.update(length).update(bytes)
}

function expiryDigest(expiries: [Buffer, number][]): string {
  const hash = createHash('sha256')
  for (const [field, when] of expiries.sort(([a], [b]) => Buffer.compare(a, b))) {
    feed(hash, field)
    feed(hash, Buffer.from(String(when)))
  }
  return hash.digest('hex')
}

/** All but the number of nodes, which the contents do not show. */
function streamFacts(stream: ExportedStream): NonNullable<KeyFacts['stream']> {
  const facts: Omit<NonNullable<KeyFacts['stream']>, 'radix-tree-keys'> = {
    length: stream.length,
    'last-generated-id': stream.lastId,
    ...(stream.maxDeletedId === null ? {} : { 'max-deleted-entry-id': stream.maxDeletedId }),
    ...(stream.entriesAdded === null ? {} : { 'entries-added': stream.entriesAdded }),
    ...(stream.firstId === null ? {} : { 'recorded-first-entry-id': stream.firstId }),
    groups: stream.groups.map(groupFacts),
  }
  return facts as NonNullable<KeyFacts['stream']>
}

function groupFacts(group: ExportedGroup): GroupFacts {
  return {
    name_b64: group.name,
    'last-delivered-id': group.lastId,
    'entries-read': group.entriesRead,
    'pel-count': group.pending.length,
    pel_ids: group.pending.map(([id]) => id),
    consumers: group.consumers.map((consumer) => {
      const pel = group.pending.filter(([, owner]) => owner === consumer.name)
      return {
        name_b64: consumer.name,
        'seen-time': consumer.seenTimeMs,
        ...(consumer.activeTimeMs === null ? {} : { 'active-time': consumer.activeTimeMs }),
        'pel-count': pel.length,
        pel: pel.map(([id, , time, count]) => [id, time, count]),
      }
    }),
  }
}
