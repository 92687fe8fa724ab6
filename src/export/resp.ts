import {
  type Container,
  PART,
  type PartRole,
  type RdbKey,
  type RdbString,
  type RedisType,
  STRING_FORM,
  StreamId,
  type StreamInfo,
} from '../../parsers/index.js'
import { ByteWriter } from '../../reports/byte-writer.js'
import { type Exporter, type ExporterOptions, omit, unsignedText } from './exporter.js'
import { HoldingWatch } from './holding-watch.js'
import { RespCommand } from './resp-command.js'

/** A collection goes out in commands of at most so many elements and about so many bytes. */
const ELEMENTS_PER_COMMAND = 256
const BYTES_PER_COMMAND = 64 * 1024

/** The command that adds elements, by type. */
const ADD: Partial<Record<RedisType, string>> = {
  list: 'RPUSH',
  set: 'SADD',
  zset: 'ZADD',
  hash: 'HSET',
  array: 'ARMSET',
}

/**
 * The contents of a dump as commands for `redis-cli --pipe`, to fill an empty server.
 *
 * Commands are those of the data: field expiry needs Redis 7.4 or Valkey 9.0, arrays Redis 8.8, streams that
 * lost entries Redis 7.0. What no command can bring back is counted in `omissions`: module values, the expiry
 * of single set members, pending entries without a consumer, producers, and when a consumer was last seen.
 * A server from 7.0 on also drops pending entries whose stream entry was deleted.
 * Keys whose time is over vanish as soon as they are there.
 */
export class RespExporter extends HoldingWatch implements Exporter {
  keys = 0
  readonly omissions = new Map<string, number>()

  readonly #out = new ByteWriter()
  readonly #accept: (key: RdbKey) => boolean
  readonly #id = new StreamId()
  /** Elements of the key at hand, not sent yet. */
  readonly #command = new RespCommand()
  /** Expiry of the fields in `#command`: whole commands, sent behind it. */
  #expiries = new ByteWriter(4096)
  readonly #other = new RespCommand()

  #db = -1
  #key: Uint8Array = new Uint8Array(0)
  #type: RedisType = 'string'
  #expiresAtMs = -1
  #inKey = false
  /** Between `key` and `endKey` of a key that is left out. */
  #skipping = false
  /** Pieces of a long string value have been sent. */
  #appending = false
  #elements = 0
  /** Fields of the stream entry at hand that are still to come. */
  #entryPairs = 0
  #streamEntries = 0
  /** The stream was written by Redis 7.0 or later, so that XGROUP CREATECONSUMER is there. */
  #knowsConsumers = false
  /** Fields to come that belong to a path. */
  #pathFields = 0

  constructor(options: ExporterOptions = {}) {
    super()
    this.#accept = options.accept ?? (() => true)
  }

  override get wantsParts(): boolean {
    return true
  }

  take(): Uint8Array[] {
    return this.#out.take()
  }

