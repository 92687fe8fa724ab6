import type { Codec } from './codec.js'

/**
 * LZ4 block behind its length of 4 bytes, little-endian: `compress` of lz4-napi and lz4_flex, `lz4.block.compress` of
 * Python. Frames (`lz4` on the command line) take 11 to 19 bytes more.
 */
export async function load(): Promise<Codec> {
  const { compressSync } = await import('lz4-napi')
  return { id: 'lz4', isMarked: false, encode: (value) => compressSync(Buffer.from(value)) }
}
