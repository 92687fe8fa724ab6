/** What is wrong with the input. Data first: `describe` words it. */
export type RdbProblem =
  | { readonly code: 'truncated'; readonly what: string; readonly missingBytes: number }
  | { readonly code: 'not-an-rdb'; readonly what: string }
  | { readonly code: 'bad-header'; readonly text: string }
  | { readonly code: 'bad-length'; readonly what: string }
  | { readonly code: 'bad-string'; readonly encodingByte: number }
  | { readonly code: 'bad-lzf'; readonly what: string }
  | { readonly code: 'bad-double'; readonly what: string }
  | { readonly code: 'bad-listpack'; readonly what: string; readonly entry: number }
  | { readonly code: 'bad-ziplist'; readonly what: string; readonly entry: number }
  | { readonly code: 'bad-intset'; readonly what: string }
  | { readonly code: 'bad-zipmap'; readonly what: string; readonly entry: number }
  | { readonly code: 'bad-value'; readonly what: string }
  | { readonly code: 'bad-opcode'; readonly what: string }
  | { readonly code: 'unknown-type'; readonly typeId: number; readonly hint: string }
  | { readonly code: 'unsupported'; readonly what: string }
  | { readonly code: 'limit'; readonly what: string }

/** Where it is wrong. */
export interface RdbLocation {
  /** Offset in the (decompressed) file. */
  readonly offset: number
  readonly db?: number | undefined
  /** Key name, escaped and cut for display. */
  readonly key?: string | undefined
  /** Number of the value type in the file, and what its layout is called: `hash-listpack`. */
  readonly typeId?: number | undefined
  readonly layout?: string | undefined
}

/** The one error the parser throws: `problem` for programs, `message` for people. */
export class RdbError extends Error {
  override readonly name = 'RdbError'

  constructor(
    readonly problem: RdbProblem,
    readonly at: RdbLocation,
  ) {
    super(`${describe(problem)} (${locate(at)})`)
  }

  get code(): RdbProblem['code'] {
    return this.problem.code
  }
}

/** Something odd that does not stop the parser. */
export interface RdbWarning {
  readonly code:
    | 'newer-version'
    | 'byte-order'
    | 'empty-collection'
    | 'nan-score'
    | 'listpack-boundary'
    | 'stream-length'
    | 'slot-range'
    | 'field-expiry'
    | 'long-key'
    | 'key-meta'
    | 'gcra'
    | 'hint'
    | 'ziplist-tail'
    | 'stream-order'
    | 'stream-counters'
    | 'array-order'
    | 'trailing-data'
    | 'damaged-key'
    | 'damaged-field'
    | 'skipped'
  readonly message: string
  readonly at: RdbLocation
}

/** One sentence without the place. */
export function describe(problem: RdbProblem): string {
  switch (problem.code) {
    case 'truncated':
      return `the data ends too early: ${problem.what} needs at least ${count(problem.missingBytes, 'more byte')}`
    case 'not-an-rdb':
      return problem.what
    case 'bad-header':
      return `the header ${JSON.stringify(problem.text)} is not REDIS and four digits or VALKEY and three`
    case 'bad-length':
      return `bad length: ${problem.what}`
    case 'bad-string':
      return `a string starts with ${hex(problem.encodingByte)}, which encodes nothing`
    case 'bad-lzf':
      return `damaged LZF data: ${problem.what}`
    case 'bad-double':
      return `bad score: ${problem.what}`
    case 'bad-listpack':
      return `damaged listpack, entry ${problem.entry}: ${problem.what}`
    case 'bad-ziplist':
      return `damaged ziplist, entry ${problem.entry}: ${problem.what}`
    case 'bad-intset':
      return `damaged intset: ${problem.what}`
    case 'bad-zipmap':
      return `damaged zipmap, entry ${problem.entry}: ${problem.what}`
    case 'bad-value':
    case 'bad-opcode':
    case 'unsupported':
    case 'limit':
      return problem.what
    case 'unknown-type':
      return `type or opcode ${problem.typeId} is not known${problem.hint === '' ? '' : `: ${problem.hint}`}`
  }
}

/** `byte 6699 = 0x1a2b, db 0, key "user:42", type 16 hash-listpack` */
export function locate(at: RdbLocation): string {
  const parts = [`byte ${at.offset} = 0x${at.offset.toString(16)}`]
  if (at.db !== undefined) parts.push(`db ${at.db}`)
  if (at.key !== undefined) parts.push(`key "${at.key}"`)
  if (at.typeId !== undefined) parts.push(`type ${at.typeId}${at.layout === undefined ? '' : ` ${at.layout}`}`)
  return parts.join(', ')
}

export function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
