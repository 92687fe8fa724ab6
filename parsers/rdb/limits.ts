/** What bounds the memory that a dump can make its reader take, where the format sets no bound. Sizes in bytes. */
export interface ParserLimits {
  /** Longest key name that is kept whole; of longer ones the first 4 KiB are, or so many when that is less. */
  readonly keyBytes: number
  /** Field names of all hash templates together, with 128 bytes for each beside its text. */
  readonly templateBytes: number
  /** Field names of one stream node, with 16 bytes for each beside its text. */
  readonly streamNameBytes: number
  /** A compressed blob of a Dragonfly file, as it is stored. */
  readonly blobBytes: number
  /** Classes of metadata of one key. Servers know seven. */
  readonly metaClasses: number
}

/** The limits unless told otherwise. */
export const PARSER_LIMITS: ParserLimits = {
  keyBytes: 2 ** 20,
  templateBytes: 64 * 2 ** 20,
  streamNameBytes: 16 * 2 ** 20,
  blobBytes: 256 * 2 ** 20,
  metaClasses: 255,
}