  finish(_problem?: Error): Uint8Array[] {
    if (this.#inKey) this.#finishKey()
    return this.#out.finish()
  }

  /** What the last dump left open ends here. */
  override beginDump(): void {
    super.beginDump()
    this.#skipping = false
    this.held.clear()
    if (this.#inKey) this.#finishKey()
  }

  override aux(name: RdbString, value: RdbString): void {
    // Before 7.0 scripts were kept in the dump, so that replicas know EVALSHA.
    const isScript = name.form !== STRING_FORM.streamed && name.length === 3 && isLua(name.view())
    if (isScript) this.#other.begin('SCRIPT', LOAD).raw(this.held.bytesOf(value, PART.other)).send(this.#out)
    super.aux(name, value)
  }

  override functionLibrary(code: RdbString): void {
    this.#other.begin('FUNCTION', LOAD).text('REPLACE').raw(this.held.bytesOf(code, PART.other)).send(this.#out)
    super.functionLibrary(code)
  }

  override key(key: RdbKey): boolean {
    const { redisType } = key.layout
    this.#inKey = this.#accept(key)
    if (this.#inKey && redisType === 'module') {
      omit(this.omissions, 'values of modules')
      this.#inKey = false
    }
    this.#skipping = !this.#inKey
    if (!this.#inKey) {
      this.held.clear()
      return false
    }
    this.#key = this.held.bytesOf(key.key, PART.key).slice()
    this.#type = redisType
    this.#expiresAtMs = key.expiresAtMs
    this.#elements = 0
    this.#streamEntries = 0
    this.#appending = false
    this.keys++
    this.select(key.db)
    return true
  }

  /** Commands from here on are for that database. */
  select(db: number): void {
    if (db === this.#db) return
    this.#db = db
    this.#other.clear()
    this.#other.text('SELECT').number(db).send(this.#out)
  }

  /** One command of any kind, name first, between two keys. */
  command(...words: readonly (string | Uint8Array)[]): void {
    this.#other.clear()
    for (const word of words) {
      if (typeof word === 'string') this.#other.text(word)
      else this.#other.raw(word)
    }
    this.#other.send(this.#out)
  }

  override endKey(_key: RdbKey): void {
    if (this.#inKey) this.#finishKey()
    this.#skipping = false
  }

  override container(_container: Container): boolean {
    return this.#inKey
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    if (this.#skipping) return
    if (this.#inKey && role === PART.value && this.#type === 'string') {
      // The length of the whole is not known yet, so that the value grows by APPEND.
      const name = this.#appending ? 'APPEND' : 'SET'
      this.#appending = true
      this.#other.begin(name, this.#key).raw(bytes, start, end).send(this.#out)
    } else this.held.add(role, bytes, start, end)
  }

  override string(value: RdbString): void {
    if (value.form !== STRING_FORM.streamed) this.#other.begin('SET', this.#key).string(value).send(this.#out)
  }

  override element(value: RdbString, expiresAtMs: number): void {
    this.#beginElement()
    this.#command.raw(this.held.bytesOf(value, PART.element))
    this.#endElement()
    if (expiresAtMs !== -1) omit(this.omissions, 'expiry times of set members')
  }

  override field(field: RdbString, value: RdbString, expiresAtMs: number): void {
    if (this.#pathFields > 0) {
      this.#pathFields--
      this.held.clear()
      return
    }
    const command = this.#command
    const name = this.held.bytesOf(field, PART.field)
    if (this.#type === 'stream') {
      if (this.#entryPairs === 0) return
      command.raw(name).raw(this.held.bytesOf(value, PART.value))
      this.#entryPairs--
      if (this.#entryPairs === 0) command.send(this.#out)
      return
    }
    this.#beginElement()
    command.raw(name)
    if (expiresAtMs !== -1) {
      const expiry = this.#other.begin('HPEXPIREAT', this.#key)
      expiry.number(expiresAtMs).text('FIELDS').text('1').raw(name).send(this.#expiries)
    }
    command.raw(this.held.bytesOf(value, PART.value))
    this.#endElement()
  }

  override member(member: RdbString, score: number, _scoreText: RdbString | null): void {
    const name = this.held.bytesOf(member, PART.member)
    if (Number.isNaN(score)) {
      omit(this.omissions, 'members of sorted sets whose score is not a number')
      return
    }
    this.#beginElement()
    this.#command.text(Number.isFinite(score) ? shortest(score) : score > 0 ? 'inf' : '-inf').raw(name)
    this.#endElement()
  }

  override path(_path: RdbString, fields: number): void {
    // No released server has a command for them; the fields that follow belong to the path.
    omit(this.omissions, 'paths of path hashes')
    this.held.clear()
    this.#pathFields = fields
  }

  override arrayElement(indexHigh: number, indexLow: number, value: RdbString): void {
    this.#beginElement()
    this.#command.text(unsignedText(indexHigh, indexLow)).raw(this.held.bytesOf(value, PART.element))
    this.#endElement()
  }

  override streamEntry(id: StreamId, pairs: number): void {
    this.#command.begin('XADD', this.#key).text(id.toString())
    this.#entryPairs = pairs
    this.#streamEntries++
  }

  override streamInfo(info: StreamInfo): void {
    this.#command.clear()
    if (this.#streamEntries === 0) this.#makeEmptyStream()
    const lastId = info.lastId.toString()
    const { maxDeletedId, entriesAdded } = info
    this.#knowsConsumers = maxDeletedId !== null
    if (lastId === '0-0') return
    this.#other.begin('XSETID', this.#key).text(lastId)
    // Both options came with Redis 7.0, as did the layouts that have the numbers.
    if (entriesAdded !== null && maxDeletedId !== null) {
      this.#other.text('ENTRIESADDED').number(entriesAdded).text('MAXDELETEDID').text(maxDeletedId.toString())
    }
    this.#other.send(this.#out)
  }

  override streamProducer(_name: RdbString, _entries: number): void {
    omit(this.omissions, 'producers of streams')
    this.held.clear()
  }

  override memberExpiry(_member: RdbString, _expiresAtMs: number): void {
    omit(this.omissions, 'expiry times of set members')
    this.held.clear()
  }

  #beginElement(): void {
    if (this.#command.isEmpty) this.#command.begin(ADD[this.#type] ?? 'SADD', this.#key)
  }

  #endElement(): void {
    this.#elements++
    if (this.#elements >= ELEMENTS_PER_COMMAND || this.#command.bytes >= BYTES_PER_COMMAND) this.#sendElements()
  }

  #sendElements(): void {
    if (!this.#command.isEmpty) this.#command.send(this.#out)
    this.#elements = 0
    for (const bytes of this.#expiries.finish()) this.#out.copy(bytes)
  }

  /** A group is created with its stream, and destroyed again: there is no command for an empty stream. */
  #makeEmptyStream(): void {
    this.#other.begin('XGROUP', CREATE).raw(this.#key).text('rdblens').text('0').text('MKSTREAM').send(this.#out)
    this.#other.begin('XGROUP', DESTROY).raw(this.#key).text('rdblens').send(this.#out)
  }

  protected override endGroup(): void {
    const group = this.group
    if (!group.open) return
    group.open = false
    const out = this.#out
    this.#other.begin('XGROUP', CREATE).raw(this.#key).raw(group.name).text(group.lastId.toString())
    if (group.entriesRead !== null) this.#other.text('ENTRIESREAD').number(group.entriesRead)
    this.#other.send(out)
    for (const consumer of group.consumers) {
      // XCLAIM makes consumers too, and older servers know nothing else; 7.0 does not for entries that were deleted.
      if (consumer.pending > 0 && !this.#knowsConsumers) continue
      this.#other.begin('XGROUP', CREATECONSUMER).raw(this.#key).raw(group.name).raw(consumer.name).send(out)
    }
    const { pending } = group
    for (let at = 0; at < pending.length; at++) {
      const owner = group.consumers[pending.owner(at)]
      if (owner === undefined) {
        omit(this.omissions, 'pending entries without a consumer')
        continue
      }
      const claim = this.#other.begin('XCLAIM', this.#key).raw(group.name).raw(owner.name).text('0')
      claim.text(pending.idAt(at, this.#id).toString()).text('TIME').number(pending.deliveryTimeMs(at))
      claim.text('RETRYCOUNT').number(pending.deliveryCount(at)).text('FORCE').text('JUSTID').send(out)
    }
  }

  #finishKey(): void {
    this.#inKey = false
    // An entry whose fields did not all come is left out; it is the last one of a damaged stream.
    if (this.#type === 'stream') this.#command.clear()
    this.#entryPairs = 0
    this.#pathFields = 0
    this.#sendElements()
    this.endGroup()
    if (this.#expiresAtMs !== -1) {
      this.#other.begin('PEXPIREAT', this.#key).number(this.#expiresAtMs).send(this.#out)
    }
    this.held.clear()
  }
}

const LOAD = new TextEncoder().encode('LOAD')
const CREATE = new TextEncoder().encode('CREATE')
const DESTROY = new TextEncoder().encode('DESTROY')
const CREATECONSUMER = new TextEncoder().encode('CREATECONSUMER')

function isLua(bytes: Uint8Array): boolean {
  return bytes[0] === 108 && bytes[1] === 117 && bytes[2] === 97
}

/** The shortest decimal that reads back to the same double. */
function shortest(score: number): string {
  return Object.is(score, -0) ? '-0' : String(score)
}
