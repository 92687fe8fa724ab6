import { createHash, type Hash } from 'node:crypto'
import {
  type DialectName,
  IgnoreAll,
  PART,
  type PartRole,
  type RdbEnd,
  type RdbHeader,
  type RdbKey,
  RdbParser,
  type RdbString,
  type RdbWarning,
  type RedisType,
  STRING_FORM,
  type StreamConsumer,
  type StreamGroup,
  type StreamId,
  type StreamInfo,
} from '../../parsers/index.js'

export interface ConsumerFacts {
  name_b64: string
  'seen-time': number
  /** -1: never active; absent in layouts before stream v3. */
  'active-time'?: number
  'pel-count': number
  /** ID, delivery time in ms, delivery count. */
  pel: [string, number, number][]
}

export interface GroupFacts {
  name_b64: string
  'last-delivered-id': string
  'entries-read': number | null
  'pel-count': number
  pel_ids: string[]
  consumers: ConsumerFacts[]
}

/** Named as in XINFO STREAM. */
export interface StreamFacts {
  length: number
  'radix-tree-keys': number
  'last-generated-id': string
  'max-deleted-entry-id'?: string
  'entries-added'?: number
  'recorded-first-entry-id'?: string
  groups: GroupFacts[]
}

/** What is said about one key, in the words of the samples' `.expected.json`. */
export interface KeyFacts {
  db: number
  key_b64: string
  type: RedisType
  /** Name of the value layout in the file. */
  layout: string
  /** As `endKey` says. */
  elements: number
  /** As many as events came. */
  elementsSeen: number
  /** Sum and maximum of the byte lengths of all elements. */
  value_bytes: number
  longest_element: number
  /** Canonical digest of the contents, see samples/README.md; of modules the digest of their pieces. */
  sha256: string
  pexpiretime: number | null
  idletime: number | null
  freq: number | null
  fields_with_expiry: number
  field_expiries_sha256: string | null
  /** KeyDB: member in base64, absolute ms. */
  member_expiries: [string, number][]
  stream: StreamFacts | null
  module: string | null
  slot: number | null
  offset: number
  rdbBytes: number
  damage: string | null
}

export interface DumpFacts {
  rdbVersion: number
  dialect: DialectName | null
  keys: KeyFacts[]
  aux: [string, string][]
  functions: string[]
  warnings: string[]
  end: RdbEnd | null
}

/**
 * A visitor that keeps what is said about a dump and the canonical digest of each value.
 *
 * L(x) is the length of x as 8 bytes, big endian, then x. A string is digested as it is; a list as L(e) in
 * list order; a set as L(member) in byte order; a hash as L(field) L(value) in byte order of the fields; a
 * zset as L(member) L(score as 8 bytes, big endian) in byte order of the members; a stream as, per entry,
 * L("ms-seq") L(number of pairs as text) and L(name) L(value) per pair.
 */
export class DigestVisitor extends IgnoreAll {
  override get wantsParts(): boolean {
    return true
  }
  readonly facts: DumpFacts = {
    rdbVersion: 0,
    dialect: null,
    keys: [],
    aux: [],
    functions: [],
    warnings: [],
    end: null,
  }

