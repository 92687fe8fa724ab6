import type {
  Container,
  PartRole,
  RdbKey,
  RdbString,
  StreamConsumer,
  StreamGroup,
  StreamId,
  StreamInfo,
  ValueLayout,
} from '../../parsers/index.js'
import { TYPE } from '../batch.js'
import { Costs } from './costs.js'
import { Tally } from './tally.js'
import type { Target } from './target.js'
import { type HashLayout, HashSizer } from './values/hash.js'
import { ListSizer } from './values/list.js'
import { OtherSizer } from './values/other.js'
import { SetSizer } from './values/set.js'
import { StreamSizer } from './values/stream.js'
import { StringSizer } from './values/string.js'
import { ZsetSizer } from './values/zset.js'

/** Names of layouts that have room for an expiry per field. */
const EXPIRY_LAYOUTS: ReadonlySet<string> = new Set([
  'hash-metadata',
  'hash-metadata-rc',
  'hash-listpack-ex',
  'hash-listpack-ex-rc',
  'hash2',
  'hash-with-expiry',
])

/**
 * Prices one key after the other on a target, from the events of the parser.
 *
 * `begin`, the value's events, `end`; then the results stand in the fields of `Tally` until the next `begin`. Memory is
 * bounded whatever the size of a value: sums are kept for each encoding the value may end in, and the choice is made at
 * the end.
 */
export class KeySizer extends Tally {
  readonly costs: Costs
  readonly #strings: StringSizer
  readonly #lists: ListSizer
  readonly #sets: SetSizer
  readonly #hashes: HashSizer
  readonly #zsets: ZsetSizer
  readonly #streams: StreamSizer
  readonly #others: OtherSizer

  #layout: ValueLayout | null = null
  #type = 0
  #typeId = 0
  #hashLayout: HashLayout = 'plain'
  #keyLength = 0
  #hasExpiry = 0

  constructor(readonly target: Target) {
    super()
    this.costs = new Costs(target)
    this.#strings = new StringSizer(this.costs, this)
    this.#lists = new ListSizer(this.costs, this)
    this.#sets = new SetSizer(this.costs, this)
    this.#hashes = new HashSizer(this.costs, this)
    this.#zsets = new ZsetSizer(this.costs, this)
    this.#streams = new StreamSizer(this.costs, this)
    this.#others = new OtherSizer(this.costs, this)
  }

  /** RDB type of the key at hand. */
  get typeId(): number {
    return this.#typeId
  }

  /** Code of `TYPE` of the key at hand. */
  get type(): number {
    return this.#type
  }

  get keyLength(): number {
    return this.#keyLength
  }

  get hasExpiry(): boolean {
    return this.#hasExpiry === 1
  }

  /** What the value was made of, for `explain`. */
  get list(): ListSizer {
    return this.#lists
  }

  /** For hashes that are priced from sums. */
  get hash(): HashSizer {
    return this.#hashes
  }

  get stream(): StreamSizer {
    return this.#streams
  }

  begin(key: RdbKey): void {
    const { layout } = key
    this.#beginKey(key)
    switch (this.#type) {
      case TYPE.string:
        break
      case TYPE.list:
        this.#lists.begin(layout.typeId)
        break
      case TYPE.set:
        this.#sets.begin()
        break
      case TYPE.zset:
        this.#zsets.begin()
        break
      case TYPE.hash:
        this.#hashes.begin(this.#hashLayout)
        break
      case TYPE.stream:
        this.#streams.begin()
        break
      default:
        this.#others.begin()
    }
  }

