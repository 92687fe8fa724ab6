import type { RdbKey } from '../../parsers/index.js'
import { type Outcome, type Technique, type TechniqueContext, usefulGroups } from './optimization.js'
import { ResizeRun } from './resize.js'

export const listCompress: Technique = {
  id: 'list-compress',
  title: 'Compress the inner nodes of lists',
  why: 'Only the ends of most lists are used; the nodes between them can be kept compressed (LZF).',
  effort: 'setting',
  certainty: 'exact',
  breaks: [
    'LINDEX, LRANGE, LINSERT and LSET inside a list decompress nodes: much slower. Both ends are as quick as before.',
  ],
  cpu: 'A node is compressed when it leaves the end of the list, and decompressed when it gets there.',
  steps: [
    'redis.conf: list-compress-depth <depth>',
    'CONFIG SET list-compress-depth <depth>',
    'Lists that are there already change when they are loaded: restart from the dump, or resync a replica and fail over.',
  ],
  verify: ['DEBUG OBJECT <key>: ql_compressed:1 and ql_uncompressed_size', 'INFO memory: used_memory'],
  rollback: ['CONFIG SET list-compress-depth 0 and a restart'],
  parameters: [
    {
      name: 'depth',
      kind: 'number',
      least: 1,
      most: 65535,
      preset: 1,
      describe: 'nodes at each end that stay as they are',
    },
  ],
  start(context) {
    const { target, parameters } = context
    if (target.model.lists === 'linked') return `${target.model.title} has no lists of nodes; they came with 3.2`
    const settings = { ...target.settings, 'list-compress-depth': parameters.number('depth')! }
    return new ListCompress(context, { ...target, settings })
  },
}

class ListCompress extends ResizeRun {
  constructor(context: TechniqueContext, target: TechniqueContext['target']) {
    super(context, target)
  }

  override takes(key: RdbKey): boolean {
    return key.layout.redisType === 'list'
  }

  override outcome(): Outcome {
    const depth = this.other.settings['list-compress-depth']
    return {
      groups: usefulGroups(this.groups.all),
      change: { kind: 'setting', settings: { 'list-compress-depth': depth } },
    }
  }
}
