import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import type { Codec, DictionaryCodec } from './codec.js'

/** RFC 1952: 18 bytes more than deflate. */
export const gzip: Codec = { id: 'gzip', isMarked: true, encode: (value, level) => gzipSync(value, { level }) }

/** RFC 1950: 6 bytes more than deflate. Its second byte is never the second one of a text. */
export const zlib: Codec = { id: 'zlib', isMarked: true, encode: (value, level) => deflateSync(value, { level }) }

/** RFC 1951, without header and checksum. */
export const deflate: Codec = {
  id: 'deflate',
  isMarked: false,
  encode: (value, level) => deflateRawSync(value, { level }),
}

/** RFC 7932. */
export const brotli: Codec = {
  id: 'brotli',
  isMarked: false,
  encode: (value, level) =>
    brotliCompressSync(value, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: level,
        [constants.BROTLI_PARAM_SIZE_HINT]: value.length,
      },
    }),
}

/** Raw deflate with a preset dictionary: the header of zlib would cost 10 bytes per value. */
export const dictionaryDeflate: DictionaryCodec = {
  id: 'deflate',
  encode: (value, dictionary, level) => deflateRawSync(value, { level, dictionary }),
}
