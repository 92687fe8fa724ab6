import { CODEC_IDS, type Codec, type CodecId, codecOf, LEVELS, loadCodec } from './codecs/index.js'
import type { Outcome, Technique, TechniqueContext } from './optimization.js'
import { ParameterError, type Parameters } from './parameters.js'
import type { ValueCoder } from './sampling/coders.js'
import { rewriteStep, writeCommand } from './sampling/commands.js'
import type { FamilySample } from './sampling/family-sample.js'
import { MARK } from './sampling/marked-coder.js'
import type { Family } from './sampling/reservoir.js'
import { columnsShown, type FamilyChoice, type FamilyResult, SampledRun } from './sampling/sampled-run.js'

/** Values of a column from which the length is learned that pays. */
const JUDGED_VALUES = 200
/** Families with which codecs are compared, and what is looked at of each. */
const COMPARED_FAMILIES = 16
const COMPARED_UNITS = 120
/** From the quickest to the slowest: one that saves nearly as much as the best is taken. */
const BY_SPEED: readonly CodecId[] = ['lz4', 'snappy', 'zstd', 'deflate', 'zlib', 'gzip', 'brotli', 'lz-string']
const NEARLY = 0.95

export const compressValues: Technique = {
  id: 'compress-values',
  title: 'Compress long values in the client',
  why: 'Text repeats itself. The server keeps values as they come, so what the client compresses stays small.',
  effort: 'client',
  certainty: 'sampled',
  rewrites: ['values'],
  behind: ['json-trim', 'serialize-msgpack', 'abbreviate-values'],
  breaks: [
    'APPEND, SETRANGE, GETRANGE, INCR and BITCOUNT no longer work on the compressed values, nor do Lua scripts that read them.',
    'Values cannot be read in redis-cli.',
    'All readers must know both forms before the first writer changes.',
  ],
  cpu:
    'The client compresses on every write and decompresses on every read: LZ4 and Snappy take a few microseconds per KB, ' +
    'Zstandard and deflate some ten, brotli at a high level a millisecond. Less goes over the network.',
  steps: [
    'Readers: decompress what begins with the mark of the codec, take the rest as it is',
    'Writers: SET <key> compress(value) where the value is at least <minBytes> long and gets shorter',
    'Rewrite the rest in the background with SCAN, keeping the TTL: SET <key> <compressed> KEEPTTL',
  ],
  verify: [
    'STRLEN <key> before and after',
    'MEMORY USAGE <key> before and after',
    'GET <key> decompresses to the same bytes',
  ],
  rollback: ['Writers write plainly again; rewrite the rest in the background: nothing is lost.'],
  parameters: [
    {
      name: 'codec',
      kind: 'choices',
      choices: CODEC_IDS,
      describe: 'what compresses, one or several [the quickest of those that save nearly as much as the best]',
    },
    {
      name: 'level',
      kind: 'number',
      most: 22,
      describe: '1 to 9 for gzip, zlib, deflate; 0 to 11 for brotli; 1 to 22 for zstd [6, 5, 3]',
    },
    {
      name: 'minBytes',
      kind: 'number',
      least: 1,
      describe: 'only values at least this long [the length from which it pays, per pattern]',
    },
  ],
  prepare: async (parameters) => {
    await Promise.all(wantedCodecs(parameters).map(loadCodec))
  },
  start: (context) => {
    checkLevel(context.parameters)
    const problems = wantedCodecs(context.parameters)
      .map(codecOf)
      .filter((codec) => typeof codec === 'string')
    if (problems.length === wantedCodecs(context.parameters).length) return problems.join('; ')
    return new CompressValues(context, problems)
  },
}

function wantedCodecs(parameters: Parameters): readonly CodecId[] {
  return (parameters.list('codec') as readonly CodecId[] | undefined) ?? CODEC_IDS
}

/** @throws ParameterError */
function checkLevel(parameters: Parameters): void {
  const level = parameters.number('level')
  if (level === undefined) return
  const where = `--param compress-values.level=${level}`
  if (!parameters.has('codec')) {
    throw new ParameterError(`${where}: name the codec, too: --param compress-values.codec=zstd`)
  }
  for (const codec of wantedCodecs(parameters)) {
    const levels = LEVELS[codec]
    if (levels === null) throw new ParameterError(`${where}: ${codec} has no levels`)
    if (level < levels.least || level > levels.most) {
      throw new ParameterError(`${where}: ${codec} takes levels from ${levels.least} to ${levels.most}`)
    }
  }
}

