import {
  type Container,
  PART,
  type PartRole,
  type RdbKey,
  type RdbString,
  type RedisType,
  type StreamConsumer,
  type StreamGroup,
  StreamId,
  type StreamInfo,
} from '../../parsers/index.js'
import { ENCODINGS } from '../batch.js'
import type { DumpFacts } from '../dump-facts.js'
import { HoldingWatch } from '../export/holding-watch.js'
import { JsonOut } from '../export/json-out.js'
import { ModuleContent } from '../export/module-content.js'
import type { KeyFilter } from '../filters.js'
import { KeySizer } from '../memory/sizer.js'
import type { Target } from '../memory/target.js'
import type { EntryStreamGroup, EntryString, RdbEntry } from './types.js'

/** What a value is gathered in before its entry is made. */
interface Gathered<S> {
  string: S | null
  elements: S[]
  pairs: [S, S][]
  scores: [S, number][]
  indexed: [bigint, S][]
  expiries: [S, number][]
  streamEntries: { id: string; fields: [S, S][] }[]
  stream: {
    length: number
    lastId: string
    firstId: string | null
    maxDeletedId: string | null
    entriesAdded: number | null
  }
  groups: EntryStreamGroup<EntryString>[]
}

export interface EntryBuilderOptions<S extends EntryString> {
  /** Makes what the user sees of a string; the bytes are valid during the call. */
  readonly decode: (bytes: Uint8Array) => S
  readonly filter: KeyFilter
  /** Asked before the first key. */
  readonly targetFor: (facts: DumpFacts, clusterSeen: boolean) => Target
}

/** Arrays only for what the type has: most keys are strings. */
function gatheredFor<S extends EntryString>(type: RedisType): Gathered<S> {
  const none: never[] = NONE
  const isStream = type === 'stream'
  return {
    string: null,
    elements: type === 'list' || type === 'set' ? [] : none,
    pairs: type === 'hash' ? [] : none,
    scores: type === 'zset' ? [] : none,
    indexed: type === 'array' ? [] : none,
    expiries: type === 'set' || type === 'hash' || type === 'zset' ? [] : none,
    streamEntries: isStream ? [] : none,
    groups: isStream ? [] : none,
    stream: NO_STREAM,
  }
}

const NONE: never[] = []
const NO_STREAM = { length: 0, lastId: '0-0', firstId: null, maxDeletedId: null, entriesAdded: null } as const

/** Builds one object per key from the parser's events, priced. */
export class EntryBuilder<S extends EntryString> extends HoldingWatch {
  readonly #options: EntryBuilderOptions<S>
  readonly #decode: (bytes: Uint8Array) => S
  readonly #id = new StreamId()
  #finished: RdbEntry<S>[] = []
  /** The last entry: expiry times of its members may still come (KeyDB). */
  #last: RdbEntry<S> | null = null
  #sizer: KeySizer | null = null
  /** False inside a container whose entries the sizer does not ask for. */
  #sizes = true
  #inKey = false
  /** Between `key` and `endKey` of a key that is left out. */
  #skipping = false
  #clusterSeen = false
  #type: RedisType = 'string'
  #key!: S
  #value!: Gathered<S>
  #module: { readonly json: JsonOut; readonly content: ModuleContent } | null = null

  constructor(options: EntryBuilderOptions<S>) {
    super()
    this.#options = options
    this.#decode = options.decode
  }

  override get wantsParts(): boolean {
    return true
  }

  get hasFinished(): boolean {
    return this.#finished.length > 0
  }

  /** Entries that are complete. */
  take(): readonly RdbEntry<S>[] {
    const entries = this.#finished
    this.#finished = []
    return entries
  }

