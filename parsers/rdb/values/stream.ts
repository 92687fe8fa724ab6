import { readI32be } from '../cursor.js'
import type { PackedReader } from '../packed/reader.js'
import { StreamId } from '../visitor.js'
import type { ValueDecoder, ValueReader } from './reader.js'
import { shortString } from './shapes.js'
import { walkStreamNode } from './stream-node.js'
import type { StreamState } from './stream-state.js'

/**
 * Streams, in the order of the file (what each layout lacks is left out):
 *
 *     length   nodes
 *     repeated: string master ID (16 bytes), string listpack
 *     length   live entries
 *     ID       last                              each ID: length ms, length seq
 *     ID       first, ID largest deleted, length entries added       from v2 on
 *     length   groups
 *     repeated:
 *       string name, ID last delivered, length entries read (from v2 on)
 *       length pending, repeated: 16 bytes ID, 8 bytes delivery time, length deliveries
 *       length consumers, repeated: string name, 8 bytes seen, 8 bytes active (from v3 on),
 *                         length pending, repeated: 16 bytes ID
 *       length unowned pending entries, repeated: 16 bytes ID        v5
 *     idempotent producers                                           v4 and v5
 */
const STAGE = {
  begin: 0,
  nodes: 1,
  info: 2,
  groups: 3,
  pending: 4,
  consumers: 5,
  consumerPending: 6,
  nacked: 7,
  producers: 8,
  producerEntries: 9,
  producerTotals: 10,
  done: 11,
} as const

const ID_BYTES = 16
/** The stored form of "unknown" for the number of entries a group has read. */
const UNKNOWN = -1

function streamDecoder(typeId: number, version: number): ValueDecoder {
  return {
    typeId,
    name: version === 1 ? 'stream-listpacks' : `stream-listpacks${version}`,
    redisType: 'stream',
    mayBeEmpty: true,
    read(reader) {
      const state = reader.stream
      const { frame } = reader
      if (frame.stage === STAGE.begin) {
        frame.remaining = reader.cursor.length()
        state.version = version
        state.nodes = frame.remaining
        state.nodesWalked = 0
        state.liveInNodes = 0
        state.masterIdRead = false
        state.nodesBegun = 0
        frame.stage = STAGE.nodes
        reader.cursor.commit()
        if (!reader.skim) reader.visitor.nodes(frame.remaining)
      }
      if (frame.stage === STAGE.nodes) readNodes(reader, state)
      if (frame.stage === STAGE.info) readInfo(reader, state)
      while (frame.stage !== STAGE.done) readNext(reader, state)
    },
  }
}

export const streamLayouts: readonly ValueDecoder[] = [
  streamDecoder(15, 1),
  streamDecoder(19, 2),
  streamDecoder(21, 3),
  streamDecoder(26, 4),
  streamDecoder(27, 5),
]

function readNodes(reader: ValueReader, state: StreamState): void {
  const { cursor, frame, a, visitor } = reader
  while (frame.remaining > 0) {
    if (!state.masterIdRead) {
      if (!cursor.string(a)) reader.fail({ code: 'bad-value', what: 'the ID of a stream node is not 16 bytes long' })
      a.load()
      if (a.length !== ID_BYTES) {
        reader.fail({ code: 'bad-value', what: `the ID of a stream node has ${a.length} bytes instead of 16` })
      }
      state.previousMasterId.copyFrom(state.masterId)
      setId(state.masterId, a.bytes, a.start)
      state.masterIdRead = true
      cursor.commit()
      if (state.nodesBegun > 0 && !state.masterId.isAfter(state.previousMasterId)) {
        reader.warn('stream-order', `the stream node ${state.masterId} comes after ${state.previousMasterId}`)
      }
      state.nodesBegun++
      if (!reader.skim) visitor.streamNode(state.masterId)
    }
    reader.packed('listpack', walkNode)
    state.masterIdRead = false
    frame.remaining--
  }
  frame.stage = STAGE.info
  cursor.commit()
}

function walkNode(reader: ValueReader, packed: PackedReader): void {
  const state = reader.stream
  state.liveInNodes += walkStreamNode(reader, packed, state.masterId)
  state.nodesWalked++
}

function readInfo(reader: ValueReader, state: StreamState): void {
  const { cursor, frame, visitor } = reader
  const { info } = state
  const length = cursor.length()
  readId(reader, info.lastId)
  if (state.version >= 2) {
    info.firstId ??= new StreamId()
    info.maxDeletedId ??= new StreamId()
    readId(reader, info.firstId)
    readId(reader, info.maxDeletedId)
    info.entriesAdded = cursor.count64()
  } else {
    info.firstId = null
    info.maxDeletedId = null
    info.entriesAdded = null
  }
  info.groups = cursor.length()
  info.length = length
  reader.elements = length
  frame.groups = info.groups
  frame.stage = STAGE.groups
  cursor.commit()
  if (reader.skim) return
  if (state.nodesWalked === state.nodes && state.liveInNodes !== length) {
    reader.warn('stream-length', `the stream says it has ${length} entries, its nodes have ${state.liveInNodes}`)
  }
  if (info.entriesAdded !== null && info.entriesAdded < length) {
    reader.warn(
      'stream-counters',
      `the stream has ${length} entries, but says that only ${info.entriesAdded} were added`,
    )
  }
  visitor.streamInfo(info)
}

