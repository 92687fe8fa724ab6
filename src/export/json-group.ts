import { StreamId } from '../../parsers/index.js'
import type { HeldGroup } from './group.js'
import type { JsonOut } from './json-out.js'

const scratchId = new StreamId()

/** `{name, lastId, entriesRead, pending: [[id, consumer, deliveryTimeMs, deliveryCount]], consumers: [...]}` */
export function writeGroup(json: JsonOut, group: HeldGroup): void {
  const { pending, consumers } = group
  json.beginObject()
  json.name('name')
  json.bytes(group.name)
  writeId(json, 'lastId', group.lastId)
  writeKnown(json, 'entriesRead', group.entriesRead)
  json.name('pending')
  json.beginArray()
  for (let at = 0; at < pending.length; at++) {
    json.beginArray()
    json.word(pending.idAt(at, scratchId).toString())
    const owner = consumers[pending.owner(at)]
    // Stream v5 has entries that were given back and wait for a new consumer.
    if (owner === undefined) json.null()
    else json.bytes(owner.name)
    json.integer(pending.deliveryTimeMs(at))
    json.integer(pending.deliveryCount(at))
    json.end()
  }
  json.end()
  json.name('consumers')
  json.beginArray()
  for (const consumer of consumers) {
    json.beginObject()
    json.name('name')
    json.bytes(consumer.name)
    json.name('seenTimeMs')
    json.integer(consumer.seenTimeMs)
    writeKnown(json, 'activeTimeMs', consumer.activeTimeMs)
    json.end()
  }
  json.end()
  json.end()
}

export function writeId(json: JsonOut, name: string, id: StreamId | null): void {
  json.name(name)
  if (id === null) json.null()
  else json.word(id.toString())
}

/** A number, or null when the dump does not say. */
export function writeKnown(json: JsonOut, name: string, value: number | null): void {
  json.name(name)
  if (value === null) json.null()
  else json.integer(value)
}