/** What a codec would save, in the table of codecs. */
interface CodecRow {
  readonly codec: CodecId
  readonly level: number | null
  readonly savedBytes: number
  /** The shortest length from which it pays anywhere; null where it never does. */
  readonly fromBytes: number | null
}

class CompressValues extends SampledRun {
  override readonly units = 15_000
  readonly #codecs: readonly Codec[]
  readonly #problems: readonly string[]
  #codec: Codec
  #rows: readonly CodecRow[] = []

  constructor(context: TechniqueContext, problems: readonly string[]) {
    super(context)
    this.#codecs = wantedCodecs(context.parameters)
      .map(codecOf)
      .filter((codec) => typeof codec !== 'string')
    this.#codec = this.#codecs[0]!
    this.#problems = problems
  }

  override survey(samples: readonly (readonly [Family, FamilySample])[]): void {
    if (this.#codecs.length === 1) return
    const families = samples.slice(0, Math.min(COMPARED_FAMILIES, this.amount(2 * COMPARED_FAMILIES)))
    const parts = families.map(([family, sample]) => [family, sample.upTo(this.amount(COMPARED_UNITS))] as const)
    const rows = this.#codecs.map((codec) => this.#rowOf(onceEach(codec), parts))
    this.#rows = rows.toSorted((a, b) => b.savedBytes - a.savedBytes)
    const best = this.#rows[0]!.savedBytes
    const enough = BY_SPEED.find((id) =>
      rows.some(({ codec, savedBytes }) => codec === id && savedBytes >= NEARLY * best),
    )
    this.#codec = this.#codecs.find(({ id }) => id === enough) ?? this.#codec
  }

  #rowOf(codec: Codec, parts: readonly (readonly [Family, FamilySample])[]): CodecRow {
    let savedBytes = 0
    let fromBytes: number | null = null
    for (const [family, part] of parts) {
      const choice = this.#choiceFor(part, codec)
      const result = choice === null ? null : this.estimate(family, part, choice)
      if (result !== null && result.savedBytes > 0) {
        savedBytes += result.savedBytes
        const from = choice!.details?.minBytes as number
        if (fromBytes === null || from < fromBytes) fromBytes = from
      }
    }
    return { codec: codec.id, level: this.#levelOf(codec), savedBytes, fromBytes }
  }

  override choose(sample: FamilySample): FamilyChoice | null {
    return this.#choiceFor(sample, this.#codec)
  }

  #levelOf({ id }: Codec): number | null {
    const levels = LEVELS[id]
    return levels === null ? null : (this.context.parameters.number('level') ?? levels.usual)
  }

  #choiceFor(sample: FamilySample, codec: Codec): FamilyChoice | null {
    const given = this.context.parameters.number('minBytes')
    const level = this.#levelOf(codec) ?? 0
    let least = Infinity
    const coders = this.byColumn(sample, ({ values }) => {
      const judged = ofAllLengths(
        values.filter(({ length }) => length >= (given ?? 1)),
        this.amount(JUDGED_VALUES),
      )
      const lengths = judged.map((value) => [value.length, codec.encode(value, level).length] as const)
      const pays = lengthThatPays(lengths)
      if (lengths.length === 0 || (pays === null && !this.isNamed)) return null
      const from = given ?? pays ?? 1
      if (from < least) least = from
      // Somebody asked for just these keys and gets to see the loss.
      const always = pays === null
      const mixed = !always && values.some(({ length }) => length < from)
      const longer = lengths.some(([before, after]) => before >= from && after >= before)
      return new Compressor(codec, level, from, always, !codec.isMarked && (mixed || longer))
    })
    if (coders === null) return null
    const fields = columnsShown(this, sample, coders)
    return { coders, details: { minBytes: least, ...(fields === null ? {} : { fields }) } }
  }

  override report(results: readonly FamilyResult[]): Partial<Outcome> {
    const { id } = this.#codec
    const level = this.#levelOf(this.#codec)
    const call = `${id}(value${level === null ? '' : `, ${level}`})`
    const shortest = results.map(({ choice }) => choice.details?.minBytes as number)
    const minBytes = this.context.parameters.number('minBytes') ?? (results.length === 0 ? null : Math.min(...shortest))
    return {
      parameters: {
        codec: id,
        ...(level === null ? {} : { level }),
        ...(minBytes === null ? {} : { minBytes }),
        ...(this.#rows.length === 0 ? {} : { codecs: this.#rows }),
      },
      steps: [
        `Readers: decompress what ${this.#codec.isMarked ? `begins with the header of ${id}` : 'is marked as compressed'}, take the rest as it is`,
        `Writers: ${writeCommand(this, results, call)} where the value has at least ${minBytes ?? 1} bytes and gets shorter`,
        rewriteStep(this, results, call),
      ],
      assumptions: [
        FORMATS[id],
        ...(OF_ZLIB.has(id)
          ? [
              'Sizes are those of the zlib in Node.js. With the zlib of another language what is saved differs by some percent, up to ' +
                'ten where values are short.',
            ]
          : []),
        ...(this.#codec.isMarked
          ? []
          : [
              `Nothing in ${id} tells a compressed value from a plain one: where both are in one pattern, one byte (0xff) in ` +
                'front of the compressed ones is counted.',
            ]),
        ...(this.#rows.length === 0
          ? []
          : ['The table of codecs is made with some keys of each of the larger patterns.']),
        ...this.#problems,
      ],
    }
  }
}

