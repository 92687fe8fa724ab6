import type { Codec, CodecId, DictionaryCodec } from './codec.js'

export { CODEC_IDS, type Codec, type CodecId, type DictionaryCodec, LEVELS } from './codec.js'

const LOADERS: Readonly<Record<CodecId, () => Promise<Codec>>> = {
  gzip: async () => (await import('./node-zlib.js')).gzip,
  zlib: async () => (await import('./node-zlib.js')).zlib,
  deflate: async () => (await import('./node-zlib.js')).deflate,
  brotli: async () => (await import('./node-zlib.js')).brotli,
  lz4: async () => (await import('./lz4.js')).load(),
  snappy: async () => (await import('./snappy.js')).load(),
  zstd: async () => (await import('./zstd.js')).load(),
  'lz-string': async () => (await import('./lz-string.js')).load(),
}

const DICTIONARY_LOADERS: Readonly<Record<DictionaryCodec['id'], () => Promise<DictionaryCodec>>> = {
  deflate: async () => (await import('./node-zlib.js')).dictionaryDeflate,
  zstd: async () => (await import('./zstd.js')).loadWithDictionary(),
}

/** A codec, or a text that says why it cannot be had here. */
export type Loaded<T> = T | string

const codecs = new Map<string, Loaded<Codec>>()
const dictionaryCodecs = new Map<string, Loaded<DictionaryCodec>>()

/** Loads the library of a codec, once. */
export function loadCodec(id: CodecId): Promise<Loaded<Codec>> {
  return remember(codecs, id, LOADERS[id])
}

export function loadDictionaryCodec(id: DictionaryCodec['id']): Promise<Loaded<DictionaryCodec>> {
  return remember(dictionaryCodecs, id, DICTIONARY_LOADERS[id])
}

/** What `loadCodec` has loaded before. */
export function codecOf(id: CodecId): Loaded<Codec> {
  return codecs.get(id) ?? `${id} was not loaded`
}

export function dictionaryCodecOf(id: DictionaryCodec['id']): Loaded<DictionaryCodec> {
  return dictionaryCodecs.get(id) ?? `${id} was not loaded`
}

async function remember<T>(known: Map<string, Loaded<T>>, id: string, load: () => Promise<T>): Promise<Loaded<T>> {
  let loaded = known.get(id)
  if (loaded === undefined) {
    try {
      loaded = await load()
    } catch (error) {
      loaded = `${id} cannot be loaded here: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`
    }
    known.set(id, loaded)
  }
  return loaded
}
