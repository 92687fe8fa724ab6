import type { Outcome, Technique } from './optimization.js'
import type { ValueCoder } from './sampling/coders.js'
import { mainPattern, rewriteStep } from './sampling/commands.js'
import type { Column, FamilySample } from './sampling/family-sample.js'
import { columnsShown, type FamilyChoice, type FamilyResult, SampledRun } from './sampling/sampled-run.js'
import { MOST_SHORT_NAMES, shortNames } from './short-names.js'

/** Between the words of a value; one kind per column. */
const SEPARATORS = [',', ';', '|', ' ', '/', ':', '-', '_', '.'] as const
const LEAST_VALUES = 20
const LONGEST_VALUE = 256
/** A word must have been seen so often, else it is data. */
const LEAST_COUNT = 3
/** Values that the vocabulary must cover. */
const LEAST_SHARE = 0.95
const MOST_WORDS = 4096

export const abbreviateValues: Technique = {
  id: 'abbreviate-values',
  title: 'Abbreviate words in short values to one letter',
  why: 'Values made of a few words, like visit,checkout, say the same as vc once everybody knows the letters.',
  effort: 'client',
  certainty: 'sampled',
  isHomemade: true,
  rewrites: ['values'],
  breaks: [
    'Every reader and writer, Lua scripts and search indexes included, needs the list of letters.',
    'With more than 52 words a field has no letters left.',
  ],
  cpu: 'A look into a table per word; packed collections are walked faster.',
  steps: [
    'Map words to letters in one place of the client: visit to v, checkout to c',
    'Rewrite the rest in the background',
  ],
  verify: ['GET <key>, or HGET <key> <field>', 'MEMORY USAGE <key> before and after'],
  rollback: ['Write the words again: nothing is lost while the list of letters is there.'],
  parameters: [
    {
      name: 'show',
      kind: 'choice',
      choices: ['words'],
      describe: 'words: list them with their letters; they are parts of values [not shown]',
    },
  ],
  start: (context) => new AbbreviateValues(context),
}

class AbbreviateValues extends SampledRun {
  override choose(sample: FamilySample): FamilyChoice | null {
    const letters: string[] = []
    const coders = this.byColumn(sample, (column) => {
      const found = bestCoder(column)
      if (found !== null) letters.push(...[...found.letters].map(([word, letter]) => `${word}=${letter}`))
      return found
    })
    if (coders === null) return null
    const fields = columnsShown(this, sample, coders)
    const shown = letters.length <= MOST_SHORT_NAMES ? letters : [...letters.slice(0, MOST_SHORT_NAMES), '...']
    return {
      coders,
      details: {
        words: this.context.parameters.has('show') ? this.context.names.shown(shown) : letters.length,
        ...(fields === null ? {} : { fields }),
      },
    }
  }

  override report(results: readonly FamilyResult[]): Partial<Outcome> {
    const pattern = mainPattern(this, results)
    return {
      steps: [
        `Map the words of ${pattern} to letters in one place of the client, and leave out what stands between them`,
        rewriteStep(this, results, '<abbreviated>'),
      ],
      assumptions: [
        `Values of at most ${MOST_SHORT_NAMES} different words with one separator. A value with another word is kept as it is behind ` +
          'a separator, which is counted.',
      ],
    }
  }
}

/** With the separator that saves the most; null when the values are no words. */
function bestCoder({ values }: Column): AbbreviatingCoder | null {
  if (values.length < LEAST_VALUES) return null
  const texts = values.map((value) => (value.length > LONGEST_VALUE ? null : Buffer.from(value).toString('latin1')))
  const before = values.reduce((sum, { length }) => sum + length, 0)
  let best: AbbreviatingCoder | null = null
  let least = before
  for (const separator of SEPARATORS) {
    const letters = vocabulary(texts, separator)
    if (letters === null) continue
    const coder = new AbbreviatingCoder(letters, separator)
    let after = 0
    let covered = 0
    for (const text of texts) {
      const short = text === null ? null : coder.shorten(text)
      if (short !== null) covered++
      after += short?.length ?? (text?.length ?? LONGEST_VALUE) + 1
    }
    if (covered < LEAST_SHARE * texts.length || after >= least) continue
    best = coder
    least = after
  }
  return best
}

/** Letters for the words of the values; null when there are too many words, or some are none. */
function vocabulary(texts: readonly (string | null)[], separator: string): ReadonlyMap<string, string> | null {
  const counts = new Map<string, number>()
  for (const text of texts) {
    for (const word of text?.split(separator) ?? []) {
      if (!/^[A-Za-z][A-Za-z0-9 _.-]*$/.test(word)) continue
      counts.set(word, (counts.get(word) ?? 0) + 1)
      if (counts.size > MOST_WORDS) return null
    }
  }
  const words = [...counts].filter(([, count]) => count >= LEAST_COUNT)
  if (words.length === 0 || words.length > MOST_SHORT_NAMES) return null
  words.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return shortNames(
    words.map(([word]) => word),
    1,
  )
}

class AbbreviatingCoder implements ValueCoder {
  constructor(
    readonly letters: ReadonlyMap<string, string>,
    readonly separator: string,
  ) {}

  encode(value: Uint8Array): Uint8Array {
    const text = Buffer.from(value).toString('latin1')
    return Buffer.from(this.shorten(text) ?? this.separator + text, 'latin1')
  }

  /** Null when a word has no letter. */
  shorten(text: string): string | null {
    let short = ''
    for (const word of text.split(this.separator)) {
      const letter = this.letters.get(word)
      if (letter === undefined) return null
      short += letter
    }
    return short
  }
}
