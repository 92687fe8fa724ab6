import type { PackedReader } from '../packed/reader.js'
import { PART, type StreamId } from '../visitor.js'
import type { ValueReader } from './reader.js'
import type { StreamNodeState } from './stream-state.js'

/**
 * The listpack of one stream node:
 *
 *     count, deleted, fields, field names, 0
 *     count + deleted times: flags, ms difference, seq difference,
 *       flags 2 (same fields): one value per field name; else: n, n field-value pairs
 *       number of listpack entries of this entry
 *
 * flags 1 marks a deleted entry whose data is still there.
 */
const DELETED = 1
const SAME_FIELDS = 2

/** `StreamNodeState.step` */
const STEP = { header: 0, names: 1, entry: 2, pairs: 3, tail: 4 } as const

/** What a field name that is kept for the entries of its node costs beside its text. */
const NAME_OVERHEAD_BYTES = 16

/** Reads a node and shows its live entries; returns how many there are. */
export function walkStreamNode(reader: ValueReader, packed: PackedReader, masterId: StreamId): number {
  const state = reader.streamNode
  if (packed.walked === 0) state.step = STEP.header
  if (state.step === STEP.header) readHeader(reader, packed, state)
  if (state.step === STEP.names) readNames(reader, packed, state)
  while (state.left > 0) {
    if (state.step === STEP.entry) readEntryHead(reader, packed, state, masterId)
    if (state.step === STEP.pairs) readPairs(reader, packed, state)
    readTail(reader, packed, state)
  }
  if (packed.more()) packed.fail('something follows the last entry of the stream node')
  if (state.deletedLeft !== 0) packed.fail('the number of deleted entries is not what the node says')
  state.step = STEP.header
  return state.live
}

function readHeader(reader: ValueReader, packed: PackedReader, state: StreamNodeState): void {
  const live = integer(reader, packed)
  const deleted = integer(reader, packed)
  const fields = integer(reader, packed)
  const most = packed.declared >= 0 ? packed.declared : Number.MAX_SAFE_INTEGER
  if (live < 0 || deleted < 0 || fields < 0 || live + deleted > most || fields > most) {
    packed.fail('the counts of the stream node cannot be right')
  }
  state.namesUsed = 0
  state.nameEnds.length = 0
  state.fields = fields
  state.left = live + deleted
  state.deletedLeft = deleted
  state.live = 0
  state.step = STEP.names
  packed.commit()
}

function readNames(reader: ValueReader, packed: PackedReader, state: StreamNodeState): void {
  while (state.nameEnds.length < state.fields) {
    if (!packed.string(reader.a)) packed.fail('a field name is longer than 1 MiB')
    keepName(reader, packed, state)
    packed.commit()
  }
  if (integer(reader, packed) !== 0) packed.fail('the first entry of the stream node does not end with 0')
  state.step = STEP.entry
  packed.commit()
}

function keepName(reader: ValueReader, packed: PackedReader, state: StreamNodeState): void {
  const name = reader.a.load()
  const most = reader.limits.streamNameBytes
  const size = name.end - name.start
  const used = state.namesUsed
  if (used + size + state.nameEnds.length * NAME_OVERHEAD_BYTES > most) {
    packed.fail(`the field names of the stream node take more than ${most} bytes (limit stream-name-bytes)`)
  }
  if (used + size > state.names.length) {
    const larger = new Uint8Array(Math.max(used + size, state.names.length * 2))
    larger.set(state.names)
    state.names = larger
  }
  for (let i = 0; i < size; i++) state.names[used + i] = name.bytes[name.start + i]!
  state.namesUsed = used + size
  state.nameEnds.push(state.namesUsed)
}

function readEntryHead(reader: ValueReader, packed: PackedReader, state: StreamNodeState, masterId: StreamId): void {
  const { b } = reader
  state.flags = integer(reader, packed)
  integer(reader, packed)
  const msHigh = b.intHigh
  const msLow = b.intLow
  integer(reader, packed)
  const { id } = state
  // Both differences are added modulo 2^64.
  const low = masterId.msLow + (msLow >>> 0)
  const seqLow = masterId.seqLow + (b.intLow >>> 0)
  id.set(
    masterId.msHigh + msHigh + (low > 0xffffffff ? 1 : 0),
    low,
    masterId.seqHigh + b.intHigh + (seqLow > 0xffffffff ? 1 : 0),
    seqLow,
  )
  state.pairs = (state.flags & SAME_FIELDS) !== 0 ? state.fields : integer(reader, packed)
  const most = packed.declared >= 0 ? packed.declared : Number.MAX_SAFE_INTEGER
  if (state.pairs < 0 || state.pairs > most) packed.fail('the number of fields cannot be right')
  state.pairsLeft = state.pairs
  state.step = STEP.pairs
  packed.commit()
  if ((state.flags & DELETED) === 0) {
    state.live++
    reader.visitor.streamEntry(id, state.pairs)
  } else {
    state.deletedLeft--
  }
}

function readPairs(reader: ValueReader, packed: PackedReader, state: StreamNodeState): void {
  const { frame, a, b, visitor } = reader
  const same = (state.flags & SAME_FIELDS) !== 0
  const show = (state.flags & DELETED) === 0
  packed.showParts = show && visitor.wantsParts
  while (state.pairsLeft > 0) {
    if (same) {
      const index = state.fields - state.pairsLeft
      const start = index === 0 ? 0 : state.nameEnds[index - 1]!
      state.field.setRaw(state.names, start, state.nameEnds[index]!, 0)
    } else if (frame.phase < 2 && (frame.phase === 1 || !packed.string(a))) {
      frame.phase = 1
      packed.longString(a, PART.field)
      frame.phase = 2
    }
    if (frame.phase === 3 || !packed.string(b)) {
      if (frame.phase !== 3) {
        if (!same) a.pin()
        frame.phase = 3
        packed.commit()
      }
      packed.longString(b, PART.value)
    }
    frame.phase = 0
    state.pairsLeft--
    packed.commit()
    if (show) visitor.field(same ? state.field : a, b, -1)
  }
  state.step = STEP.tail
}

function readTail(reader: ValueReader, packed: PackedReader, state: StreamNodeState): void {
  const expected = (state.flags & SAME_FIELDS) !== 0 ? 3 + state.pairs : 4 + 2 * state.pairs
  if (integer(reader, packed) !== expected) packed.fail('the number of listpack entries of a stream entry is wrong')
  state.step = STEP.entry
  state.left--
  packed.commit()
}

/** The next entry, which must be an integer; its halves stay in `reader.b`. */
function integer(reader: ValueReader, packed: PackedReader): number {
  const { b } = reader
  if (!packed.string(b) || !b.isInteger) packed.fail('an integer of the stream node is missing')
  return b.intValue()
}
