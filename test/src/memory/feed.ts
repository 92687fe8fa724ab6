import {
  type Container,
  type RdbKey,
  RdbString,
  type StreamConsumer,
  type StreamGroup,
  StreamId,
} from '../../../parsers/index.js'
import { ENCODINGS } from '../../../src/batch.js'
import { modelById } from '../../../src/memory/models/index.js'
import { KeySizer } from '../../../src/memory/sizer.js'
import { PackedSize } from '../../../src/memory/structs/packed.js'
import { createTarget, type TargetOptions } from '../../../src/memory/target.js'

export type Text = string | number

/** A value as a dump holds it, told element by element. */
export type Value =
  | { readonly string: Text }
  | { readonly list: readonly Text[] }
  | { readonly set: readonly Text[] }
  | { readonly hash: readonly (readonly [Text, Text])[] }
  | { readonly zset: readonly (readonly [Text, number])[] }
  | { readonly expiringHash: readonly (readonly [Text, Text, number])[] }
  | { readonly stream: StreamValue }

export interface StreamValue {
  /** Entry IDs `ms-seq`, each with the same one field. */
  readonly entries: readonly (readonly [number, number, Text])[]
  readonly field: string
  readonly groups?: readonly { readonly name: string; readonly consumers: Readonly<Record<string, number>> }[]
}

const ENTRIES_PER_NODE = 100

export function sizerFor(id: string, options: TargetOptions = {}): KeySizer {
  const model = modelById(id)
  if (model === undefined) throw new Error(`no model ${id}`)
  return new KeySizer(createTarget(model, options))
}

export function text(value: Text): RdbString {
  const bytes = new TextEncoder().encode(String(value))
  const string = new RdbString()
  string.setRaw(bytes, 0, bytes.length, bytes.length + 1)
  return string
}

/** Prices one key; the sizer keeps the result. */
export function price(sizer: KeySizer, key: string, value: Value, expiresAtMs = -1): KeySizer {
  const [typeId, redisType, elements] = shape(value)
  const rdbKey = {
    db: 0,
    key: text(key),
    layout: { typeId, redisType, name: typeId === 24 ? 'hash-metadata' : redisType },
    expiresAtMs,
    elements,
  } as unknown as RdbKey
  sizer.begin(rdbKey)
  send(sizer, value)
  sizer.end(rdbKey)
  return sizer
}

export function encodingOf(sizer: KeySizer): string {
  return ENCODINGS[sizer.encoding]!
}

function shape(value: Value): [typeId: number, redisType: string, elements: number] {
  if ('string' in value) return [0, 'string', 1]
  if ('list' in value) return [1, 'list', value.list.length]
  if ('set' in value) return [2, 'set', value.set.length]
  if ('hash' in value) return [4, 'hash', value.hash.length]
  if ('zset' in value) return [5, 'zset', value.zset.length]
  if ('expiringHash' in value) return [24, 'hash', value.expiringHash.length]
  return [21, 'stream', value.stream.entries.length]
}

function send(sizer: KeySizer, value: Value): void {
  if ('string' in value) sizer.string(text(value.string))
  else if ('list' in value) {
    sizer.count(value.list.length)
    for (const element of value.list) sizer.element(text(element), -1)
  } else if ('set' in value) {
    sizer.count(value.set.length)
    for (const member of value.set) sizer.element(text(member), -1)
  } else if ('hash' in value) {
    sizer.count(value.hash.length)
    for (const [field, content] of value.hash) sizer.field(text(field), text(content), -1)
  } else if ('expiringHash' in value) {
    sizer.count(value.expiringHash.length)
    for (const [field, content, expiry] of value.expiringHash) sizer.field(text(field), text(content), expiry)
  } else if ('zset' in value) {
    sizer.count(value.zset.length)
    for (const [member, score] of value.zset) sizer.member(text(member), score, null)
  } else sendStream(sizer, value.stream)
}

function sendStream(sizer: KeySizer, stream: StreamValue): void {
  for (let first = 0; first < stream.entries.length; first += ENTRIES_PER_NODE) {
    const entries = stream.entries.slice(first, first + ENTRIES_PER_NODE)
    sizer.streamNode(streamId(entries[0]![0], entries[0]![1]))
    const bytes = streamListpackBytes(stream.field, entries)
    sizer.container({
      kind: 'listpack',
      bytes,
      lzfBytes: 0,
      entries: -1,
      payloadBytes: 0,
      longestEntryBytes: 0,
    } as Container)
    for (const entry of entries) {
      sizer.streamEntry(streamId(entry[0], entry[1]), 1)
      sizer.field(text(stream.field), text(entry[2]), -1)
    }
  }
  for (const group of stream.groups ?? []) {
    const pending = Object.values(group.consumers).reduce((a, b) => a + b, 0)
    sizer.streamGroup({ name: text(group.name), pending } as unknown as StreamGroup)
    for (const [ms, seq] of stream.entries.slice(0, pending)) sizer.streamPending(streamId(ms, seq), 0, 1)
    let next = 0
    for (const [name, own] of Object.entries(group.consumers)) {
      sizer.streamConsumer({ name: text(name), pending: own } as unknown as StreamConsumer)
      for (const [ms, seq] of stream.entries.slice(next, next + own)) sizer.streamConsumerPending(streamId(ms, seq))
      next += own
    }
  }
}

/** Master entry, then flags, ID difference, value and entry length for each entry. */
function streamListpackBytes(field: string, entries: StreamValue['entries']): number {
  const size = new PackedSize('listpack')
  const number = (value: number): void => size.add(0, value)
  number(entries.length)
  number(0)
  number(1)
  size.add(field.length, Number.NaN)
  number(0)
  for (const [ms, seq, content] of entries) {
    number(2)
    number(ms - entries[0]![0])
    number(seq - entries[0]![1])
    const value = Number(content)
    size.add(String(content).length, value)
    number(4)
  }
  return size.bytes
}

function streamId(ms: number, seq: number): StreamId {
  const id = new StreamId()
  id.set(Math.floor(ms / 4294967296), ms, 0, seq)
  return id
}
