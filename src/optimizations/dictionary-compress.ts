import { type DictionaryCodec, dictionaryCodecOf, LEVELS, loadDictionaryCodec } from './codecs/index.js'
import { trainDictionary } from './codecs/train-dictionary.js'
import type { Outcome, Technique, TechniqueContext } from './optimization.js'
import type { Parameters } from './parameters.js'
import type { FamilyCoders, ValueCoder } from './sampling/coders.js'
import { mainPattern, rewriteStep, writeCommand } from './sampling/commands.js'
import { dictionaryString } from './sampling/dictionary-key.js'
import type { FamilySample } from './sampling/family-sample.js'
import { MARK } from './sampling/marked-coder.js'
import { columnsShown, type FamilyChoice, type FamilyResult, SampledRun } from './sampling/sampled-run.js'

const CODECS = ['deflate', 'zstd'] as const
const SIZES = [512, 2048, 8192, 32_768] as const
/** Values from which the codec and the size of the dictionary are chosen. */
const TRIED_VALUES = 120
/** A column with fewer values, or shorter ones, has nothing to learn from. */
const LEAST_VALUES = 20
const LEAST_AVERAGE_BYTES = 12
/** Longer values compress well without a dictionary. */
const LONGEST_AVERAGE_BYTES = 4096

export const dictionaryCompress: Technique = {
  id: 'dictionary-compress',
  title: 'Compress short values against a common dictionary',
  why: 'A short value does not repeat itself, but it repeats its neighbours: a dictionary trained on the pattern says what they share.',
  effort: 'client',
  certainty: 'sampled',
  rewrites: ['values'],
  behind: ['json-trim', 'serialize-msgpack', 'abbreviate-values'],
  breaks: [
    'Values cannot be read without the very dictionary they were written with: it must be kept, and numbered when it changes.',
    'APPEND, SETRANGE, GETRANGE and INCR no longer work on the values, nor do Lua scripts that read them.',
    'All readers must have the dictionary before the first writer uses it.',
  ],
  cpu: 'Loading the dictionary costs some ten microseconds per value unless the client keeps it digested.',
  steps: [
    'Train a dictionary on some thousand values: zstd --train <files> --maxdict=<bytes>, and keep it under one key',
    'Writers: SET <key> compress(value, dictionary). Readers load the dictionary once.',
    'Rewrite the rest in the background with SCAN, keeping the TTL',
  ],
  verify: [
    'STRLEN <key> before and after',
    'MEMORY USAGE <key> before and after',
    'Values decompress to the same bytes',
  ],
  rollback: ['Write the values plainly again: nothing is lost while the dictionary is there.'],
  parameters: [
    {
      name: 'codec',
      kind: 'choices',
      choices: CODECS,
      describe: 'deflate or zstd [both: the one that saves more, per pattern]',
    },
    {
      name: 'dictionaryBytes',
      kind: 'number',
      least: 64,
      most: 32_768,
      describe: 'size of a dictionary [512 to 32768, what saves the most, per pattern]',
    },
  ],
  prepare: async (parameters) => {
    await Promise.all(wantedCodecs(parameters).map(loadDictionaryCodec))
  },
  start: (context) => {
    const loaded = wantedCodecs(context.parameters).map(dictionaryCodecOf)
    const problems = loaded.filter((codec) => typeof codec === 'string')
    if (problems.length === loaded.length) return problems.join('; ')
    return new DictionaryCompress(
      context,
      loaded.filter((codec) => typeof codec !== 'string'),
      problems,
    )
  },
}

function wantedCodecs(parameters: Parameters): readonly DictionaryCodec['id'][] {
  return (parameters.list('codec') as readonly DictionaryCodec['id'][] | undefined) ?? CODECS
}

class DictionaryCompress extends SampledRun {
  override readonly units = 12_000
  readonly #codecs: readonly DictionaryCodec[]
  readonly #problems: readonly string[]

  constructor(context: TechniqueContext, codecs: readonly DictionaryCodec[], problems: readonly string[]) {
    super(context)
    this.#codecs = codecs
    this.#problems = problems
  }

