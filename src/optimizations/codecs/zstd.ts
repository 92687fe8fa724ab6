import type { Codec, DictionaryCodec } from './codec.js'

type Zstd = typeof import('@bokuweb/zstd-wasm')

/** The library keeps its state in one place: started twice, it would mix up two memories. */
let started: Promise<Zstd> | null = null

function start(): Promise<Zstd> {
  started ??= (async () => {
    const zstd = await import('@bokuweb/zstd-wasm')
    await zstd.init()
    return zstd
  })()
  return started
}

/** RFC 8878: one frame with the size of its content and no checksum, as `ZSTD_compress` makes it. */
export async function load(): Promise<Codec> {
  const zstd = await start()
  return { id: 'zstd', isMarked: true, encode: (value, level) => zstd.compress(value, level) }
}

/** Frames made with a dictionary that is plain content: any bytes will do. */
export async function loadWithDictionary(): Promise<DictionaryCodec> {
  const zstd = await start()
  // One for all, as long as the process lives.
  const context = zstd.createCCtx()
  return {
    id: 'zstd',
    encode: (value, dictionary, level) => zstd.compressUsingDict(context, value, dictionary, level),
  }
}
