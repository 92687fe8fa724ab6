import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import type { Codec, DictionaryCodec } from './codec.js'

/** Room for what a value becomes at worst: the usual 16 KiB per value would fill the memory with garbage. */
function roomFor({ length }: Uint8Array): number {
  return length + (length >> 8) + 64
}

/** Least and most of zlib. */
const LEAST_WINDOW_BITS = 9
const MOST_WINDOW_BITS = 15
/** What deflate wants to see behind the window (MIN_LOOKAHEAD of deflate.h), and some more. */
const LOOKAHEAD = 300

/** A window that holds it all gives the same bytes as the largest one, and is set up more quickly. */
function windowFor(bytes: number): number {
  let bits = LEAST_WINDOW_BITS
  while (bits < MOST_WINDOW_BITS && 1 << bits < bytes + LOOKAHEAD) bits++
  return bits
}

/** RFC 1952: 18 bytes more than deflate. */
export const gzip: Codec = {
  id: 'gzip',
  isMarked: true,
  encode: (value, level) => gzipSync(value, { level, windowBits: windowFor(value.length), chunkSize: roomFor(value) }),
}

/**
 * RFC 1950: 6 bytes more than deflate; its header names the window, which is the usual one. Its second byte is never
 * the second one of a text.
 */
export const zlib: Codec = {
  id: 'zlib',
  isMarked: true,
  encode: (value, level) => deflateSync(value, { level, chunkSize: roomFor(value) }),
}

/** RFC 1951, without header and checksum. */
export const deflate: Codec = {
  id: 'deflate',
  isMarked: false,
  encode: (value, level) =>
    deflateRawSync(value, { level, windowBits: windowFor(value.length), chunkSize: roomFor(value) }),
}

/** RFC 7932. */
export const brotli: Codec = {
  id: 'brotli',
  isMarked: false,
  encode: (value, level) =>
    brotliCompressSync(value, {
      chunkSize: roomFor(value),
      params: {
        [constants.BROTLI_PARAM_QUALITY]: level,
        [constants.BROTLI_PARAM_SIZE_HINT]: value.length,
      },
    }),
}

/** Raw deflate with a preset dictionary: the header of zlib would cost 10 bytes per value. */
export const dictionaryDeflate: DictionaryCodec = {
  id: 'deflate',
  encode: (value, dictionary, level) =>
    deflateRawSync(value, {
      level,
      dictionary,
      windowBits: windowFor(dictionary.length + value.length),
      chunkSize: roomFor(value),
    }),
}
