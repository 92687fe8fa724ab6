import { Encoder } from '@msgpack/msgpack'

/** Packs what JSON can say. The result is valid until the next call. */
export function load(): (value: unknown) => Uint8Array {
  const encoder = new Encoder({ maxDepth: 64 })
  return (value) => encoder.encodeSharedRef(value)
}