const OF_ZLIB: ReadonlySet<CodecId> = new Set(['gzip', 'zlib', 'deflate'])

const FORMATS: Readonly<Record<CodecId, string>> = {
  gzip: 'gzip of RFC 1952, as zlib makes it: 18 bytes of frame per value.',
  zlib: 'zlib of RFC 1950: 6 bytes of frame per value.',
  deflate: 'Raw deflate of RFC 1951, without frame or checksum.',
  brotli: 'brotli of RFC 7932; the level is its quality.',
  lz4: 'LZ4 block behind its length of 4 bytes, as lz4.block.compress of Python writes it; an LZ4 frame takes 11 bytes more.',
  snappy: 'Snappy block with its length in front, without the framing of streams.',
  zstd: 'One Zstandard frame per value, with content size and without checksum.',
  'lz-string': 'compressToUint8Array of lz-string; values that are no text stay as they are.',
}

/** A codec that does not compress the same place of a sample twice: once to learn from it, once to price it. */
function onceEach(codec: Codec): Codec {
  const known = new WeakMap<ArrayBufferLike, Map<number, Uint8Array>>()
  return {
    ...codec,
    encode(value, level) {
      let places = known.get(value.buffer)
      if (places === undefined) {
        places = new Map()
        known.set(value.buffer, places)
      }
      const before = places.get(value.byteOffset)
      if (before !== undefined) return before
      const result = codec.encode(value, level)
      places.set(value.byteOffset, result)
      return result
    },
  }
}

/** Some of the values, from the shortest to the longest. */
function ofAllLengths(values: readonly Uint8Array[], most: number): readonly Uint8Array[] {
  if (values.length <= most) return values
  const sorted = values.toSorted((a, b) => a.length - b.length)
  const last = sorted.length - 1
  return Array.from({ length: most }, (_, index) => sorted[Math.round((index * last) / (most - 1))]!)
}

/** The length from which compressing saves the most in all; null when it saves nothing. */
function lengthThatPays(lengths: readonly (readonly [before: number, after: number])[]): number | null {
  const sorted = [...lengths].sort((a, b) => b[0] - a[0])
  let saved = 0
  let most = 0
  let from: number | null = null
  for (const [index, [before, after]] of sorted.entries()) {
    saved += before - after
    // Values of one length are taken together.
    if (sorted[index + 1]?.[0] === before || saved <= most) continue
    most = saved
    from = before
  }
  return from
}

class Compressor implements ValueCoder {
  constructor(
    readonly codec: Codec,
    readonly level: number,
    readonly minBytes: number,
    /** Also where the result is longer. */
    readonly always: boolean,
    readonly marks: boolean,
  ) {}

  encode(value: Uint8Array): Uint8Array | null {
    if (value.length < this.minBytes) return null
    let after = this.codec.encode(value, this.level)
    if (this.marks) {
      const marked = new Uint8Array(after.length + 1)
      marked[0] = MARK
      marked.set(after, 1)
      after = marked
    }
    return after.length < value.length || this.always ? after : null
  }
}