/** Reads the next piece behind the nodes: a group, a pending entry, a consumer... */
function readNext(reader: ValueReader, state: StreamState): void {
  const { cursor, frame, visitor } = reader
  const quiet = reader.skim
  switch (frame.stage) {
    case STAGE.groups: {
      if (frame.groups === 0) {
        frame.stage = state.version >= 4 ? STAGE.producers : STAGE.done
        frame.begun = false
        return
      }
      const { group } = state
      shortString(reader, group.name, 'the name of a consumer group')
      readId(reader, group.lastId)
      group.entriesRead = null
      if (state.version >= 2) {
        cursor.length64()
        group.entriesRead =
          cursor.high === -1 && cursor.low === -1 ? UNKNOWN : (cursor.high >>> 0) * 4294967296 + (cursor.low >>> 0)
      }
      group.pending = cursor.length()
      frame.remaining = group.pending
      frame.groups--
      frame.stage = STAGE.pending
      frame.begun = false
      cursor.commit()
      if (group.entriesRead !== null && group.entriesRead > (state.info.entriesAdded ?? 0)) {
        reader.warn('stream-counters', `a group has read ${group.entriesRead} entries, more than were added`)
      }
      if (!quiet) visitor.streamGroup(group)
      return
    }
    case STAGE.pending: {
      if (frame.remaining === 0) {
        frame.inner = cursor.length()
        frame.stage = STAGE.consumers
        cursor.commit()
        return
      }
      readRawId(reader, state.id)
      const deliveryTimeMs = cursor.ms()
      const deliveries = cursor.count64()
      frame.remaining--
      cursor.commit()
      if (!quiet) visitor.streamPending(state.id, deliveryTimeMs, deliveries)
      return
    }
    case STAGE.consumers: {
      if (frame.inner === 0) {
        frame.stage = state.version >= 5 ? STAGE.nacked : STAGE.groups
        frame.begun = false
        return
      }
      const { consumer } = state
      shortString(reader, consumer.name, 'the name of a consumer')
      consumer.seenTimeMs = cursor.ms()
      consumer.activeTimeMs = state.version >= 3 ? cursor.ms() : null
      consumer.pending = cursor.length()
      frame.remaining = consumer.pending
      frame.inner--
      frame.stage = STAGE.consumerPending
      cursor.commit()
      if (!quiet) visitor.streamConsumer(consumer)
      return
    }
    case STAGE.consumerPending: {
      if (frame.remaining === 0) {
        frame.stage = STAGE.consumers
        return
      }
      readRawId(reader, state.id)
      frame.remaining--
      cursor.commit()
      if (!quiet) visitor.streamConsumerPending(state.id)
      return
    }
    case STAGE.nacked: {
      if (!frame.begun) {
        frame.remaining = cursor.length()
        frame.begun = true
        cursor.commit()
      }
      if (frame.remaining === 0) {
        frame.stage = STAGE.groups
        return
      }
      readRawId(reader, state.id)
      frame.remaining--
      cursor.commit()
      if (!quiet) visitor.streamNacked(state.id)
      return
    }
    default:
      readProducers(reader, state)
  }
}

/**
 * Idempotent producers (v4 and v5), behind all groups:
 *
 *     length seconds, length most entries
 *     length producers, repeated: string name, length n, n times: string id of a message, ID of its entry
 *     length ids added, length duplicates
 */
function readProducers(reader: ValueReader, state: StreamState): void {
  const { cursor, frame, visitor, a } = reader
  switch (frame.stage) {
    case STAGE.producers: {
      if (!frame.begun) {
        const seconds = cursor.count64()
        const most = cursor.count64()
        frame.inner = cursor.length()
        frame.begun = true
        cursor.commit()
        warnLimits(reader, seconds, most)
      }
      if (frame.inner === 0) {
        frame.stage = STAGE.producerTotals
        return
      }
      shortString(reader, a, 'the name of a producer')
      frame.remaining = cursor.length()
      frame.inner--
      frame.stage = STAGE.producerEntries
      cursor.commit()
      if (!reader.skim) visitor.streamProducer(a, frame.remaining)
      return
    }
    case STAGE.producerEntries: {
      if (frame.remaining === 0) {
        frame.stage = STAGE.producers
        return
      }
      shortString(reader, a, 'the id of a message')
      readId(reader, state.id)
      frame.remaining--
      cursor.commit()
      if (!reader.skim) visitor.streamProducerEntry(a, state.id)
      return
    }
    default: {
      cursor.count64()
      cursor.count64()
      frame.stage = STAGE.done
      cursor.commit()
    }
  }
}

/** Limits of Redis 8.6: 1-86400 seconds, 1-10000 ids. */
function warnLimits(reader: ValueReader, seconds: number, most: number): void {
  if (seconds < 1 || seconds > 86400 || most < 1 || most > 10000) {
    reader.warn('stream-counters', `idempotent producers: ${most} ids for ${seconds} s are out of range`)
  }
}

/** `length ms, length seq`, all 64 bits. */
function readId(reader: ValueReader, id: StreamId): void {
  const { cursor } = reader
  cursor.length64()
  const high = cursor.high
  const low = cursor.low
  cursor.length64()
  id.set(high, low, cursor.high, cursor.low)
}

/** 16 raw bytes, big-endian. */
function readRawId(reader: ValueReader, id: StreamId): void {
  const { cursor } = reader
  cursor.need(ID_BYTES)
  setId(id, cursor.bytes, cursor.pos)
  cursor.pos += ID_BYTES
}

function setId(id: StreamId, bytes: Uint8Array, at: number): void {
  id.set(readI32be(bytes, at), readI32be(bytes, at + 4), readI32be(bytes, at + 8), readI32be(bytes, at + 12))
}
