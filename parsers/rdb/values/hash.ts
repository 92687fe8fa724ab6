import { LAST_MS } from '../expiry.js'
import type { PackedKind } from '../packed/walker.js'
import { PART } from '../visitor.js'
import type { ValueDecoder } from './reader.js'
import { MAX_FIELD_EXPIRY_MS, readPair, shortString, walkPairs, walkTriples, warnFieldExpiry } from './shapes.js'

/**
 * Plain hash.
 *
 *     length  fields
 *     repeated: string field, string value
 */
export const hash: ValueDecoder = {
  typeId: 4,
  name: 'hash',
  redisType: 'hash',
  read(reader) {
    const { frame, cursor, a, b, visitor } = reader
    reader.beginCount()
    if (reader.skim) {
      reader.skipAll(2, 0)
      return
    }
    while (frame.remaining > 0) {
      readPair(reader, cursor)
      frame.phase = 0
      frame.remaining--
      cursor.commit()
      visitor.field(a, b, -1)
    }
  },
}

function packedHash(typeId: number, name: string, kind: PackedKind): ValueDecoder {
  return {
    typeId,
    name,
    redisType: 'hash',
    packed: { kind, group: 2 },
    read(reader) {
      reader.elements = reader.packedGroups(kind, 2, walkPairs)
    },
  }
}

/** One zipmap (Redis up to 2.4). */
export const hashZipmap = packedHash(9, 'hash-zipmap', 'zipmap')
/** One ziplist (Redis 2.6 to 6.2). */
export const hashZiplist = packedHash(13, 'hash-ziplist', 'ziplist')
/** One listpack (Redis 7.0 and later). */
export const hashListpack = packedHash(16, 'hash-listpack', 'listpack')

/**
 * Hash with field expiry (Redis 7.4 and later).
 *
 *     8 bytes  smallest expiry of a field in ms
 *     length   fields
 *     repeated: length ttl (0: none, else expiry - smallest + 1), string field, string value
 *
 * The release candidates of 7.4 (type 22 in files with REDIS magic) had no smallest expiry and an absolute ttl.
 */
function hashMetadata(typeId: number, name: string, relative: boolean): ValueDecoder {
  return {
    typeId,
    name,
    redisType: 'hash',
    read(reader) {
      const { frame, cursor, a, b, visitor } = reader
      if (frame.stage === 0) {
        if (relative) frame.inner = cursor.ms()
        frame.stage = 1
        cursor.commit()
        if (frame.inner < 0 || frame.inner > MAX_FIELD_EXPIRY_MS) warnFieldExpiry(reader, frame.inner)
      }
      reader.beginCount()
      while (frame.remaining > 0) {
        if (frame.phase === 0) {
          const ttl = cursor.length()
          frame.ttl = ttl === 0 ? -1 : relative ? frame.inner + ttl - 1 : ttl
        }
        readPair(reader, cursor)
        frame.phase = 0
        frame.remaining--
        cursor.commit()
        if (frame.ttl < -1 || frame.ttl > MAX_FIELD_EXPIRY_MS) warnFieldExpiry(reader, frame.ttl)
        if (!reader.skim) visitor.field(a, b, frame.ttl < 0 ? -1 : frame.ttl)
      }
    },
  }
}

export const hashMetadataGa = hashMetadata(24, 'hash-metadata', true)
export const hashMetadataRc = hashMetadata(22, 'hash-metadata-rc', false)

/**
 * Small hash with field expiry: one listpack of field, value, absolute expiry (0: none), behind 8 bytes that
 * repeat the smallest expiry. The release candidates of 7.4 (type 23) lack those 8 bytes.
 */
function hashListpackEx(typeId: number, name: string, withMinimum: boolean): ValueDecoder {
  return {
    typeId,
    name,
    redisType: 'hash',
    read(reader) {
      const { frame, cursor } = reader
      if (withMinimum && frame.stage === 0) {
        cursor.ms()
        frame.stage = 1
        cursor.commit()
      }
      reader.elements = reader.packedGroups('listpack', 3, walkTriples)
    },
  }
}

export const hashListpackExGa = hashListpackEx(25, 'hash-listpack-ex', true)
export const hashListpackExRc = hashListpackEx(23, 'hash-listpack-ex-rc', false)