  /** The dump is over, as it should be or not: the last entry is complete. */
  finish(): void {
    if (this.#last !== null) this.#finished.push(this.#last)
    this.#last = null
  }

  override slotInfo(): void {
    this.#clusterSeen = true
  }

  override key(key: RdbKey): boolean {
    this.finish()
    this.#sizer ??= new KeySizer(this.#options.targetFor(this.facts, this.#clusterSeen))
    const { filter } = this.#options
    this.#inKey = filter.acceptsAll || filter.acceptsKey(key)
    this.#skipping = !this.#inKey
    if (!this.#inKey) {
      this.held.clear()
      return false
    }
    this.#sizer.begin(key)
    this.#sizes = true
    this.#type = key.layout.redisType
    this.#key = this.#decode(this.held.bytesOf(key.key, PART.key))
    this.#value = gatheredFor(this.#type)
    this.#module = null
    return true
  }

  override endKey(key: RdbKey): void {
    this.#skipping = false
    if (!this.#inKey) return
    this.#inKey = false
    this.endGroup()
    this.held.clear()
    const sizer = this.#sizer!
    sizer.end(key)
    const { filter } = this.#options
    if (!filter.acceptsSize(sizer.ramBytes)) return
    const entry = {
      db: key.db,
      key: this.#key,
      type: this.#type,
      encoding: ENCODINGS[sizer.encoding]!,
      ramBytes: sizer.ramBytes,
      memoryUsageBytes: sizer.memoryUsageBytes < 0 ? null : sizer.memoryUsageBytes,
      payloadBytes: sizer.payloadBytes,
      rdbBytes: key.rdbBytes,
      elements: key.elements,
      expiresAtMs: known(key.expiresAtMs),
      idleSeconds: known(key.idleSeconds),
      freq: known(key.freq),
      offset: key.offset,
      damage: key.damage,
      value: this.#entryValue(),
    }
    const { expiries } = this.#value
    this.#last = (expiries === NONE ? entry : Object.assign(entry, { expiries })) as RdbEntry<S>
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    if (!this.#skipping) this.held.add(role, bytes, start, end)
  }

  override string(value: RdbString): void {
    this.#value.string = this.#text(value, PART.value)
    this.#sizer!.string(value)
  }

  override count(elements: number): void {
    this.#sizer!.count(elements)
  }

  override nodes(nodes: number): void {
    this.#sizer!.nodes(nodes)
  }

  override container(container: Container): boolean {
    this.#sizes = this.#sizer!.container(container)
    return true
  }

  override containerEnd(container: Container): void {
    this.#sizer!.containerEnd(container)
    this.#sizes = true
  }

  override element(value: RdbString, expiresAtMs: number): void {
    const element = this.#text(value, PART.element)
    this.#value.elements.push(element)
    if (expiresAtMs !== -1) this.#value.expiries.push([element, expiresAtMs])
    if (this.#sizes) this.#sizer!.element(value, expiresAtMs)
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    const name = this.#text(field, PART.field)
    const pair: [S, S] = [name, this.#text(value, PART.value)]
    if (this.#type === 'stream') this.#value.streamEntries.at(-1)?.fields.push(pair)
    else this.#value.pairs.push(pair)
    if (expiresAtMs !== -1) this.#value.expiries.push([name, expiresAtMs])
    if (this.#sizes) this.#sizer!.field(field, value, expiresAtMs)
  }

  override member(member: RdbString, score: number, scoreText: RdbString | null): void {
    this.#value.scores.push([this.#text(member, PART.member), score])
    if (this.#sizes) this.#sizer!.member(member, score, scoreText)
  }

  override path(path: RdbString, fields: number): void {
    this.held.clear()
    this.#sizer!.path(path, fields)
  }

  override arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    const index = (BigInt(indexHigh >>> 0) << 32n) | BigInt(indexLow >>> 0)
    this.#value.indexed.push([index, this.#text(value, PART.element)])
    this.#sizer!.arrayElement(indexHigh, indexLow, value)
  }

  override streamNode(masterId: StreamId): void {
    this.#sizer!.streamNode(masterId)
  }

  override streamEntry(id: StreamId, pairs: number): void {
    this.#value.streamEntries.push({ id: id.toString(), fields: [] })
    if (this.#sizes) this.#sizer!.streamEntry(id, pairs)
  }

  override streamInfo(info: StreamInfo): void {
    const { length, lastId, firstId, maxDeletedId, entriesAdded } = info
    this.#value.stream = {
      ...{ length, entriesAdded, lastId: lastId.toString() },
      ...{ firstId: firstId?.toString() ?? null, maxDeletedId: maxDeletedId?.toString() ?? null },
    }
    this.#sizer!.streamInfo(info)
  }

  override streamGroup(group: StreamGroup): void {
    super.streamGroup(group)
    this.#sizer!.streamGroup(group)
  }

  override streamPending(id: StreamId, deliveryTimeMs: number, deliveryCount: number): void {
    super.streamPending(id, deliveryTimeMs, deliveryCount)
    this.#sizer!.streamPending(id, deliveryTimeMs, deliveryCount)
  }

  override streamConsumer(consumer: StreamConsumer): void {
    super.streamConsumer(consumer)
    this.#sizer!.streamConsumer(consumer)
  }

  override streamConsumerPending(id: StreamId): void {
    super.streamConsumerPending(id)
    this.#sizer!.streamConsumerPending(id)
  }

  override streamNacked(id: StreamId): void {
    this.#sizer!.streamNacked(id)
  }

  override streamProducer(name: RdbString, entries: number): void {
    this.held.take(PART.other)
    this.#sizer!.streamProducer(name, entries)
  }

  override streamProducerEntry(iid: RdbString, id: StreamId): void {
    this.held.take(PART.other)
    this.#sizer!.streamProducerEntry(iid, id)
  }

  override module(name: string, encver: number): void {
    super.module(name, encver)
    const json = new JsonOut('text')
    json.beginObject()
    this.#module = { json, content: new ModuleContent(json) }
    this.#module.content.begin(name, encver)
    this.#sizer!.module(name, encver)
  }

  override moduleInteger(high: number, low: number): void {
    this.#module?.content.integer(high, low)
    this.#sizer!.moduleInteger(high, low)
  }

  override moduleDouble(value: number): void {
    this.#module?.content.double(value)
    this.#sizer!.moduleDouble(value)
  }

  override moduleString(value: RdbString): void {
    this.#module?.content.string(this.held.bytesOf(value, PART.value), value.storedBytes)
    this.#sizer!.moduleString(value)
  }

  override memberExpiry(member: RdbString, expiresAtMs: number): void {
    const name = this.#text(member, PART.other)
    const entry = this.#last
    if (entry !== null && 'expiries' in entry) (entry.expiries as [S, number][]).push([name, expiresAtMs])
  }

  #text(string: RdbString, role: PartRole): S {
    return this.#decode(this.held.bytesOf(string, role))
  }

  protected override endGroup(): void {
    const group = this.group
    if (!group.open) return
    group.open = false
    const { pending } = group
    const consumers = group.consumers.map(({ name, seenTimeMs, activeTimeMs }) => ({
      ...{ name: this.#decode(name), seenTimeMs, activeTimeMs },
    }))
    this.#value.groups.push({
      name: this.#decode(group.name),
      lastId: group.lastId.toString(),
      entriesRead: group.entriesRead,
      pending: Array.from({ length: pending.length }, (_, at) => ({
        id: pending.idAt(at, this.#id).toString(),
        consumer: consumers[pending.owner(at)]?.name ?? null,
        deliveryTimeMs: pending.deliveryTimeMs(at),
        deliveryCount: pending.deliveryCount(at),
      })),
      consumers,
    })
  }

  #entryValue(): unknown {
    const value = this.#value
    switch (this.#type) {
      case 'string':
        return value.string ?? this.#decode(new Uint8Array(0))
      case 'list':
      case 'set':
        return value.elements
      case 'hash':
        return value.pairs
      case 'zset':
        return value.scores
      case 'array':
        return value.indexed
      case 'stream':
        return { entries: value.streamEntries, ...value.stream, groups: value.groups }
      case 'module':
        return this.#moduleValue()
    }
  }

  #moduleValue(): object {
    const module = this.#module
    if (module === null) return { module: '', encver: 0, bytes: 0 }
    module.content.end()
    module.json.endTo(0)
    return JSON.parse(Buffer.concat(module.json.out.finish()).toString()) as object
  }
}

/** -1 stands for "the dump does not say" in columns and events. */
function known(value: number): number | null {
  return value === -1 ? null : value
}
