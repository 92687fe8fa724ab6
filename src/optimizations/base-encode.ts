import { canonicalInteger } from '../memory/structs/integers.js'
import { ALPHABETS, type Alphabet, SymbolAlphabet } from './codecs/alphabets.js'
import type { Outcome, Technique, TechniqueContext } from './optimization.js'
import { ParameterError, type Parameters } from './parameters.js'
import type { FamilyCoders, ValueCoder } from './sampling/coders.js'
import { mainPattern, rewriteStep, writeCommand } from './sampling/commands.js'
import type { Column, FamilySample } from './sampling/family-sample.js'
import { type Encode, markedCoder } from './sampling/marked-coder.js'
import { columnsShown, type FamilyChoice, type FamilyResult, SampledRun } from './sampling/sampled-run.js'

/** Share of the values of a column that must be over the alphabet. */
const LEAST_SHARE = 0.95
/** Without a given alphabet: columns with so many values at least, of such a length. */
const LEAST_VALUES = 20
const LEAST_LENGTH = 6
/** An alphabet is measured when each of its symbols could have been seen this often, and has so many at most. */
const SEEN_PER_SYMBOL = 50
const MOST_MEASURED = 16
/** A measured alphabet is taken when it needs so much less than the named one. */
const CLEARLY_LESS = 0.9
const INTEGER_BITS = 64
const MOST_SYMBOLS = 128

export const baseEncode: Technique = {
  id: 'base-encode',
  title: 'Pack ids and codes of a small alphabet into bytes',
  why: 'A hex digit needs four bits and takes eight; a UUID of 36 characters is 16 bytes, a move of three kinds not two bits.',
  effort: 'client',
  certainty: 'sampled',
  rewrites: ['values'],
  breaks: [
    'Values (or names) are bytes: not to be read in redis-cli without a tool, not to be split in Lua by text.',
    'All readers must know both forms before the first writer changes.',
    'A symbol outside the alphabet can no longer be stored without a mark.',
  ],
  cpu: 'Some nanoseconds per symbol in the client.',
  steps: [
    'Readers: a value of the packed length is unpacked, another one is taken as it is',
    'Writers: SET <key> pack(value)',
    'Rewrite the rest in the background with SCAN, keeping the TTL',
  ],
  verify: ['STRLEN <key>: 16 for a UUID', 'MEMORY USAGE <key> before and after', 'unpack(GET <key>) is the old text'],
  rollback: ['Rewrite the values as text: nothing is lost.'],
  parameters: [
    {
      name: 'alphabet',
      kind: 'text',
      describe:
        'of digits, hex, uuid, base32, base36, base62, base64, one or several; or custom:abc... [what is found per pattern]',
    },
    {
      name: 'in',
      kind: 'choice',
      choices: ['values', 'names'],
      preset: 'values',
      describe: 'values, or UUIDs and hex ids in the names of keys',
    },
  ],
  start: (context) => new BaseEncode(context, alphabetsOf(context.parameters)),
}

/** @throws ParameterError */
function alphabetsOf(parameters: Parameters): readonly Alphabet[] | null {
  const name = parameters.text('alphabet')
  if (name === undefined) return null
  const where = `--param base-encode.alphabet=${name}`
  if (!name.startsWith('custom:')) {
    const wanted = name.split(',')
    if (!wanted.every((part) => Object.hasOwn(ALPHABETS, part))) {
      throw new ParameterError(
        `${where}: choose from ${Object.keys(ALPHABETS).join(', ')}, or write custom: and the symbols`,
      )
    }
    // In the order of the table, the densest first, whatever the order they were written in.
    return Object.entries(ALPHABETS).flatMap(([known, alphabets]) => (wanted.includes(known) ? alphabets : []))
  }
  const symbols = name.slice('custom:'.length)
  if (new Set(symbols).size !== symbols.length) throw new ParameterError(`${where}: a symbol stands there twice`)
  if (symbols.length < 2 || symbols.length > MOST_SYMBOLS || /[^\x20-\x7e]/.test(symbols)) {
    throw new ParameterError(`${where}: write 2 to ${MOST_SYMBOLS} ASCII characters behind custom:`)
  }
  return [new SymbolAlphabet(name, symbols)]
}

class BaseEncode extends SampledRun {
  readonly #alphabets: readonly Alphabet[] | null
  readonly #inNames: boolean

  constructor(context: TechniqueContext, alphabets: readonly Alphabet[] | null) {
    super(context)
    this.#alphabets = alphabets
    this.#inNames = context.parameters.text('in') === 'names'
  }

