import { bigKeyPresets } from '../analysis/big-key-limits.js'
import { allocatorIds } from '../memory/allocators/index.js'
import { targetIds } from '../memory/models/index.js'
import { redactModes } from '../redact/modes.js'
import { OUTPUT_FORMATS, RULES } from './config-types.js'

/** A size as people write it, or bytes. */
const size = (description: string): object => ({
  description,
  anyOf: [
    { type: 'integer', minimum: 0 },
    { type: 'string', pattern: '^ *[0-9.]+ *([kKmMgGtT]?[iI]?[bB]?) *$' },
  ],
})
const share = (description: string): object => ({
  description,
  anyOf: [
    { type: 'number', minimum: 0, maximum: 1 },
    { type: 'string', pattern: '^ *[0-9.]+ *% *$' },
  ],
})
const duration = (description: string): object => ({
  description,
  type: 'string',
  pattern: '^ *[0-9.]+ *(ms|s|sec|m|min|h|d|w|y) *$',
})
const texts = (description: string, more: object = {}): object => ({
  description,
  type: 'array',
  items: { type: 'string', minLength: 1 },
  ...more,
})
const text = (description: string, more: object = {}): object => ({
  description,
  type: 'string',
  minLength: 1,
  ...more,
})
const whole = (description: string, minimum: number): object => ({ description, type: 'integer', minimum })
const object = (description: string, properties: object, more: object = {}): object => ({
  description,
  type: 'object',
  additionalProperties: false,
  properties,
  ...more,
})
const date = (description: string): object => text(description, { pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })

const severity = { description: 'How bad it is; off: not looked for.', enum: ['error', 'warn', 'note', 'off'] }

const analysis = object('What is read of the dumps, and for which server they are sized.', {
  target: text('Server version to size for; default: the one that wrote the dump.', { enum: targetIds }),
  settings: {
    description: 'Settings of that server by their redis.conf names.',
    type: 'object',
    additionalProperties: { type: ['string', 'number'] },
  },
  conf: text('Take the settings from this redis.conf.'),
  bits: { description: 'Pointer size of that server.', enum: [32, 64] },
  allocator: { description: 'Allocator of that server.', enum: allocatorIds },
  cluster: { description: 'That server runs in cluster mode.', type: 'boolean' },
  separators: text('Characters that split key names into patterns.'),
  verify: { description: 'False: the checksum is not computed.', type: 'boolean' },
  values: { description: 'False: what the values are is not looked at.', type: 'boolean' },
  bigKeyPreset: { description: 'What counts as a big key.', enum: Object.keys(bigKeyPresets) },
  bigKey: texts('Limits beside the preset: hash.elements=5000.'),
  filter: object('Which keys are looked at; default: all.', {
    db: { description: 'Only these databases.', type: 'array', items: { type: 'integer', minimum: 0 } },
    type: {
      description: 'Only these types.',
      type: 'array',
      items: { enum: ['string', 'list', 'set', 'zset', 'hash', 'stream', 'array', 'module'] },
    },
    match: texts('Only names that fit a glob.'),
    matchRe: texts('Only names in which a regular expression is found.'),
    exclude: texts('Not names that fit a glob.'),
    excludeRe: texts('Not names in which a regular expression is found.'),
    minBytes: size('Only keys of at least this size in memory.'),
    maxBytes: size('Only keys of at most this size in memory.'),
    ttl: text('none, any, expired, or when they expire: now~7d.'),
  }),
})

const source = {
  description: 'Where dumps come from.',
  anyOf: [
    text('A dump, a directory or a glob. {date} stands for the night.'),
    object(
      'The same with a name.',
      { path: text('A dump, a directory or a glob.'), name: text('Name of the shard.') },
      {
        required: ['path'],
      },
    ),
    object(
      'A command that writes a dump to standard output. No shell reads it.',
      {
        command: texts('Program and arguments; {date} stands for the night.', { minItems: 1 }),
        name: text('Name of the shard.'),
        timeout: duration('Stop it after so long; default 1h.'),
      },
      { required: ['command', 'name'] },
    ),
  ],
}

const budget = object(
  'What must not be exceeded. Without pattern and owner it is about whole data sets.',
  {
    name: text('How findings call it; default: what it is about.'),
    dataset: text('Glob of data sets; default: each of them.'),
    pattern: text('Glob of patterns, such as session:*; the budget holds for all that fit together.'),
    owner: text('A team of the owners file; the budget holds for all of its keys together.'),
    maxBytes: size('Memory, dictionaries included.'),
    maxKeys: whole('Keys.', 0),
    maxKeyBytes: size('Memory of the largest single key.'),
    maxGrowthPerDay: {
      description: 'Growth of memory since the last night, per day: 50MB or 5%.',
      anyOf: [
        { type: 'integer', minimum: 0 },
        { type: 'string', pattern: '^ *[0-9.]+ *(%|[kKmMgGtT]?[iI]?[bB]?) *$' },
      ],
    },
    maxWithoutTtl: share('Keys that never expire, as share of all.'),
    forbidEncodings: texts('Encodings that must not occur: hashtable, or zset/skiplist for one type.'),
    forbidFormats: texts('Formats of values that must not occur: java-serialized, json.'),
    severity: { description: 'Of the findings; default error.', enum: ['error', 'warn'] },
  },
  {
    anyOf: [
      { required: ['maxBytes'] },
      { required: ['maxKeys'] },
      { required: ['maxKeyBytes'] },
      { required: ['maxGrowthPerDay'] },
      { required: ['maxWithoutTtl'] },
      { required: ['forbidEncodings'] },
      { required: ['forbidFormats'] },
    ],
  },
)

