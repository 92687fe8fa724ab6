import type { MemoryModel } from '../memory/model.js'
import { modelById, targetIds, targets } from '../memory/models/index.js'
import { DEFAULT_SETTINGS, type SettingOverrides, settingNames } from '../memory/settings.js'
import { createTarget, type Target } from '../memory/target.js'
import { ONLY_MATCHING, type Outcome, type Technique, type TechniqueContext } from './optimization.js'
import { ParameterError } from './parameters.js'
import { SeveralTargets } from './several-targets.js'

export const upgradeServer: Technique = {
  id: 'upgrade-server',
  title: 'Run a server version that needs less for the same data',
  why: 'Newer versions pack more types, put key and value into one block, and keep smaller tables.',
  effort: 'upgrade',
  certainty: 'exact',
  breaks: [
    'The way back: older servers do not read the dumps of newer ones.',
    'Valkey does not load dumps of Redis 7.4 and later (RDB version 12 and above), nor replicate from them: the data has ' +
      'to be written anew.',
    'From Redis to Valkey 8.0 or later: modules, functions and commands that came after Redis 7.2 are not the same.',
    'Defaults differ between versions: compare the redis.conf of both.',
  ],
  cpu: 'Newer versions are as quick or quicker for most commands; test yours.',
  steps: [
    'rdblens check <dump> tells what a server could not load',
    'Add a replica of the new version, let it sync, fail over, replace the others',
  ],
  verify: ['INFO memory of the replica before the failover: used_memory', 'rdblens analyze --targets all <dump>'],
  rollback: [
    'Before the failover: drop the replica. After it: only by writing the data anew (rdblens export --format resp).',
  ],
  parameters: [{ name: 'to', kind: 'list', describe: 'redis-8.6,valkey-9.1 [all newer versions of either]' }],
  start(context) {
    const models = wanted(context)
    if (models.length === 0) return 'there is no newer version with a memory model'
    return new UpgradeServer(
      context,
      models.map((model) => withSettingsOf(context.target, model)),
    )
  },
}

class UpgradeServer extends SeveralTargets {
  override outcome(): Outcome {
    const rows = this.targets.map(({ model }, at) => ({ model, at, ...this.sumsOf(at) }))
    const isForAll = !this.context.parameters.has('match')
    // Tables of the databases cannot be told apart by key.
    const bytesOn = ({ ramBytes, overheadBytes }: (typeof rows)[number]): number =>
      isForAll ? ramBytes + overheadBytes : ramBytes
    const best = rows.reduce((one, other) => (bytesOn(other) < bytesOn(one) ? other : one))
    return {
      groups: this.groupsOn(best.at),
      ...(isForAll ? { whole: { ramBytes: best.ramBytes, overheadBytes: best.overheadBytes } } : {}),
      parameters: {
        to: this.context.parameters.list('to') ?? rows.map(({ model }) => model.id),
        best: best.model.id,
        targets: rows.map((row) => ({
          id: row.model.id,
          [isForAll ? 'usedMemoryAfter' : 'ramBytesAfter']: bytesOn(row),
          verification: row.model.verification,
        })),
      },
      assumptions: [
        `The figures are those of ${best.model.title}, with the settings that were given for the target of the report.`,
        ...(isForAll ? [] : [ONLY_MATCHING]),
      ],
    }
  }
}

/** @throws ParameterError */
function wanted({ parameters, target }: TechniqueContext): readonly MemoryModel[] {
  const ids = parameters.list('to')
  if (ids === undefined) return targets.filter((model) => isNewer(model, target.model))
  return ids.map((id) => {
    const model = modelById(id)
    if (model !== undefined) return model
    throw new ParameterError(`--param upgrade-server.to=${id}: known are ${targetIds.join(', ')}`)
  })
}

/** KeyDB leads nowhere, and nobody upgrades to it; Valkey takes over from Redis 7.2. */
function isNewer(model: MemoryModel, now: MemoryModel): boolean {
  if (model.server === 'keydb') return false
  if (now.server === 'valkey' && model.server === 'redis') return false
  return model.version[0] > now.version[0] || (model.version[0] === now.version[0] && model.version[1] > now.version[1])
}

/** Another version with the settings that differ from the defaults of this one. */
export function withSettingsOf(target: Target, model: MemoryModel): Target {
  const defaults = { ...DEFAULT_SETTINGS, ...target.model.defaults }
  const settings = Object.fromEntries(
    settingNames
      .filter((name) => target.settings[name] !== defaults[name])
      .map((name) => [name, target.settings[name]]),
  ) as SettingOverrides
  const asBuilt = target.allocator.id === target.model.allocator
  return createTarget(model, {
    settings,
    allocator: asBuilt ? 'jemalloc' : target.allocator.id,
    bits: target.bits,
    cluster: target.cluster,
  })
}
