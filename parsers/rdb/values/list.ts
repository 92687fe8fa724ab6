import { PART } from '../visitor.js'
import type { ValueDecoder, ValueReader } from './reader.js'
import { readElement, walkElements } from './shapes.js'

/** `length n, n strings`: the layout of plain lists and sets. */
export function readElements(reader: ValueReader): void {
  const { cursor, frame, a, visitor } = reader
  reader.beginCount()
  if (reader.skim) {
    reader.skipAll(1, 0)
    return
  }
  while (frame.remaining > 0) {
    reader.lengthRuns(0)
    if (frame.remaining === 0) return
    readElement(reader, cursor)
    frame.remaining--
    cursor.commit()
    visitor.element(a, -1)
  }
}

/**
 * Plain list, head first.
 *
 *     length  elements
 *     strings
 */
export const list: ValueDecoder = { typeId: 1, name: 'list', redisType: 'list', read: readElements }

/** One ziplist (Redis up to 3.0). */
export const listZiplist: ValueDecoder = {
  typeId: 10,
  name: 'list-ziplist',
  redisType: 'list',
  read(reader) {
    reader.elements = reader.packed('ziplist', walkElements)
  },
}

/**
 * Quicklist of ziplists (Redis 3.2 to 6.2).
 *
 *     length  nodes
 *     strings, each a ziplist
 */
export const listQuicklist: ValueDecoder = {
  typeId: 14,
  name: 'list-quicklist',
  redisType: 'list',
  read(reader) {
    beginNodes(reader)
    const { frame } = reader
    while (frame.remaining > 0) {
      reader.elements += reader.packed('ziplist', walkElements)
      frame.remaining--
    }
  },
}

const PLAIN = 1
const PACKED = 2

/**
 * Quicklist since Redis 7.0.
 *
 *     length  nodes
 *     repeated: length container (1 plain, 2 packed), string (one element, or a listpack)
 */
export const listQuicklist2: ValueDecoder = {
  typeId: 18,
  name: 'list-quicklist2',
  redisType: 'list',
  read(reader) {
    beginNodes(reader)
    const { cursor, frame } = reader
    while (frame.remaining > 0) {
      if (frame.stage === 0) {
        const container = cursor.length()
        if (container !== PLAIN && container !== PACKED) {
          reader.fail({
            code: 'bad-value',
            what: `quicklist container ${container} is neither plain (1) nor packed (2)`,
          })
        }
        frame.stage = container
        cursor.commit()
      }
      if (frame.stage === PACKED) reader.elements += reader.packed('listpack', walkElements)
      else readPlainNode(reader)
      frame.stage = 0
      frame.remaining--
    }
  },
}

function beginNodes(reader: ValueReader): void {
  const { cursor, frame } = reader
  if (frame.begun) return
  frame.remaining = cursor.length()
  frame.begun = true
  cursor.commit()
  if (!reader.skim) reader.visitor.nodes(frame.remaining)
}

function emptyNode(reader: ValueReader): void {
  reader.damaged(reader.error({ code: 'bad-value', what: 'a plain quicklist node is empty' }))
}

/** A node that is one large element. */
function readPlainNode(reader: ValueReader): void {
  const { cursor, frame, a, visitor, container } = reader
  if (reader.skim) {
    if (frame.phase === 0) {
      const size = cursor.stringHead()
      if (size === 0) emptyNode(reader)
      reader.elements++
      frame.phase = 1
      cursor.skip(size)
      cursor.commit()
    }
    frame.phase = 0
    return
  }
  if (frame.phase === 1 || !cursor.string(a)) {
    frame.phase = 1
    cursor.longString(a, PART.element)
    frame.phase = 0
  }
  cursor.commit()
  if (a.length === 0) emptyNode(reader)
  reader.elements++
  container.kind = 'plain'
  container.bytes = a.length
  container.lzfBytes = a.compressedBytes
  container.entries = 1
  container.payloadBytes = a.length
  container.longestEntryBytes = a.length
  if (visitor.container(container)) visitor.element(a, -1)
  visitor.containerEnd(container)
}
