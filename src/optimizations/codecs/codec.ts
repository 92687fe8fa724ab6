/** Compresses one value at a time. */
export interface Codec {
  readonly id: CodecId
  /** Compressed values begin with bytes that no text begins with: readers can tell them from plain ones. */
  readonly isMarked: boolean
  encode(value: Uint8Array, level: number): Uint8Array
}

export const CODEC_IDS = ['gzip', 'zlib', 'deflate', 'brotli', 'lz4', 'snappy', 'zstd', 'lz-string'] as const
export type CodecId = (typeof CODEC_IDS)[number]

/** What the levels of a codec are; null: it has none. */
export interface Levels {
  readonly least: number
  readonly most: number
  /** The usual one: that of the library, but 5 for brotli, whose highest takes some 15 times as long. */
  readonly usual: number
}

export const LEVELS: Readonly<Record<CodecId, Levels | null>> = {
  gzip: { least: 1, most: 9, usual: 6 },
  zlib: { least: 1, most: 9, usual: 6 },
  deflate: { least: 1, most: 9, usual: 6 },
  brotli: { least: 0, most: 11, usual: 5 },
  lz4: null,
  snappy: null,
  zstd: { least: 1, most: 22, usual: 3 },
  'lz-string': null,
}

/** Compresses values against text that both sides know. */
export interface DictionaryCodec {
  readonly id: 'deflate' | 'zstd'
  encode(value: Uint8Array, dictionary: Uint8Array, level: number): Uint8Array
}
