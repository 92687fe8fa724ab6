import {
  type Container,
  PART,
  type PartRole,
  type RdbKey,
  type RdbString,
  type RedisType,
  STRING_FORM,
  type StreamId,
  type StreamInfo,
} from '../../parsers/index.js'
import { writeJsonKey } from '../../reports/json-key.js'
import type { Limits } from '../limits.js'
import { type Exporter, type ExporterOptions, omit, unsignedText } from './exporter.js'
import { HoldingWatch } from './holding-watch.js'
import { writeGroup, writeId, writeKnown } from './json-group.js'
import { type BinaryMode, JsonOut } from './json-out.js'
import { ModuleContent } from './module-content.js'

export interface JsonExportOptions extends ExporterOptions {
  /** `base64`: every key, field and value as base64. Default `text`. */
  readonly binary?: BinaryMode
  /** One array instead of one object per line. */
  readonly array?: boolean
  readonly limits?: Partial<Limits> | undefined
}

/** Depth of `JsonOut` inside the object of a key; the array around all of them is written by hand. */
const IN_KEY = 1
const NO_ROLE = -1

/**
 * The contents of a dump as JSON: one object per key with `db`, `key`, `type`, `expiresAtMs` and `value`.
 *
 * Elements go out as they are read, so that a collection of any size takes no memory. Held are only: the
 * name of the key, one consumer group, and a hash value above 1 MiB whose field has not been told yet.
 */
export class JsonlExporter extends HoldingWatch implements Exporter {
  keys = 0
  readonly omissions = new Map<string, number>()

  readonly #json: JsonOut
  readonly #binary: BinaryMode
  readonly #array: boolean
  readonly #accept: (key: RdbKey) => boolean
  readonly #module: ModuleContent

  #type: RedisType = 'string'
  /** The object of the last key is written but for its closing brace. */
  #lineOpen = false
  /** Between `key` and `endKey` of a key that is exported. */
  #inKey = false
  /** Between `key` and `endKey` of a key that is left out. */
  #skipping = false
  /** Whose pieces were written last, directly into the output. */
  #longRole: PartRole | typeof NO_ROLE = NO_ROLE
  /** The first half of a pair has been written from its pieces. */
  #pairOpen = false
  #memberExpiries = false
  #inPath = false
  #inEntry = false
  #inProducers = false

  constructor(options: JsonExportOptions = {}) {
    super()
    this.#binary = options.binary ?? 'text'
    this.#array = options.array ?? false
    this.#accept = options.accept ?? (() => true)
    this.#json = new JsonOut(this.#binary)
    this.#module = new ModuleContent(this.#json, options.limits)
  }

  override get wantsParts(): boolean {
    return true
  }

  take(): Uint8Array[] {
    return this.#json.out.take()
  }

