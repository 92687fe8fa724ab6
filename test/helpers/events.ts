import { createHash, type Hash } from 'node:crypto'
import {
  type Container,
  type DialectName,
  PART,
  type ParserOptions,
  type PartRole,
  type RdbEnd,
  RdbError,
  type RdbHeader,
  type RdbKey,
  RdbParser,
  type RdbString,
  type RdbVisitor,
  type RdbWarning,
  STRING_FORM,
  type StreamConsumer,
  type StreamGroup,
  type StreamId,
  type StreamInfo,
} from '../../parsers/index.js'

/** One visitor call as a plain object: the first name says which. */
export type RdbEvent = Readonly<Record<string, unknown>>

export interface EventOptions extends ParserOptions {
  /** Size of the chunks; default: everything at once. */
  readonly chunkBytes?: number
  /** What `RdbVisitor.key` answers; default true. */
  readonly wantKey?: boolean
  readonly wantsElements?: boolean
  readonly wantsParts?: boolean
  /** What `RdbVisitor.container` answers; default true. */
  readonly wantContainer?: boolean
}

/** Everything the parser tells about a dump. Throws the RdbError it ends with. */
export function events(bytes: Uint8Array, options: EventOptions = {}): RdbEvent[] {
  const outcome = read(bytes, options)
  if (outcome.error !== null) throw outcome.error
  return outcome.events
}

/** What is told between `key` and `endKey`. */
export function contents(bytes: Uint8Array, options: EventOptions = {}): RdbEvent[] {
  let inside = false
  return events(bytes, options).filter((event) => {
    if ('key' in event) inside = true
    if ('endKey' in event) inside = false
    return inside && !('key' in event)
  })
}

export interface Outcome {
  readonly events: RdbEvent[]
  readonly error: RdbError | null
  /** Bytes that belong to the dump, as `push` counted them. */
  readonly consumed: number
}

/** The events up to the end or the RdbError; any other error is thrown. */
export function read(bytes: Uint8Array, options: EventOptions = {}): Outcome {
  const recorder = new EventRecorder(options)
  const parser = new RdbParser(recorder, options)
  const chunkBytes = options.chunkBytes ?? bytes.length
  let consumed = 0
  try {
    for (let at = 0; at < bytes.length && !parser.done; at += chunkBytes) {
      const chunk = bytes.slice(at, at + chunkBytes)
      consumed += parser.push(chunk)
      // The chunk is ours again: whoever still looks at it shall notice.
      chunk.fill(0xaa)
    }
    parser.end()
  } catch (error) {
    if (!(error instanceof RdbError)) throw error
    return { events: recorder.events, error, consumed }
  }
  return { events: recorder.events, error: null, consumed }
}

/** The events of the payload of `DUMP`. */
export function payloadEvents(payload: Uint8Array, key = 'key', options: EventOptions = {}): RdbEvent[] {
  const recorder = new EventRecorder(options)
  new RdbParser(recorder, options).readDumpPayload(payload, new TextEncoder().encode(key))
  return recorder.events
}

/** Texts longer than this are shown by their beginning, length and digest. */
const SHOWN_BYTES = 100

/** Text of bytes, one character per byte; what is long by beginning, length and digest. */
export function shown(bytes: Uint8Array): string {
  const { buffer, byteOffset, length } = bytes
  if (length <= SHOWN_BYTES) return Buffer.from(buffer, byteOffset, length).toString('latin1')
  return shownByDigest(bytes, length, createHash('sha256').update(bytes))
}

function shownByDigest(head: Uint8Array, length: number, hash: Hash): string {
  const text = Buffer.from(head.subarray(0, 16)).toString('latin1')
  return `${text}... ${length} bytes, sha256 ${hash.digest('hex').slice(0, 16)}`
}

/** What has come of a long string so far. */
class Parts {
  readonly head = new Uint8Array(SHOWN_BYTES)
  readonly hash = createHash('sha256')
  length = 0