  override choose(sample: FamilySample): FamilyChoice | null {
    // Learned from one half and tried on the other, unless the sample is all there is.
    const learned = sample.isWhole ? sample : sample.where((index) => index % 2 === 0)
    const tried = sample.isWhole ? sample : sample.where((index) => index % 2 === 1)
    if (tried.keys.length === 0) return null
    const keys = sample.keys[0]!.tally.keys
    const found = new Map<string, DictionaryCoder>()
    const testColumns = new Map(tried.columns.map((column) => [column.id, column.values]))
    const coders: FamilyCoders | null = this.byColumn(learned, ({ id, field, values }) => {
      const test = testColumns.get(id) ?? []
      const all = (test.length * keys) / tried.keys.length
      const coder = this.#coderOf(values, spread(test, this.amount(TRIED_VALUES)), all)
      if (coder !== null) found.set(field ?? '', coder)
      return coder
    })
    if (coders === null) return null
    const fields = columnsShown(this, learned, coders)
    const chosen = [...found.values()]
    const dictionaryBytes = chosen.reduce((sum, { dictionary }) => sum + dictionary.length, 0)
    return {
      coders,
      dictionaries: [dictionaryString(dictionaryBytes)],
      priced: tried.keys,
      details: {
        codec: [...new Set(chosen.map(({ codec }) => codec.id))].join(', '),
        dictionaryBytes,
        minBytes: Math.min(...chosen.map(({ minBytes }) => minBytes)),
        ...(fields === null ? {} : { fields }),
      },
    }
  }

  /** @param all values that there are, as far as one knows: they share the dictionary */
  #coderOf(values: readonly Uint8Array[], test: readonly Uint8Array[], all: number): DictionaryCoder | null {
    const average = values.reduce((sum, { length }) => sum + length, 0) / values.length
    const isFit = values.length >= LEAST_VALUES && average >= LEAST_AVERAGE_BYTES && average <= LONGEST_AVERAGE_BYTES
    if (!isFit || test.length === 0) return null
    const given = this.context.parameters.number('dictionaryBytes')
    let best: DictionaryCoder | null = null
    let most = 0
    for (const size of given === undefined ? SIZES : [given]) {
      const dictionary = trainDictionary(values, size)
      if (dictionary.length < 16) continue
      for (const codec of this.#codecs) {
        const coder = new DictionaryCoder(codec, dictionary)
        const saved = coder.learn(test) * (all / test.length) - dictionary.length
        if (saved > most || (best === null && given !== undefined && this.isNamed)) {
          most = Math.max(most, saved)
          best = coder
        }
      }
      // A dictionary of everything: larger ones are the same.
      if (dictionary.length < size / 2) break
    }
    return best
  }

  override report(results: readonly FamilyResult[]): Partial<Outcome> {
    const codecs = [...new Set(results.map(({ choice }) => String(choice.details?.codec)))].sort().join(', ')
    const pattern = mainPattern(this, results)
    return {
      ...(results.length === 0 ? {} : { parameters: { codec: codecs } }),
      steps: [
        `Train a dictionary on some thousand values of ${pattern}, of the size shown, and keep it under one key`,
        `Writers: ${writeCommand(this, results, `${codecs || 'compress'}(value, dictionary)`)} where that is shorter. Readers load the dictionary once.`,
        rewriteStep(this, results, '<compressed>'),
      ],
      assumptions: [
        'The dictionary is counted, one key per database. It is plain content, made by a trainer of our own; one with entropy ' +
          'tables (zstd --train) saves some percent more.',
        'Where not every value could be looked at, dictionaries are learned from one half of the sample and tried on the other.',
        'deflate is raw, without frame; a byte (0xff) in front of compressed values is counted for it where some stay plain.',
        ...this.#problems,
      ],
    }
  }
}

/** Some of the values, from all over. */
function spread(values: readonly Uint8Array[], most: number): readonly Uint8Array[] {
  if (values.length <= most) return values
  return Array.from({ length: most }, (_, index) => values[Math.floor((index * values.length) / most)]!)
}

class DictionaryCoder implements ValueCoder {
  minBytes = 0
  #marks = false
  readonly #level: number

  constructor(
    readonly codec: DictionaryCodec,
    readonly dictionary: Uint8Array,
  ) {
    this.#level = LEVELS[codec.id]!.usual
  }

  /** Finds out from which length it pays, and whether plain values remain; bytes that the values save. */
  learn(values: readonly Uint8Array[]): number {
    let saved = 0
    let shortest = Infinity
    let plain = 0
    let coded = 0
    for (const value of values) {
      const gain = value.length - this.codec.encode(value, this.dictionary, this.#level).length
      if (gain > 0) {
        coded++
        saved += gain
        if (value.length < shortest) shortest = value.length
      } else plain++
    }
    this.minBytes = shortest === Infinity ? 0 : shortest
    this.#marks = plain > 0 && this.codec.id === 'deflate'
    return saved - (this.#marks ? coded : 0)
  }

  encode(value: Uint8Array): Uint8Array | null {
    if (value.length < this.minBytes) return null
    const after = this.codec.encode(value, this.dictionary, this.#level)
    if (!this.#marks) return after.length < value.length ? after : null
    if (after.length + 1 >= value.length) return null
    const marked = new Uint8Array(after.length + 1)
    marked[0] = MARK
    marked.set(after, 1)
    return marked
  }
}