  finish(problem?: Error): Uint8Array[] {
    if (this.#inKey) this.#closeValue(problem?.message)
    this.#closeLine()
    if (this.#array) this.#json.out.ascii(this.keys === 0 ? '[]\n' : '\n]\n')
    return this.#json.out.finish()
  }

  /** What the last dump left open ends here. */
  override beginDump(): void {
    super.beginDump()
    this.#skipping = false
    this.held.clear()
    if (this.#inKey) this.#closeValue('the dump ends within this value')
    this.#closeLine()
  }

  override key(key: RdbKey): boolean {
    this.#closeLine()
    this.#inKey = this.#accept(key)
    this.#skipping = !this.#inKey
    if (!this.#inKey) {
      this.held.clear()
      return false
    }
    const json = this.#json
    const { redisType } = key.layout
    const name = this.held.bytesOf(key.key, PART.key)
    if (this.#array) json.out.ascii(this.keys === 0 ? '[\n' : ',\n')
    this.keys++
    this.#lineOpen = true
    json.beginObject()
    json.name('db')
    json.integer(key.db)
    if (this.#binary === 'base64') {
      json.name('key')
      json.bytes(name)
    } else {
      json.out.byte(44)
      writeJsonKey(json.out, name, 0, name.length)
    }
    json.name('type')
    json.word(redisType)
    json.name('expiresAtMs')
    if (key.expiresAtMs === -1) json.null()
    else json.integer(key.expiresAtMs)
    json.name('value')
    this.#type = redisType
    if (redisType === 'stream') {
      json.beginObject()
      json.name('entries')
      json.beginArray()
    } else if (redisType === 'module') json.beginObject()
    else if (redisType !== 'string') json.beginArray()
    return true
  }

  override endKey(key: RdbKey): void {
    if (this.#inKey) this.#closeValue(key.damage?.message)
    this.#skipping = false
  }

  override container(_container: Container): boolean {
    return this.#inKey
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    if (this.#skipping) return
    if (!this.#streams(role)) {
      this.held.add(role, bytes, start, end)
      return
    }
    const json = this.#json
    if (role !== this.#longRole) {
      if (json.inLong) json.endLong()
      this.#longRole = role
      if (role === PART.field || (role === PART.member && this.#type === 'zset')) this.#openPair()
    }
    json.longPart(bytes, start, end)
  }

  override string(value: RdbString): void {
    this.#item(value)
  }

  override element(value: RdbString, expiresAtMs: number): void {
    const json = this.#json
    const expires = expiresAtMs !== -1
    if (expires && json.inLong) omit(this.omissions, 'expiry times of set members above 1 MiB')
    if (!expires || json.inLong) {
      this.#item(value)
      return
    }
    json.beginArray()
    json.string(value)
    json.integer(expiresAtMs)
    json.end()
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    const json = this.#json
    if (!this.#pairOpen) {
      this.#openPair()
      json.bytes(this.held.bytesOf(field, PART.field))
    }
    const isWritten = this.#longRole === PART.value
    if (json.inLong) json.endLong()
    if (!isWritten) json.bytes(this.held.bytesOf(value, PART.value))
    if (expiresAtMs !== -1) json.integer(expiresAtMs)
    this.#closePair()
  }

  override member(member: RdbString, score: number, _scoreText: RdbString | null): void {
    const json = this.#json
    if (!this.#pairOpen) {
      this.#openPair()
      json.string(member)
    } else if (json.inLong) json.endLong()
    json.score(score)
    this.#closePair()
  }

  override path(path: RdbString, _fields: number): void {
    const json = this.#json
    this.#closePath()
    json.beginArray()
    json.bytes(this.held.bytesOf(path, PART.element))
    json.beginArray()
    this.#inPath = true
  }

  override arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    const json = this.#json
    json.beginArray()
    json.digits(unsignedText(indexHigh, indexLow))
    json.bytes(this.held.bytesOf(value, PART.element))
    json.end()
  }

  override streamEntry(id: StreamId, _pairs: number): void {
    const json = this.#json
    this.#closeEntry()
    json.beginArray()
    json.word(id.toString())
    json.beginArray()
    this.#inEntry = true
  }

  override streamInfo(info: StreamInfo): void {
    const json = this.#json
    this.#closeEntry()
    json.end()
    json.name('length')
    json.integer(info.length)
    writeId(json, 'lastId', info.lastId)
    writeId(json, 'firstId', info.firstId)
    writeId(json, 'maxDeletedId', info.maxDeletedId)
    writeKnown(json, 'entriesAdded', info.entriesAdded)
    json.name('groups')
    json.beginArray()
  }

  override streamProducer(name: RdbString, _entries: number): void {
    const json = this.#json
    this.endGroup()
    if (this.#inProducers) {
      json.end()
      json.end()
    } else {
      json.end()
      json.name('producers')
      json.beginArray()
      this.#inProducers = true
    }
    json.beginObject()
    json.name('name')
    json.bytes(this.held.bytesOf(name, PART.other))
    json.name('entries')
    json.beginArray()
  }

  override streamProducerEntry(iid: RdbString, id: StreamId): void {
    const json = this.#json
    json.beginArray()
    json.bytes(this.held.bytesOf(iid, PART.other))
    json.word(id.toString())
    json.end()
  }

  override module(name: string, encver: number): void {
    super.module(name, encver)
    this.#module.begin(name, encver)
  }

  override moduleInteger(high: number, low: number): void {
    this.#module.integer(high, low)
  }

  override moduleDouble(value: number): void {
    this.#module.double(value)
  }

  override moduleString(value: RdbString): void {
    this.#module.string(this.held.bytesOf(value, PART.value), value.storedBytes)
  }

  /** KeyDB tells these behind the record, when the members are long gone: they become a list of their own. */
  override memberExpiry(member: RdbString, expiresAtMs: number): void {
    const name = this.held.bytesOf(member, PART.other)
    if (!this.#lineOpen) return
    const json = this.#json
    if (!this.#memberExpiries) {
      json.name('memberExpiries')
      json.beginArray()
      this.#memberExpiries = true
    }
    json.beginArray()
    json.bytes(name)
    json.integer(expiresAtMs)
    json.end()
  }

  /** Whether pieces of this role can be written at once, because all that stands before them is known. */
  #streams(role: PartRole): boolean {
    if (!this.#inKey) return false
    switch (role) {
      case PART.element:
      case PART.member:
        return this.#type === 'list' || this.#type === 'set' || this.#type === 'zset'
      case PART.field:
        return true
      case PART.value:
        return this.#type === 'string' || this.#pairOpen
      default:
        return false
    }
  }

  /** A string that may have been written already, piece by piece. */
  #item(value: RdbString): void {
    const json = this.#json
    if (value.form === STRING_FORM.streamed) {
      if (json.inLong) json.endLong()
      this.#longRole = NO_ROLE
    } else json.string(value)
  }

  /** Pairs are arrays, but for those of a stream entry, which stand in a row. */
  #openPair(): void {
    if (this.#type !== 'stream') this.#json.beginArray()
    this.#pairOpen = true
  }

  #closePair(): void {
    if (this.#type !== 'stream') this.#json.end()
    this.#pairOpen = false
    this.#longRole = NO_ROLE
  }

  #closePath(): void {
    if (!this.#inPath) return
    this.#inPath = false
    this.#json.end()
    this.#json.end()
  }

  #closeEntry(): void {
    if (!this.#inEntry) return
    this.#inEntry = false
    this.#json.end()
    this.#json.end()
  }

  protected override endGroup(): void {
    const group = this.group
    if (!group.open) return
    group.open = false
    writeGroup(this.#json, group)
  }

  /** Ends the value, whole or not. */
  #closeValue(damage: string | undefined): void {
    const json = this.#json
    this.#inKey = false
    if (damage === undefined) {
      if (this.#type === 'module') this.#module.end()
      this.endGroup()
    }
    this.group.open = false
    json.endTo(IN_KEY)
    if (damage !== undefined) {
      json.name('damage')
      json.text(damage)
    }
    this.#pairOpen = false
    this.#inPath = false
    this.#inEntry = false
    this.#inProducers = false
    this.#memberExpiries = false
    this.#longRole = NO_ROLE
    this.held.clear()
  }

  #closeLine(): void {
    if (!this.#lineOpen) return
    this.#lineOpen = false
    this.#json.endTo(IN_KEY)
    this.#json.end()
    if (!this.#array) this.#json.out.byte(10)
  }
}