  #beginKey({ key, layout, expiresAtMs }: RdbKey): void {
    if (layout !== this.#layout) {
      this.#layout = layout
      this.#type = TYPE[layout.redisType]
      this.#typeId = layout.typeId
      this.#hashLayout = hashLayout(layout.name)
    }
    this.clear()
    this.#keyLength = key.length
    this.#hasExpiry = expiresAtMs >= 0 ? 1 : 0
  }

  /**
   * Prices a key whose value is one container by the sums of that, in place of `begin` to `end`; false where the target
   * needs its entries.
   */
  pricePacked(key: RdbKey, container: Container): boolean {
    this.#beginKey(key)
    const keyLength = this.#keyLength
    const hasExpiry = this.#hasExpiry
    const isPriced =
      this.#type === TYPE.hash
        ? this.#hashLayout === 'plain' && this.#hashes.sizeBlob(container, keyLength, hasExpiry)
        : this.#type === TYPE.set && this.#sets.sizeBlob(container, keyLength, hasExpiry)
    if (!this.target.model.hasMemoryUsage) this.memoryUsageBytes = -1
    return isPriced
  }

  /** Prices a string key by what its price depends on, in place of `begin`, `string` and `end`. */
  priceString(nameLength: number, hasExpiry: number, value: RdbString): void {
    this.clear()
    this.#strings.size(nameLength, hasExpiry, value)
    if (!this.target.model.hasMemoryUsage) this.memoryUsageBytes = -1
  }

  string(value: RdbString): void {
    if (this.#type === TYPE.string) this.#strings.size(this.#keyLength, this.#hasExpiry, value)
  }

  count(elements: number): void {
    if (this.#type === TYPE.hash) this.#hashes.count(elements)
    else if (this.#type === TYPE.zset) this.#zsets.count(elements)
    else if (this.#type === TYPE.set) this.#sets.count(elements)
  }

  /** True while nothing matters of the elements of the value at hand but how long they are. */
  get takesLengths(): boolean {
    if (this.#type === TYPE.set) return this.#sets.takesLengths
    return this.#type === TYPE.zset && this.#zsets.takesLengths
  }

  /** Elements, or members with scores, in place of `element` and `member`. Only where it `takesLengths`. */
  lengths(lengths: Int32Array, count: number): void {
    if (this.#type === TYPE.set) this.#sets.lengths(lengths, count)
    else this.#zsets.lengths(lengths, count)
  }

  nodes(_nodes: number): void {}

  /** True when the entries are needed one by one. */
  container(container: Container): boolean {
    switch (this.#type) {
      case TYPE.list:
        return this.#lists.container(container)
      case TYPE.set:
        return this.#sets.container(container)
      case TYPE.hash:
        return this.#hashes.container(container)
      case TYPE.zset:
        return this.#zsets.container(container)
      case TYPE.stream:
        return this.#streams.container(container)
      default:
        return true
    }
  }

  containerEnd(container: Container): void {
    if (this.#type === TYPE.list) this.#lists.containerEnd(container)
    else if (this.#type === TYPE.set) this.#sets.containerEnd(container)
    else if (this.#type === TYPE.hash) this.#hashes.containerEnd(container)
  }

  element(value: RdbString, expiresAtMs: number): void {
    if (expiresAtMs >= 0) this.hasFieldExpiry = true
    if (this.#type === TYPE.list) this.#lists.element(value)
    else if (this.#type === TYPE.set) this.#sets.element(value)
  }

  field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    if (this.#type === TYPE.hash) this.#hashes.field(field, value, expiresAtMs)
    else if (this.#type === TYPE.stream) this.#streams.field(field, value)
  }

  member(member: RdbString, score: number, scoreText: RdbString | null): void {
    if (this.#type === TYPE.zset) this.#zsets.member(member, score, scoreText)
  }

  path(path: RdbString, _fields: number): void {
    this.#hashes.path(path)
  }

  arrayElement(_indexHigh: number, _indexLow: number, value: RdbString): void {
    this.#others.element(value)
  }

  streamNode(masterId: StreamId): void {
    this.#streams.node(masterId)
  }

  streamEntry(_id: StreamId, _pairs: number): void {}

  streamInfo(_info: StreamInfo): void {}

  streamGroup(group: StreamGroup): void {
    this.#streams.group(group)
  }

  streamPending(id: StreamId, _deliveryTimeMs: number, _deliveryCount: number): void {
    this.#streams.pending(id)
  }

  streamConsumer(consumer: StreamConsumer): void {
    this.#streams.consumer(consumer)
  }

  streamConsumerPending(id: StreamId): void {
    this.#streams.consumerPending(id)
  }

  streamNacked(_id: StreamId): void {}

  streamProducer(name: RdbString, _entries: number): void {
    this.#streams.producer(name)
  }

  streamProducerEntry(iid: RdbString, _id: StreamId): void {
    this.#streams.producerEntry(iid)
  }

  module(_name: string, _encver: number): void {}

  moduleInteger(_high: number, _low: number): void {
    this.#others.number()
  }

  moduleDouble(_value: number): void {
    this.#others.number()
  }

  moduleString(value: RdbString): void {
    this.#others.text(value)
  }

  /** Pieces of long strings; their length comes with the event that follows. */
  part(_role: PartRole, _bytes: Uint8Array, _start: number, _end: number): void {}

  end(key: RdbKey): void {
    const keyLength = this.#keyLength
    const hasExpiry = this.#hasExpiry
    switch (this.#type) {
      case TYPE.string:
        // A damaged value may have ended before its string came.
        if (this.ramBytes === 0) this.#strings.missing(keyLength, hasExpiry)
        break
      case TYPE.list:
        this.#lists.end(keyLength, hasExpiry, key.elements)
        break
      case TYPE.set:
        this.#sets.end(keyLength, hasExpiry)
        break
      case TYPE.zset:
        this.#zsets.end(keyLength, hasExpiry)
        break
      case TYPE.hash:
        this.#hashes.end(keyLength, hasExpiry)
        break
      case TYPE.stream:
        this.#streams.end(keyLength, hasExpiry)
        break
      case TYPE.array:
        this.#others.endArray(keyLength, hasExpiry)
        break
      default:
        this.#others.endModule(keyLength, hasExpiry)
    }
    if (!this.target.model.hasMemoryUsage) this.memoryUsageBytes = -1
  }
}

function hashLayout(name: string): HashLayout {
  if (EXPIRY_LAYOUTS.has(name)) return 'expiry'
  if (name.startsWith('hash-template')) return 'template'
  return name === 'path-hash' ? 'paths' : 'plain'
}
