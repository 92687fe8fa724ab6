import type { Codec } from './codec.js'

/** Snappy block: length as a varint in front. */
export async function load(): Promise<Codec> {
  const { compressSync } = await import('snappy')
  return { id: 'snappy', isMarked: false, encode: (value) => compressSync(Buffer.from(value)) }
}
