import type { Argv } from 'yargs'
import type { RenderOptions } from '../../reports/reporter.js'
import {
  type BigKeyOverrides,
  type BigKeyPresetId,
  bigKeyPresets,
  parseBigKeyLimits,
} from '../analysis/big-key-limits.js'
import { GroupFileError, parseGroupFile } from '../analysis/group-file.js'
import { NodesFileError, parseSlotOwners } from '../analysis/slot-owners.js'
import type { AnalyzeOptions } from '../analyze.js'
import { UsageError } from './environment.js'
import { flag, list, readOptionFile, single, wholeNumber } from './options.js'

const presets = Object.keys(bigKeyPresets) as BigKeyPresetId[]
const MAX_SHARDS = 16_384
const MAX_TREE_DEPTH = 8
/** Levels of the prefix tree that `--tree` alone shows. */
export const TREE_DEPTH = 3

const group = 'Sections:'

/** What a big key is, which other commands take, too. */
export const sectionsShared = {
  'big-key-preset': single(`What counts as a big key: ${presets.join(', ')}`, {
    group,
    choices: presets,
    default: 'default',
    defaultDescription: 'default',
  }),
  'big-key': list('Limits beside the preset: hash.elements=5000,string.bytes=1MB', { group }),
} as const

/** Options about the sections of the report. */
export function sectionOptions<T>(yargs: Argv<T>) {
  return yargs.options({
    'group-file': single('Sums of your own groups of keys: lines of pattern, name, owner', { group }),
    ...sectionsShared,
    nodes: single('Who owns the slots: nodes.conf, CLUSTER NODES, or CLUSTER SLOTS / SHARDS as JSON', { group }),
    shards: list('Cluster sizes to try out [3,6,12,24]', { group }),
    tree: single(`The tree of name prefixes, so many levels deep [${TREE_DEPTH}]`, { group, requiresArg: false }),
    bigkeys: flag('Only the page that redis-cli --bigkeys, --memkeys and --keystats users know', { group }),
    'no-values': flag('Do not look at what the values are', { group }),
    'show-values': flag('Values may be shown, such as members of sets', { group }),
  })
}

/** What yargs makes of the options above. */
export interface SectionArguments {
  readonly groupFile?: string | undefined
  readonly bigKeyPreset?: string | undefined
  readonly bigKey?: readonly string[] | undefined
  readonly nodes?: string | undefined
  readonly shards?: readonly string[] | undefined
  readonly tree?: string | undefined
  readonly bigkeys?: boolean | undefined
  readonly noValues?: boolean | undefined
  readonly showValues?: boolean | undefined
}

/** Reads the files that the options name, and turns them into what the library wants. */
export async function sectionsOf(args: SectionArguments): Promise<Omit<AnalyzeOptions, 'top'>> {
  const { groupFile, nodes, bigKey, shards } = args
  const preset = args.bigKeyPreset as BigKeyPresetId | undefined
  const asGiven: Record<string, string | readonly string[]> = {}
  if (groupFile !== undefined) asGiven.groupFile = groupFile
  if (nodes !== undefined) asGiven.nodes = nodes
  if (shards !== undefined) asGiven.shards = shards
  if (bigKey !== undefined) asGiven.bigKey = bigKey
  if (preset !== undefined && preset !== 'default') asGiven.bigKeyPreset = preset
  if (args.noValues === true) asGiven.noValues = 'yes'
  if (args.showValues === true) asGiven.showValues = 'yes'
  return {
    asGiven,
    bigKeyPreset: preset,
    bigKeyLimits: bigKey === undefined ? undefined : limitsOf(bigKey),
    shards: shards === undefined ? undefined : shardCounts(shards),
    groups:
      groupFile === undefined
        ? undefined
        : parsed(await readOptionFile('group-file', groupFile), groupFile, parseGroupFile),
    slotOwners: nodes === undefined ? undefined : parsed(await readOptionFile('nodes', nodes), nodes, parseSlotOwners),
    values: args.noValues !== true,
    showValues: args.showValues === true,
  }
}

/** How the text is to be laid out. */
export function pageOf(args: SectionArguments): Pick<RenderOptions, 'page' | 'treeDepth'> {
  const depth = args.tree === undefined ? undefined : wholeNumber('tree', args.tree, 1)
  if (depth !== undefined && depth > MAX_TREE_DEPTH) {
    throw new UsageError(`--tree ${depth}: the report keeps ${MAX_TREE_DEPTH} levels`)
  }
  return {
    ...(args.bigkeys === true ? { page: 'bigkeys' } : {}),
    ...(depth === undefined ? {} : { treeDepth: depth }),
  }
}

function limitsOf(texts: readonly string[]): BigKeyOverrides {
  const limits: Record<string, object> = {}
  for (const text of texts) {
    for (const [type, more] of Object.entries(parseBigKeyLimits(text))) limits[type] = { ...limits[type], ...more }
  }
  return limits as BigKeyOverrides
}

function shardCounts(texts: readonly string[]): readonly number[] {
  return texts
    .flatMap((text) => text.split(','))
    .map((text) => {
      const shards = wholeNumber('shards', text.trim(), 1)
      if (shards > MAX_SHARDS) throw new UsageError(`--shards ${text}: there are ${MAX_SHARDS} slots`)
      return shards
    })
}

/** A mistake in such a file is a mistake in the command line. */
function parsed<Result>(text: string, file: string, parse: (text: string, file: string) => Result): Result {
  try {
    return parse(text, file)
  } catch (error) {
    if (error instanceof GroupFileError || error instanceof NodesFileError) throw new UsageError(error.message)
    throw error
  }
}
