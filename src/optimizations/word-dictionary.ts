import type { Outcome, Technique } from './optimization.js'
import type { ValueCoder } from './sampling/coders.js'
import { mainPattern, rewriteStep } from './sampling/commands.js'
import { dictionaryString } from './sampling/dictionary-key.js'
import type { Column, FamilySample } from './sampling/family-sample.js'
import { columnsShown, type FamilyChoice, type FamilyResult, SampledRun } from './sampling/sampled-run.js'

/** Codes 0x80 to 0xfe are words; 0xff comes before a byte that is one of these itself. */
const FIRST_CODE = 0x80
const ESCAPE = 0xff
const WORDS = ESCAPE - FIRST_CODE
const LEAST_LETTERS = 3
const LEAST_COUNT = 4
/** A word per column and its length are kept, too. */
const WORD_OVERHEAD = 1
/** Of longer values only the head is read for words. */
const READ_BYTES = 4096
const MOST_WORDS = 50_000
/** Hashes and fields with fewer bytes are not worth a table. */
const LEAST_SAVED_SHARE = 0.05

export const wordDictionary: Technique = {
  id: 'word-dictionary',
  title: 'Write frequent words of texts as one byte',
  why: 'Short texts of one kind use the same words again and again, and are too short for a compressor to notice.',
  effort: 'client',
  certainty: 'sampled',
  isHomemade: true,
  rewrites: ['values'],
  behind: ['json-trim'],
  breaks: [
    'Values cannot be read without the table of words; a table may only grow, or all values must be written again.',
    'Lua scripts and search indexes see codes instead of words.',
  ],
  cpu: 'A look into a table per word.',
  steps: ['Keep the table of words under one key and in the client; replace each word by its code'],
  verify: ['STRLEN <key> before and after', 'MEMORY USAGE <key> before and after'],
  rollback: ['Write the texts again: nothing is lost while the table is there.'],
  parameters: [],
  start: (context) => new WordDictionary(context),
}

class WordDictionary extends SampledRun {
  override choose(sample: FamilySample): FamilyChoice | null {
    // Words are learned from one half and tried on the other, unless the sample is all there is.
    const learned = sample.isWhole ? sample : sample.where((index) => index % 2 === 0)
    let dictionaryBytes = 0
    const examples: string[] = []
    const coders = this.byColumn(learned, (column) => {
      const words = frequentWords(column)
      if (words.length === 0) return null
      const coder = new WordCoder(words)
      if (!coder.pays(column.values)) return null
      dictionaryBytes += words.reduce((sum, word) => sum + word.length + WORD_OVERHEAD, 0)
      examples.push(...words.slice(0, 3))
      return coder
    })
    if (coders === null) return null
    const fields = columnsShown(this, learned, coders)
    return {
      coders,
      dictionaries: [dictionaryString(dictionaryBytes)],
      ...(sample.isWhole ? {} : { priced: sample.keys.filter((_, index) => index % 2 === 1) }),
      details: { dictionaryBytes, ...(fields === null ? {} : { fields }) },
    }
  }

  override report(results: readonly FamilyResult[]): Partial<Outcome> {
    return {
      steps: [
        `Keep the table of words of ${mainPattern(this, results)} under one key and in the client: at most ${WORDS} words per field`,
        'Replace each word, with the character behind it, by its code: 0x80 to 0xfe; 0xff in front of bytes that are codes themselves',
        rewriteStep(this, results, '<coded>'),
      ],
      assumptions: [
        'A word is a run of letters and digits with the character behind it. The table is counted, one key per database.',
        'Tables are made from the sample; where that is not everything, from one half of it and tried on the other.',
      ],
    }
  }
}

const WORD = /[A-Za-z0-9_]{2,}[^A-Za-z0-9_]?/g

/** The words whose codes save the most. */
function frequentWords({ values }: Column): readonly string[] {
  const counts = new Map<string, number>()
  for (const value of values) {
    for (const [word] of latin1(value.subarray(0, READ_BYTES)).matchAll(WORD)) {
      if (word.length < LEAST_LETTERS || (counts.size >= MOST_WORDS && !counts.has(word))) continue
      counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  }
  return [...counts]
    .filter(([word, count]) => count >= LEAST_COUNT && (count - 1) * (word.length - 1) > word.length)
    .sort((a, b) => b[1] * (b[0].length - 1) - a[1] * (a[0].length - 1) || (a[0] < b[0] ? -1 : 1))
    .slice(0, WORDS)
    .map(([word]) => word)
}

class WordCoder implements ValueCoder {
  readonly #codes: ReadonlyMap<string, string>

  constructor(words: readonly string[]) {
    this.#codes = new Map(words.map((word, index) => [word, String.fromCharCode(FIRST_CODE + index)]))
  }

  pays(values: readonly Uint8Array[]): boolean {
    let before = 0
    let after = 0
    for (const value of values) {
      before += value.length
      after += this.encode(value).length
    }
    return before - after >= LEAST_SAVED_SHARE * before
  }

  encode(value: Uint8Array): Uint8Array {
    const text = latin1(value)
    const escaped = /[\x80-\xff]/.test(text) ? text.replace(/[\x80-\xff]/g, '\xff$&') : text
    return Buffer.from(
      escaped.replace(WORD, (word) => this.#codes.get(word) ?? word),
      'latin1',
    )
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
