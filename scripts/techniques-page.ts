/**
 * `docs/techniques.md` without the output of its examples, from the registry of techniques; `scripts/docs.ts` fills in
 * what the commands print.
 */
import type { TechniqueEntry } from '../reports/techniques-text.js'

const APP = 'samples/redis-7.4.1/app.rdb'
const MIX = 'samples/redis-7.0.15-debian/default.rdb'
const savings = (file: string): string => `test/fixtures/savings/${file}`

/** A dump on which there is something to see, and what has to be said for that; default: an application mix. */
const EXAMPLES: Readonly<Record<string, string>> = {
  'raise-intset-limit': savings('raise-intset-entries/redis-7.4.1/before.rdb.gz'),
  'fingerprint-values': `${savings('fingerprint-values/valkey-8.0.1/before.rdb.gz')} --param fingerprint-values.match=seen:*`,
  'hash-to-list': savings('hash-to-list/redis-7.4.1/before.rdb.gz'),
  'merge-entity-keys': savings('merge-entity-keys/redis-7.0.15/before.rdb'),
  'integer-sets': savings('integer-sets/redis-7.0.15/before.rdb'),
  'list-node-size': savings('list-node-size/redis-7.0.15/before.rdb'),
  'drop-expired': 'samples/redis-7.4.1/expired.rdb',
  'list-compress': 'samples/redis-7.4.1/cluster.rdb',
  'base-encode': savings('pack-base62/redis-6.2.16/before.rdb.gz'),
  'abbreviate-values': savings('merge-entity-keys/redis-7.0.15/before.rdb'),
  'split-big-keys': MIX,
  hyperloglog: MIX,
  'bloom-filter': MIX,
}

/** Lines of an example that are shown: the result and its groups. */
const EXAMPLE_LINES = 14

const CERTAINTY: Readonly<Record<string, string>> = {
  exact: 'exact: computed for every key by the memory model',
  modelled: 'modelled: reckoned from published structures or averages, with the assumptions named',
  sampled: 'sampled: the real codec runs over real values of each group; with a 95 % interval',
}

export function techniquesPage(techniques: readonly TechniqueEntry[]): string {
  const parts = [
    '# Techniques',
    '',
    '<!-- Made by scripts/docs.ts from the registry of techniques: do not edit. -->',
    '',
    'Every way to save memory that [`simulate`](simulate.md) knows: what it does, what breaks, how to verify, and the way',
    'back. `rdblens techniques` prints the same list. Savings of several techniques overlap: only the plan of `simulate`',
    'prices one after the other.',
    '',
    '| technique | what to do | effort | sizes |',
    '|---|---|---|---|',
    ...techniques.map(
      ({ id, title, effort, certainty }) => `| [\`${id}\`](#${id}) | ${prose(title)} | ${effort} | ${certainty} |`,
    ),
    ...techniques.flatMap(section),
  ]
  return `${parts.join('\n')}\n`
}

function section(technique: TechniqueEntry): readonly string[] {
  const { id, title, why, effort, certainty, cpu, breaks, steps, verify, rollback, parameters } = technique
  const dump = EXAMPLES[id] ?? APP
  return [
    '',
    `## ${id}`,
    '',
    `**${prose(title)}.** ${prose(why)}`,
    '',
    `- Effort: ${effort}`,
    `- Sizes: ${CERTAINTY[certainty]}`,
    `- Time: ${prose(cpu)}`,
    ...list('What breaks', breaks),
    ...list('Steps', steps),
    ...list('Verify', verify),
    ...list('The way back', rollback),
    ...list(
      'Parameters',
      parameters.map(({ name, describe, preset }) => {
        const value = preset === undefined ? '' : ` [${preset}]`
        return `\`--param ${id}.${name}=\` ${prose(describe + value)}`
      }),
      (line) => line,
    ),
    '',
    `<!-- run: rdblens simulate ${dump} --technique ${id} --top 3 --quiet lines: ${EXAMPLE_LINES} -->`,
    '```text',
    '```',
  ]
}

function list(title: string, lines: readonly string[], escaped = prose): readonly string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, '', ...lines.map((line) => `- ${escaped(line)}`)]
}

/** Our own sentences: words in angle brackets are to be replaced by the reader. */
function prose(text: string): string {
  return text.replace(/[<>|*[\]]/g, (sign) => `\\${sign}`)
}
