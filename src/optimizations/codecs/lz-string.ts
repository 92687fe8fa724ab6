import lzString from 'lz-string'
import type { Codec } from './codec.js'

/** Browsers do the same: text as UTF-16 units, compressed, as bytes. */
export function load(): Codec {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return {
    id: 'lz-string',
    isMarked: false,
    // What is no text cannot be compressed: it stays as long as it is.
    encode: (value) => {
      let text: string
      try {
        text = decoder.decode(value)
      } catch {
        return value
      }
      return lzString.compressToUint8Array(text)
    },
  }
}
