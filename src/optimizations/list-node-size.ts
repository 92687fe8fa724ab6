import type { RdbKey } from '../../parsers/index.js'
import type { KeyBatch } from '../batch.js'
import { AsElements } from './as-elements.js'
import type { CurvePoint } from './curve.js'
import { type Outcome, type Technique, type TechniqueContext, usefulGroups } from './optimization.js'
import { isMatched } from './pieces.js'
import { RewriteRun } from './rewriter.js'

const SETTING = 'list-max-listpack-size'
/** Sizes that are tried when none is given: nodes of 4 to 64 KiB. */
const SIZES = [-1, -2, -3, -4, -5]
/** Without a parameter nothing larger is chosen: LINDEX, LSET and LINSERT walk through a node. */
const LARGEST_CHOSEN = -4
/** Share of the largest saving that is enough. */
const ENOUGH = 0.95

export const listNodeSize: Technique = {
  id: 'list-node-size',
  title: 'Pack more elements into each node of a list',
  why: 'A list is a chain of packed nodes; each costs some 50 bytes and, half full, room that the allocator rounds up.',
  effort: 'setting',
  certainty: 'exact',
  breaks: [
    'Larger nodes make LINDEX, LSET, LINSERT and LREM inside a list slower: they walk through a node and move its rest.',
    'Smaller nodes cost memory, and are what older clients may have been tuned for.',
  ],
  cpu: 'LPUSH, RPUSH, LPOP and RPOP at the ends stay quick up to nodes of some ten KiB; beyond, each push copies more.',
  steps: [
    `redis.conf: ${SETTING} <size>`,
    `CONFIG SET ${SETTING} <size>`,
    'Nodes that are there already stay as they are, even over a restart: push each list anew, in a script: LRANGE, PTTL, DEL, RPUSH in the same order, PEXPIRE where it had one.',
  ],
  verify: ['DEBUG OBJECT <key>: ql_nodes and ql_avg_node', 'INFO memory: used_memory'],
  rollback: [`CONFIG SET ${SETTING} <old size> and push the lists anew`],
  parameters: [
    {
      name: 'size',
      kind: 'number',
      least: -5,
      describe: '-1 to -5: 4 to 64 KiB per node; positive: elements per node [the best up to 32 KiB]',
    },
  ],
  start(context) {
    const { target, parameters } = context
    if (target.model.lists === 'linked') return `${target.model.title} has no lists of nodes; they came with 3.2`
    const given = parameters.number('size')
    if (given === 0) return 'a node of 0 elements holds nothing: -1 to -5, or a number of elements'
    return (given === undefined ? SIZES : [given]).map((size) => new ListNodeSize(context, size))
  },
  combine(runs, context) {
    const tried = runs as readonly ListNodeSize[]
    const given = context.parameters.number('size')
    const curve = tried.map((run): CurvePoint & { readonly keys: number } => ({
      limit: run.size,
      keys: run.groups.all.reduce((sum, { keys }) => sum + keys, 0),
      savedBytes: run.savedBytes,
    }))
    const choosable = given === undefined ? tried.filter(({ size }) => size >= LARGEST_CHOSEN) : tried
    // The smallest nodes that save nearly as much as the best: commands walk through a node.
    const most = Math.max(...choosable.map(({ savedBytes }) => savedBytes))
    const best = choosable.find(({ savedBytes }) => savedBytes >= (most > 0 ? ENOUGH * most : most))!
    return best.chosen(curve, given !== undefined || context.parameters.has('match'))
  },
}

/** Fills the nodes of every list anew, under one size. */
class ListNodeSize extends RewriteRun {
  constructor(
    context: TechniqueContext,
    readonly size: number,
  ) {
    super(context, { ...context.target, settings: { ...context.target.settings, [SETTING]: size } })
    this.through((next) => new AsElements(next, 'list'))
  }

  get savedBytes(): number {
    return this.groups.all.reduce((sum, { saved }) => sum + saved, 0)
  }

  override takes(key: RdbKey): boolean {
    return key.layout.redisType === 'list'
  }

  override priced(key: RdbKey, batch: KeyBatch, row: number): void {
    this.groups.of(key, batch, row).resized(batch, row, this.sizer.ramBytes)
  }

  override outcome(): Outcome {
    return this.chosen([], false)
  }

  /** @param all also groups that gain nothing, or lose: a setting holds for all lists */
  chosen(curve: readonly CurvePoint[], all: boolean): Outcome {
    const isUseful = all || usefulGroups(this.groups.all).length > 0
    const { size } = this
    return {
      groups: isUseful ? this.groups.all : [],
      parameters: {
        size,
        current: this.context.target.settings[SETTING],
        ...(curve.length > 1 ? { curve } : {}),
        redisConf: [`${SETTING} ${size}`],
      },
      assumptions: [
        ...(size === this.context.target.settings[SETTING]
          ? ['The setting stays as it is: what is saved comes from pushing the lists anew, which fills their nodes.']
          : []),
        'Sizes hold for lists that are pushed anew, from head to tail: what is there already keeps its nodes.',
        'Pushing and popping at both ends leaves nodes half full again with time.',
      ],
      steps: listNodeSize.steps.map((step) => step.replace('<size>', String(size))),
      change: {
        kind: 'setting',
        settings: { [SETTING]: size },
        isAnew: (key) => key.layout.redisType === 'list' && isMatched(this.context, key),
      },
    }
  }
}