/** What a config of `nightly` may hold: JSON Schema, draft 7. `nightly --schema` prints it. */
export const CONFIG_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://rdblens.invalid/nightly.schema.json',
  title: 'Config of rdblens nightly',
  ...object(
    'Dumps that are analyzed every night, and what is made of them. Paths are relative to the folder of this file.',
    {
      $schema: text('Where an editor finds this schema.'),
      datasets: {
        description: 'Groups of shards that are one data set.',
        type: 'array',
        minItems: 1,
        items: object(
          'One data set.',
          {
            name: text('Name of the data set and of its folder.', { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' }),
            sources: { description: 'Its shards.', type: 'array', minItems: 1, items: source },
            analysis,
            maxmemory: size('maxmemory of each server: the forecast says when it is reached.'),
          },
          { required: ['name', 'sources'] },
        ),
      },
      analysis,
      output: object('What is written, and where.', {
        folder: text('Everything goes below this folder; default rdblens-nightly.'),
        formats: {
          description: 'Parts of a report; default: all.',
          type: 'array',
          items: { enum: OUTPUT_FORMATS },
          uniqueItems: true,
        },
        top: whole('Rows per table of the reports; 0: all that are kept. Default 200.', 0),
        redact: { description: 'What is shown of key names; default none.', enum: redactModes },
        prometheus: text('Also write the metrics to this file, such as one in the textfile folder of node_exporter.'),
      }),
      retention: object('How long things are kept; default: for ever.', {
        reports: duration('Folders of reports, counted from the newest night: 90d.'),
        history: duration('Rows of the history: 2y.'),
      }),
      threads: whole('Threads to use; default: as many as there are processors.', 1),
      unchanged: {
        description: 'How a dump is known to be the same as in the run before: by size and time, or by its content.',
        enum: ['size+time', 'sha256'],
      },
      price: object(
        'What memory costs.',
        {
          perGibMonth: { description: 'For one GiB for one month.', type: 'number', minimum: 0 },
          currency: text('Default USD.', { maxLength: 8 }),
        },
        { required: ['perGibMonth'] },
      ),
      owners: text('File in the style of CODEOWNERS: a glob of key names, then a team.'),
      budgets: { description: 'What must not be exceeded.', type: 'array', items: budget },
      baseline: text('File of findings that were adopted; nightly --adopt writes it.'),
      suppressions: {
        description: 'Findings that are known and do not count for a while.',
        type: 'array',
        items: object(
          'Findings that do not count.',
          {
            rule: text('Rule or budget of the finding; glob.'),
            dataset: text('Glob of data sets; default: each of them.'),
            subject: text('Pattern, key or shard that the finding is about; glob.'),
            reason: text('Why.'),
            until: date('Last day on which it holds: 2026-12-31.'),
          },
          { required: ['reason', 'until'], anyOf: [{ required: ['rule'] }, { required: ['subject'] }] },
        ),
      },
      findings: object('What is looked for without a budget.', {
        leak: object('A pattern whose keys without expiry grow every night.', {
          severity,
          nights: whole('Nights in a row; default 3.', 2),
          minBytes: size('Growth over these nights that is worth a finding; default 1MB.'),
        }),
        stampede: object('Many keys that expire within the same minute.', {
          severity,
          minKeys: whole('Default 1000.', 1),
          minShare: share('Of all keys that expire; default 1%.'),
        }),
        newBigKey: object('A big key that was none the night before.', { severity }),
        missingTtl: object('A pattern in which nearly all keys expire and some never do.', { severity }),
        stale: object('A dump that is older than the newest one of the run.', {
          severity,
          olderThan: duration('Default 36h.'),
        }),
        forecast: object('maxmemory is reached soon.', {
          warnWithin: duration('Default 30d.'),
          errorWithin: duration('Default 7d.'),
          nights: whole('Nights that the trend is taken from; default 30.', 3),
        }),
      }),
      failOn: {
        description: `Exit code 1 from this severity on; default error. Rules: ${RULES.join(', ')}.`,
        enum: ['error', 'warn', 'never'],
      },
    },
    { required: ['datasets'] },
  ),
} as const