  #key: KeyFacts | null = null
  #hash: Hash = createHash('sha256')
  /** Sets, hashes and zsets are digested in byte order: [what orders, what follows it]. */
  #sorted: [Buffer, Buffer | null][] = []
  #expiries: [Buffer, number][] = []
  #group: GroupFacts | null = null
  #consumer: ConsumerFacts | null = null
  #pending = new Map<string, [number, number]>()
  /** Pieces of long strings, until the event that shows the string. */
  #parts = new Map<PartRole, Buffer[]>()

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    const pieces = this.#parts.get(role) ?? []
    this.#parts.set(role, pieces)
    pieces.push(Buffer.from(bytes.subarray(start, end)))
  }

  override header(header: RdbHeader): void {
    this.facts.rdbVersion = header.rdbVersion
  }

  override dialect(name: DialectName): void {
    this.facts.dialect = name
  }

  override aux(name: RdbString, value: RdbString): void {
    this.facts.aux.push([this.#text(name, PART.other), this.#text(value, PART.other)])
  }

  override functionLibrary(code: RdbString): void {
    this.facts.functions.push(this.#text(code, PART.other))
  }

  override warning(warning: RdbWarning): void {
    this.facts.warnings.push(`${warning.code}: ${warning.message} (byte ${warning.at.offset})`)
  }

  override end(end: RdbEnd): void {
    this.facts.end = { ...end }
  }

  override key(key: RdbKey): boolean {
    this.#hash = createHash('sha256')
    this.#sorted = []
    this.#expiries = []
    this.#key = {
      db: key.db,
      key_b64: this.#copy(key.key, PART.key).toString('base64'),
      type: key.layout.redisType,
      layout: key.layout.name,
      elements: -1,
      elementsSeen: 0,
      value_bytes: 0,
      longest_element: 0,
      sha256: '',
      pexpiretime: key.expiresAtMs === -1 ? null : key.expiresAtMs,
      idletime: key.idleSeconds === -1 ? null : key.idleSeconds,
      freq: key.freq === -1 ? null : key.freq,
      fields_with_expiry: 0,
      field_expiries_sha256: null,
      member_expiries: [],
      stream: key.layout.redisType === 'stream' ? emptyStream() : null,
      module: null,
      slot: key.announcedSlot === -1 ? null : key.announcedSlot,
      offset: key.offset,
      rdbBytes: 0,
      damage: null,
    }
    return true
  }

  override endKey(key: RdbKey): void {
    const facts = this.#current()
    this.#sorted.sort(([a], [b]) => Buffer.compare(a, b))
    for (const [name, value] of this.#sorted) {
      digestPart(this.#hash, name)
      if (value !== null) digestPart(this.#hash, value)
    }
    facts.sha256 = this.#hash.digest('hex')
    if (this.#expiries.length > 0) {
      this.#expiries.sort(([a], [b]) => Buffer.compare(a, b))
      const hash = createHash('sha256')
      for (const [field, when] of this.#expiries) {
        digestPart(hash, field)
        digestPart(hash, Buffer.from(String(when)))
      }
      facts.fields_with_expiry = this.#expiries.length
      facts.field_expiries_sha256 = hash.digest('hex')
    }
    facts.elements = key.elements
    facts.rdbBytes = key.rdbBytes
    facts.damage = key.damage === null ? null : key.damage.message
    this.facts.keys.push(facts)
  }

  override string(value: RdbString): void {
    this.#hash.update(this.#copy(value, PART.value))
    this.#seen(1, value.length)
  }

  override element(value: RdbString, expiresAtMs: number): void {
    const bytes = this.#copy(value, this.#current().type === 'set' ? PART.member : PART.element)
    if (this.#current().type === 'list') digestPart(this.#hash, bytes)
    else this.#sorted.push([bytes, null])
    if (expiresAtMs !== -1) this.#expiries.push([bytes, expiresAtMs])
    this.#seen(1, bytes.length)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    const name = this.#copy(field, PART.field)
    const content = this.#copy(value, PART.value)
    if (this.#current().type === 'stream') {
      digestPart(this.#hash, name)
      digestPart(this.#hash, content)
      this.#seen(0, name.length, content.length)
      return
    }
    this.#sorted.push([name, content])
    if (expiresAtMs !== -1) this.#expiries.push([name, expiresAtMs])
    this.#seen(1, name.length, content.length)
  }

  override member(member: RdbString, score: number): void {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(score + 0) // -0 + 0 is +0
    const name = this.#copy(member, PART.member)
    this.#sorted.push([name, bytes])
    this.#seen(1, name.length)
  }

  override streamNode(): void {
    this.#stream()['radix-tree-keys']++
  }

  override streamEntry(id: StreamId, pairs: number): void {
    digestPart(this.#hash, Buffer.from(id.toString()))
    digestPart(this.#hash, Buffer.from(String(pairs)))
    this.#seen(1)
  }

  override streamInfo(info: StreamInfo): void {
    const stream = this.#stream()
    stream.length = info.length
    stream['last-generated-id'] = info.lastId.toString()
    if (info.maxDeletedId !== null) stream['max-deleted-entry-id'] = info.maxDeletedId.toString()
    if (info.entriesAdded !== null) stream['entries-added'] = info.entriesAdded
    if (info.firstId !== null) stream['recorded-first-entry-id'] = info.firstId.toString()
  }

  override streamGroup(group: StreamGroup): void {
    this.#group = {
      name_b64: this.#copy(group.name, PART.other).toString('base64'),
      'last-delivered-id': group.lastId.toString(),
      'entries-read': group.entriesRead === -1 ? null : group.entriesRead,
      'pel-count': group.pending,
      pel_ids: [],
      consumers: [],
    }
    this.#pending.clear()
    this.#stream().groups.push(this.#group)
  }

  override streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    this.#group?.pel_ids.push(id.toString())
    this.#pending.set(id.toString(), [deliveryTimeMs, deliveryCount])
  }

  override streamConsumer(consumer: StreamConsumer): void {
    this.#consumer = {
      name_b64: this.#copy(consumer.name, PART.other).toString('base64'),
      'seen-time': consumer.seenTimeMs,
      ...(consumer.activeTimeMs === null ? {} : { 'active-time': consumer.activeTimeMs }),
      'pel-count': consumer.pending,
      pel: [],
    }
    this.#group?.consumers.push(this.#consumer)
  }

  override streamConsumerPending(id: StreamId): void {
    const [time, count] = this.#pending.get(id.toString()) ?? [Number.NaN, Number.NaN]
    this.#consumer?.pel.push([id.toString(), time, count])
  }

  override path(path: RdbString): void {
    digestPart(this.#hash, this.#copy(path, PART.other))
  }

  override arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    digestPart(this.#hash, Buffer.from(String((BigInt(indexHigh >>> 0) << 32n) | BigInt(indexLow >>> 0))))
    digestPart(this.#hash, this.#copy(value, PART.element))
    this.#seen(1, value.length)
  }

  override module(name: string): void {
    this.#current().module = name
    this.#seen(1)
  }

  override moduleInteger(high: number, low: number): void {
    this.#hash.update(`${high >>> 0}:${low >>> 0} `)
  }

  override moduleDouble(value: number): void {
    this.#hash.update(`${value} `)
  }

  override moduleString(value: RdbString): void {
    digestPart(this.#hash, this.#copy(value, PART.other))
  }

  override memberExpiry(member: RdbString, expiresAtMs: number): void {
    // Stands behind its key in the file.
    this.#current().member_expiries.push([this.#copy(member, PART.other).toString('base64'), expiresAtMs])
  }

  #current(): KeyFacts {
    if (this.#key === null) throw new Error('an event of a key came before any key')
    return this.#key
  }

  #stream(): StreamFacts {
    const { stream } = this.#current()
    if (stream === null) throw new Error('a stream event came for another type')
    return stream
  }

  #seen(elements: number, ...lengths: number[]): void {
    const facts = this.#current()
    facts.elementsSeen += elements
    for (const length of lengths) {
      facts.value_bytes += length
      facts.longest_element = Math.max(facts.longest_element, length)
    }
  }

  #text(string: RdbString, role: PartRole): string {
    return this.#copy(string, role).toString('latin1')
  }

  #copy(string: RdbString, role: PartRole): Buffer {
    if (string.form !== STRING_FORM.streamed) return Buffer.from(string.view())
    const bytes = Buffer.concat(this.#parts.get(role) ?? [])
    this.#parts.delete(role)
    if (bytes.length !== string.length) {
      throw new Error(`a string of ${string.length} bytes came in parts of ${bytes.length} bytes, role ${role}`)
    }
    return bytes
  }
}

function emptyStream(): StreamFacts {
  return { length: 0, 'radix-tree-keys': 0, 'last-generated-id': '', groups: [] }
}

function digestPart(hash: Hash, bytes: Uint8Array): void {
  const length = Buffer.alloc(8)
  length.writeUInt32BE(bytes.length, 4)
  hash.update(length).update(bytes)
}

/** Reads a dump from memory, whole or in chunks. Each chunk lies in a buffer of its own that is spoiled afterwards. */
export function factsOf(bytes: Uint8Array, chunkBytes = bytes.length): DumpFacts {
  const visitor = new DigestVisitor()
  const parser = new RdbParser(visitor)
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = Uint8Array.from(bytes.subarray(at, at + chunkBytes)) // a copy; slice() of a Buffer would be a view
    parser.push(chunk)
    chunk.fill(0xa5)
  }
  parser.end()
  return visitor.facts
}