  override choose(sample: FamilySample): FamilyChoice | null {
    if (this.#inNames) return { coders: { all: null, name: { encode: packName } }, details: { packed: 'ids in names' } }
    const found = new Map<string, string>()
    const coders = this.byColumn(sample, (column) => {
      const choice = this.#coderOf(column, sample.type === 'string')
      if (choice !== null) found.set(column.field ?? '', this.#shown(choice.alphabet))
      return choice?.coder ?? null
    })
    if (coders === null) return null
    return { coders, details: this.#details(sample, coders, found) }
  }

  #details(sample: FamilySample, coders: FamilyCoders, found: ReadonlyMap<string, string>): Record<string, unknown> {
    const fields = columnsShown(this, sample, coders)
    const alphabets = [...found].map(([field, alphabet]) => (field === '' ? alphabet : `${field}: ${alphabet}`))
    return { alphabet: fields === null ? [...found.values()].join(', ') : this.context.names.shown(alphabets.sort()) }
  }

  /** Symbols of a measured alphabet are parts of values. */
  #shown(alphabet: string): string {
    const isMeasured = alphabet.startsWith('custom:') && this.#alphabets === null
    return isMeasured && this.context.names.hidden ? `custom, ${alphabet.length - 'custom:'.length} symbols` : alphabet
  }

  #coderOf(column: Column, mayBeInteger: boolean): { readonly coder: ValueCoder; readonly alphabet: string } | null {
    // Integers are kept as such already.
    const values = column.values.filter((value) => !isInteger(value))
    if (values.length === 0 || (!this.isNamed && values.length < LEAST_SHARE * column.values.length)) return null
    const candidates = this.#alphabets ?? detect(values)
    const lengths = new Set(values.map(({ length }) => length))
    const length = lengths.size === 1 ? values[0]!.length : 0
    for (const alphabet of candidates) {
      const coder =
        (mayBeInteger && length > 0 ? integerCoder(column.values, alphabet, length) : null) ??
        // Where lengths differ, integers that stay have to be told from what is packed.
        markedCoder(length === 0 ? column.values : values, packer(alphabet, length), LEAST_SHARE)
      if (coder !== null) return { coder, alphabet: alphabet.name }
    }
    return null
  }

  override report(results: readonly FamilyResult[]): Partial<Outcome> {
    const pattern = mainPattern(this, results)
    const alphabets = new Set(results.map(({ choice }) => String(choice.details?.alphabet ?? choice.details?.packed)))
    return {
      ...(this.isExact(results) ? { certainty: 'exact' as const } : {}),
      parameters:
        alphabets.size === 0 || this.context.parameters.has('alphabet') ? {} : { alphabet: [...alphabets].join('; ') },
      steps: this.#inNames
        ? [
            `Clients: build names of ${pattern} with the bytes of the id instead of its digits`,
            'Move the keys: RENAMENX <old name> <new name>, name by name; readers try both until all are moved',
          ]
        : [
            'Readers: where all texts have one length, a value of the packed length is unpacked, else one with bytes outside the ' +
              'alphabet; others are taken as they are',
            `Writers: ${writeCommand(this, results, 'pack(value)')}`,
            rewriteStep(this, results, '<packed>'),
          ],
      assumptions: [
        'Texts of one length become numbers of one width; where lengths differ, a leading digit keeps them. Where some ' +
          'values cannot be packed, a byte (0xff) in front of the packed ones is counted.',
        'Values that the server keeps as integers stay as they are. Numbers of up to 64 bits are written in decimal where that ' +
          'makes them integers.',
        this.#inNames
          ? 'UUIDs and runs of 16 hex digits or more in names are packed.'
          : 'Names of keys stay as they are: --param base-encode.in=names prices the ids in them.',
      ],
    }
  }
}

function isInteger(value: Uint8Array): boolean {
  return !Number.isNaN(canonicalInteger(value, 0, value.length))
}

function packer(alphabet: Alphabet, length: number): Encode {
  return (value) => {
    if (isInteger(value)) return null
    const packed = alphabet.pack(value, length)
    return packed !== null && packed.length < value.length ? packed : null
  }
}

/** Numbers that fit 64 bits, in decimal, which a server keeps in the object itself; null when some value is none. */
function integerCoder(values: readonly Uint8Array[], alphabet: Alphabet, length: number): ValueCoder | null {
  if (!(alphabet instanceof SymbolAlphabet) || length * alphabet.bitsPerSymbol > INTEGER_BITS + 1e-9) return null
  if (!values.every((value) => value.length === length && alphabet.holds(value))) return null
  return {
    // Hex digits that happen to be decimal ones become another number, as all do.
    takesIntegers: true,
    encode: (value) => {
      if (value.length !== length || !alphabet.holds(value)) return null
      const number = BigInt.asIntN(INTEGER_BITS, alphabet.number(value, 0, length))
      return Buffer.from(number.toString(), 'latin1')
    },
  }
}

/** What the values of a column may be written in, the narrowest first. */
function detect(values: readonly Uint8Array[]): readonly Alphabet[] {
  let bytes = 0
  const seen = new Set<number>()
  for (const value of values) {
    bytes += value.length
    for (const byte of value) seen.add(byte)
  }
  if (values.length < LEAST_VALUES || bytes < LEAST_LENGTH * values.length) return []
  const named = Object.values(ALPHABETS).flat()
  const symbols = [...seen].sort((a, b) => a - b)
  const isMeasured =
    symbols.length >= 2 &&
    symbols.length <= MOST_MEASURED &&
    bytes >= SEEN_PER_SYMBOL * symbols.length &&
    symbols.every((byte) => byte >= 32 && byte < 127)
  if (!isMeasured) return named
  const text = String.fromCharCode(...symbols)
  const measured = new SymbolAlphabet(`custom:${text}`, text)
  const fitting = named.find(
    (alphabet) => alphabet instanceof SymbolAlphabet && values.every((value) => alphabet.holds(value)),
  )
  const enough = fitting === undefined || measured.bitsPerSymbol < CLEARLY_LESS * fitting.bitsPerSymbol!
  return enough ? [...named.filter(({ name }) => name === 'uuid'), measured, ...named] : named
}

const ID_IN_NAME =
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<![0-9a-zA-Z])(?:[0-9a-f]{2}){8,}(?![0-9a-zA-Z])/g

/** UUIDs and hex ids of a name as bytes; null when there are none. */
function packName(name: Uint8Array): Uint8Array | null {
  const text = Buffer.from(name).toString('latin1')
  const packed = text.replace(ID_IN_NAME, (id) => Buffer.from(id.replaceAll('-', ''), 'hex').toString('latin1'))
  return packed.length === text.length ? null : Buffer.from(packed, 'latin1')
}