/**
 * Hash with field expiry of Valkey 9 (type 22 in files with VALKEY magic).
 *
 *     length  fields
 *     repeated: string field, string value, 8 bytes expiry in ms (-1: none)
 */
export const hash2: ValueDecoder = {
  typeId: 22,
  name: 'hash2',
  redisType: 'hash',
  read(reader) {
    const { frame, cursor, a, b, visitor } = reader
    reader.beginCount()
    if (reader.skim) {
      reader.skipAll(2, 8)
      return
    }
    while (frame.remaining > 0) {
      readPair(reader, cursor)
      const expiresAtMs = cursor.ms()
      frame.phase = 0
      frame.remaining--
      cursor.commit()
      if (expiresAtMs < -1) warnFieldExpiry(reader, expiresAtMs)
      visitor.field(a, b, expiresAtMs < 0 ? -1 : expiresAtMs)
    }
  },
}

/**
 * Path hash of Valkey 9.2 (type 23 in files with VALKEY magic).
 *
 *     length  paths
 *     repeated: string path, length fields, pairs of strings
 */
export const pathHash: ValueDecoder = {
  typeId: 23,
  name: 'path-hash',
  redisType: 'hash',
  mayBeEmpty: true,
  read(reader) {
    const { frame, cursor, a, b, visitor } = reader
    if (!frame.begun) {
      frame.groups = cursor.length()
      frame.begun = true
      cursor.commit()
      if (!reader.skim) visitor.count(frame.groups)
    }
    while (frame.groups > 0 || frame.remaining > 0) {
      if (frame.remaining === 0) {
        shortString(reader, a, 'a path')
        const fields = cursor.length()
        if (fields === 0) reader.fail({ code: 'bad-value', what: 'a path has no fields' })
        frame.remaining = fields
        frame.groups--
        reader.elements += fields
        cursor.commit()
        if (!reader.skim) visitor.path(a, fields)
      }
      while (frame.remaining > 0) {
        readPair(reader, cursor)
        frame.phase = 0
        frame.remaining--
        cursor.commit()
        if (!reader.skim) visitor.field(a, b, -1)
      }
    }
  },
}

/**
 * Hash with field expiry of Dragonfly (type 31 there): the expiry is a string of decimal seconds, "-1" for none.
 *
 *     length  fields
 *     repeated: string field, string value, string seconds
 */
export const hashWithExpiry: ValueDecoder = {
  typeId: 31,
  name: 'hash-with-expiry',
  redisType: 'hash',
  read(reader) {
    const { frame, cursor, a, b, c, visitor } = reader
    reader.beginCount()
    if (reader.skim) {
      reader.skipAll(3, 0)
      return
    }
    while (frame.remaining > 0) {
      readPair(reader, cursor)
      shortString(reader, c, 'an expiry')
      frame.phase = 0
      frame.remaining--
      cursor.commit()
      visitor.field(a, b, secondsToMs(c.load()))
    }
  },
}

/**
 * Set with member expiry of Dragonfly (type 32 there).
 *
 *     length  members
 *     repeated: string member, string seconds
 */
export const setWithExpiry: ValueDecoder = {
  typeId: 32,
  name: 'set-with-expiry',
  redisType: 'set',
  read(reader) {
    const { frame, cursor, a, c, visitor } = reader
    reader.beginCount()
    if (reader.skim) {
      reader.skipAll(2, 0)
      return
    }
    while (frame.remaining > 0) {
      if (frame.phase < 2 && (frame.phase === 1 || !cursor.string(a))) {
        frame.phase = 1
        cursor.longString(a, PART.element)
        frame.phase = 2
      }
      shortString(reader, c, 'an expiry')
      frame.phase = 0
      frame.remaining--
      cursor.commit()
      visitor.element(a, secondsToMs(c.load()))
    }
  },
}

function secondsToMs(text: { readonly bytes: Uint8Array; readonly start: number; readonly end: number }): number {
  let seconds = 0
  for (let at = text.start; at < text.end; at++) {
    const digit = text.bytes[at]! - 48
    if (digit < 0 || digit > 9) return -1
    seconds = seconds * 10 + digit
  }
  return Math.min(seconds * 1000, LAST_MS)
}
