import type { PackedReader } from '../packed/reader.js'
import type { RdbString } from '../strings.js'
import { PART } from '../visitor.js'
import type { ValueDecoder, ValueReader } from './reader.js'
import { shortString } from './shapes.js'

/** What one name costs beside its bytes. */
const NAME_OVERHEAD_BYTES = 128

/** Field names announced by HASH_TEMPLATE records, by template id. */
export class HashTemplates {
  readonly #byId = new Map<number, readonly Uint8Array[]>()
  /** Names being collected, of a record or of a value with names of its own. */
  #names: Uint8Array[] = []
  #announcedBytes = 0
  #collectedBytes = 0

  /** @param mostBytes all names kept at a time: those of the announced templates, and those of the value being read */
  constructor(readonly mostBytes: number) {}

  /** Forgets names that were collected for the value before, or for a damaged one. */
  begin(): void {
    this.#names = []
    this.#collectedBytes = 0
  }

  /** Knows what another one knows. */
  copyFrom(other: HashTemplates): void {
    this.#byId.clear()
    for (const [id, names] of other.#byId) this.#byId.set(id, names)
    this.#announcedBytes = other.#announcedBytes
  }

  get collected(): readonly Uint8Array[] {
    return this.#names
  }

  get(id: number): readonly Uint8Array[] | undefined {
    return this.#byId.get(id)
  }

  /** Announces the collected names as a template. False when the id is taken. */
  announce(id: number): boolean {
    if (this.#byId.has(id)) return false
    this.#byId.set(id, this.#names)
    this.#announcedBytes += this.#collectedBytes
    this.begin()
    return true
  }

  /** Adds a name, which must come behind those collected before. */
  collect(reader: ValueReader, name: RdbString): void {
    this.#collectedBytes += name.length + NAME_OVERHEAD_BYTES
    if (this.#announcedBytes + this.#collectedBytes > this.mostBytes) {
      const what = `the field names of the hash templates take more than ${this.mostBytes} bytes (limit template-bytes)`
      reader.fail({ code: 'limit', what })
    }
    const bytes = name.view().slice()
    const before = this.#names[this.#names.length - 1]
    if (before !== undefined && !ascending(before, bytes)) {
      reader.fail({ code: 'bad-value', what: 'the fields of a hash template are not in ascending order' })
    }
    this.#names.push(bytes)
  }
}

/** Shorter before longer, equal length by bytes. */
function ascending(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return a.length < b.length
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!
  return false
}

/**
 * HASH_TEMPLATE record (opcode 242, RDB 15): `length id, length n, n strings`. May be entered again.
 */
export function readTemplateRecord(reader: ValueReader): void {
  const { cursor, frame, a, templates } = reader
  if (!frame.begun) {
    frame.inner = cursor.length()
    frame.remaining = cursor.length()
    if (frame.remaining === 0) failEmpty(reader)
    templates.begin()
    frame.begun = true
    cursor.commit()
  }
  while (frame.remaining > 0) {
    shortString(reader, a, 'a field name of a hash template')
    frame.remaining--
    templates.collect(reader, a)
    cursor.commit()
  }
  if (!templates.announce(frame.inner)) {
    reader.fail({ code: 'bad-value', what: `hash template ${frame.inner} is announced twice` })
  }
}

const STAGE = { fieldsFormat: 0, fieldsPacked: 1, fieldsPlain: 2, values: 3 } as const

/**
 * Hashes with their field names in a template (RDB 15):
 *
 *     29  field names, listpack [placeholder, values]      31  field names, strings
 *     30  listpack [template id, values]                   32  length template id, strings
 *
 * Field names: 0 and a listpack, or 1, length n, n strings.
 */
function templateHash(typeId: number, name: string, ownFields: boolean, packedValues: boolean): ValueDecoder {
  return {
    typeId,
    name,
    redisType: 'hash',
    read(reader) {
      const { frame, cursor } = reader
      if (!frame.begun) {
        if (ownFields) readOwnFields(reader)
        else if (packedValues) frame.stage = STAGE.values
        else {
          useTemplate(reader, cursor.length())
          frame.stage = STAGE.values
        }
        // Without the names nobody knows how many values follow.
        if (!packedValues && reader.damage !== null) throw reader.damage
        frame.begun = true
        frame.remaining = reader.templateFields.length
        cursor.commit()
        if (!packedValues) {
          reader.elements = frame.remaining
          if (!reader.skim) reader.visitor.count(frame.remaining)
        }
      }
      if (packedValues) reader.elements = Math.max(0, reader.packed('listpack', ownFields ? walkOwn : walkReferred) - 1)
      else readPlainValues(reader)
    },
  }
}

export const templateLayouts: readonly ValueDecoder[] = [
  templateHash(29, 'hash-template-listpack', true, true),
  templateHash(30, 'hash-template-listpack-ref', false, true),
  templateHash(31, 'hash-template-array', true, false),
  templateHash(32, 'hash-template-array-ref', false, false),
]

function useTemplate(reader: ValueReader, id: number): void {
  const fields = reader.templates.get(id)
  if (fields === undefined) reader.fail({ code: 'bad-value', what: `hash template ${id} was not announced` })
  reader.templateFields = fields
}

function failEmpty(reader: ValueReader): never {
  reader.fail({ code: 'bad-value', what: 'a hash template without fields' })
}

function readOwnFields(reader: ValueReader): void {
  const { frame, cursor, a, templates } = reader
  if (frame.stage === STAGE.fieldsFormat) {
    const format = cursor.length()
    if (format > 1) reader.fail({ code: 'bad-value', what: `field names of a template in form ${format}` })
    if (format === 1) frame.remaining = cursor.length()
    reader.templates.begin()
    frame.stage = format === 0 ? STAGE.fieldsPacked : STAGE.fieldsPlain
    cursor.commit()
  }
  if (frame.stage === STAGE.fieldsPacked) reader.hiddenPacked('listpack', collectPacked)
  while (frame.stage === STAGE.fieldsPlain && frame.remaining > 0) {
    shortString(reader, a, 'a field name')
    frame.remaining--
    templates.collect(reader, a)
    cursor.commit()
  }
  reader.templateFields = templates.collected
  if (reader.templateFields.length === 0 && reader.damage === null) failEmpty(reader)
  frame.stage = STAGE.values
}

function collectPacked(reader: ValueReader, packed: PackedReader): void {
  while (packed.more()) {
    if (!packed.string(reader.a)) packed.fail('a field name is longer than 1 MiB')
    reader.templates.collect(reader, reader.a)
    packed.commit()
  }
}

function walkOwn(reader: ValueReader, packed: PackedReader): void {
  walkValues(reader, packed, false)
}

function walkReferred(reader: ValueReader, packed: PackedReader): void {
  walkValues(reader, packed, true)
}

/** `[id, value, value ...]` */
function walkValues(reader: ValueReader, packed: PackedReader, referred: boolean): void {
  const { frame, b, c, visitor } = reader
  if (packed.walked === 0) {
    if (!packed.string(b) || !b.isInteger) packed.fail('the template id is missing')
    if (referred) useTemplate(reader, b.intValue())
    packed.commit()
  }
  const names = reader.templateFields
  while (frame.phase > 0 || packed.more()) {
    const name = names[packed.walked - 1]
    if (name === undefined) packed.fail('it has more values than its template has fields')
    if (frame.phase === 1 || !packed.string(b)) {
      frame.phase = 1
      packed.longString(b, PART.value)
      frame.phase = 0
    }
    packed.commit()
    c.setRaw(name, 0, name.length, 0)
    visitor.field(c, b, -1)
  }
  if (packed.walked - 1 !== names.length) packed.fail('it has fewer values than its template has fields')
}

function readPlainValues(reader: ValueReader): void {
  const { frame, cursor, b, c, visitor } = reader
  const names = reader.templateFields
  while (frame.remaining > 0) {
    if (frame.phase === 1 || !cursor.string(b)) {
      frame.phase = 1
      cursor.longString(b, PART.value)
      frame.phase = 0
    }
    const name = names[names.length - frame.remaining]!
    frame.remaining--
    cursor.commit()
    if (reader.skim) continue
    c.setRaw(name, 0, name.length, 0)
    visitor.field(c, b, -1)
  }
}