  add(bytes: Uint8Array): void {
    if (this.length < SHOWN_BYTES) this.head.set(bytes.subarray(0, SHOWN_BYTES - this.length), this.length)
    this.hash.update(bytes)
    this.length += bytes.length
  }
}

/** Keeps every event as a plain object. Parts of long strings are joined, so that chunks leave no trace. */
export class EventRecorder implements RdbVisitor {
  readonly events: RdbEvent[] = []
  readonly #options: EventOptions
  readonly #parts = new Map<PartRole, Parts>()

  constructor(options: EventOptions = {}) {
    this.#options = options
  }

  get wantsElements(): boolean {
    return this.#options.wantsElements ?? true
  }

  get wantsParts(): boolean {
    return this.#options.wantsParts ?? true
  }

  header({ magic, rdbVersion }: RdbHeader): void {
    this.#add({ header: magic, rdbVersion })
  }
  dialect(name: DialectName): void {
    this.#add({ dialect: name })
  }
  aux(name: RdbString, value: RdbString): void {
    this.#add({ aux: this.#text(name, PART.other), value: this.#text(value, PART.other) })
  }
  selectDb(db: number): void {
    this.#add({ selectDb: db })
  }
  resizeDb(keys: number, expires: number): void {
    this.#add({ resizeDb: keys, expires })
  }
  slotInfo(slot: number, keys: number, expires: number): void {
    this.#add({ slotInfo: slot, keys, expires })
  }
  functionLibrary(code: RdbString): void {
    this.#add({ functionLibrary: this.#text(code, PART.other) })
  }
  moduleAux(module: string, encver: number): void {
    this.#add({ moduleAux: module, encver })
  }

  key(key: RdbKey): boolean {
    this.#add({
      key: this.#text(key.key, PART.key),
      layout: key.layout.name,
      db: key.db,
      offset: key.offset,
      ...(key.expiresAtMs >= 0 && { expiresAtMs: key.expiresAtMs }),
      ...(key.idleSeconds >= 0 && { idleSeconds: key.idleSeconds }),
      ...(key.freq >= 0 && { freq: key.freq }),
      ...(key.announcedSlot >= 0 && { slot: key.announcedSlot }),
    })
    return this.#options.wantKey ?? true
  }
  endKey(key: RdbKey): void {
    this.#add({
      endKey: key.key.form === STRING_FORM.streamed ? key.key.length : this.#text(key.key, PART.key),
      elements: key.elements,
      rdbBytes: key.rdbBytes,
      ...(key.damage !== null && { damage: key.damage.code }),
    })
  }

  part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    let parts = this.#parts.get(role)
    if (parts === undefined) {
      parts = new Parts()
      this.#parts.set(role, parts)
    }
    parts.add(bytes.subarray(start, end))
  }

  string(value: RdbString): void {
    this.#add({ string: this.#text(value, PART.value) })
  }
  count(elements: number): void {
    this.#add({ count: elements })
  }
  nodes(nodes: number): void {
    this.#add({ nodes })
  }
  container({ kind, bytes, lzfBytes, entries }: Container): boolean {
    this.#add({ container: kind, bytes, ...(lzfBytes > 0 && { lzfBytes }), entries })
    return this.#options.wantContainer ?? true
  }
  containerEnd({ kind, entries, payloadBytes, longestEntryBytes }: Container): void {
    this.#add({ containerEnd: kind, entries, payloadBytes, longestEntryBytes })
  }
  element(value: RdbString, expiresAtMs: number): void {
    this.#add({ element: this.#text(value, PART.element), ...(expiresAtMs >= 0 && { expiresAtMs }) })
  }
  field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    this.#add({
      field: this.#text(field, PART.field),
      value: this.#text(value, PART.value),
      ...(expiresAtMs >= 0 && { expiresAtMs }),
    })
  }
  member(member: RdbString, score: number, scoreText: RdbString | null): void {
    this.#add({
      member: this.#text(member, PART.member),
      score,
      ...(scoreText !== null && { scoreText: this.#text(scoreText, PART.other) }),
    })
  }
  path(path: RdbString, fields: number): void {
    this.#add({ path: this.#text(path, PART.other), fields })
  }
  arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    const index = (BigInt(indexHigh >>> 0) << 32n) | BigInt(indexLow >>> 0)
    this.#add({ index: String(index), value: this.#text(value, PART.element) })
  }

  streamNode(masterId: StreamId): void {
    this.#add({ streamNode: String(masterId) })
  }
  streamEntry(id: StreamId, pairs: number): void {
    this.#add({ streamEntry: String(id), pairs })
  }
  streamInfo({ length, lastId, firstId, maxDeletedId, entriesAdded, groups }: StreamInfo): void {
    this.#add({
      streamLength: length,
      lastId: String(lastId),
      ...(firstId !== null && { firstId: String(firstId) }),
      ...(maxDeletedId !== null && { maxDeletedId: String(maxDeletedId) }),
      ...(entriesAdded !== null && { entriesAdded }),
      groups,
    })
  }
  streamGroup({ name, lastId, entriesRead, pending }: StreamGroup): void {
    this.#add({
      group: this.#text(name, PART.other),
      lastId: String(lastId),
      ...(entriesRead !== null && { entriesRead }),
      pending,
    })
  }
  streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    this.#add({ pending: String(id), deliveryTimeMs, deliveryCount })
  }
  streamConsumer({ name, seenTimeMs, activeTimeMs, pending }: StreamConsumer): void {
    this.#add({
      consumer: this.#text(name, PART.other),
      seenTimeMs,
      ...(activeTimeMs !== null && { activeTimeMs }),
      pending,
    })
  }
  streamConsumerPending(id: StreamId): void {
    this.#add({ consumerPending: String(id) })
  }
  streamNacked(id: StreamId): void {
    this.#add({ nacked: String(id) })
  }
  streamProducer(name: RdbString, entries: number): void {
    this.#add({ producer: this.#text(name, PART.other), entries })
  }
  streamProducerEntry(iid: RdbString, id: StreamId): void {
    this.#add({ producerEntry: this.#text(iid, PART.other), id: String(id) })
  }

  module(name: string, encver: number): void {
    this.#add({ module: name, encver })
  }
  moduleInteger(high: number, low: number): void {
    this.#add({ moduleInteger: String((BigInt(high) << 32n) | BigInt(low >>> 0)) })
  }
  moduleDouble(value: number): void {
    this.#add({ moduleDouble: value })
  }
  moduleString(value: RdbString): void {
    this.#add({ moduleString: this.#text(value, PART.value) })
  }
  memberExpiry(member: RdbString, expiresAtMs: number): void {
    this.#add({ memberExpiry: this.#text(member, PART.other), expiresAtMs })
  }

  warning({ code, message, at }: RdbWarning): void {
    this.#add({ warning: code, message, at })
  }
  end({ endOffset, checksum }: RdbEnd): void {
    this.#add({ end: endOffset, checksum })
  }

  /** Strings that were streamed but never told about. There must be none. */
  get looseParts(): number {
    return this.#parts.size
  }

  #add(event: RdbEvent): void {
    this.events.push(event)
  }

  #text(string: RdbString, role: PartRole): string {
    if (string.form !== STRING_FORM.streamed) return shown(string.view())
    const parts = this.#parts.get(role)
    this.#parts.delete(role)
    if (parts === undefined) return `${string.length} bytes, not shown`
    if (parts.length !== string.length) throw new Error(`${parts.length} bytes of ${string.length} were shown`)
    const head = parts.head.subarray(0, parts.length)
    return parts.length <= SHOWN_BYTES ? shown(head) : shownByDigest(head, parts.length, parts.hash)
  }
}
