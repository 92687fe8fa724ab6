import type { DumpFacts } from '../dump-facts.js'
import type { AllocatorId } from './allocators/index.js'
import type { MemoryModel } from './model.js'
import { modelById, type ServerHint, targetFor, targetIds } from './models/index.js'
import type { SettingOverrides } from './settings.js'
import { createTarget, type Target } from './target.js'

/** What a user may say about the server to price for. */
export interface TargetRequest {
  /** Id of a model; default: the server that wrote the dump. */
  readonly target?: string | undefined
  readonly settings: SettingOverrides
  readonly bits?: 32 | 64 | undefined
  readonly allocator?: AllocatorId | undefined
  readonly cluster?: boolean | undefined
}

export interface ChosenTarget {
  readonly target: Target
  /** Why it is not exactly the server that wrote the dump; null when it is, or was asked for. */
  readonly note: string | null
}

/** A target that does not exist; the message names those that do. */
export class TargetError extends Error {
  override readonly name = 'TargetError'
}

/** The target asked for, or else the writer of the dump. @throws TargetError */
export function chooseTarget(request: TargetRequest, facts: DumpFacts, clusterSeen: boolean): ChosenTarget {
  const options = {
    settings: request.settings,
    allocator: request.allocator,
    bits: request.bits ?? (facts.bits === 32 ? 32 : 64),
    cluster: request.cluster ?? clusterSeen,
  } as const
  if (request.target !== undefined) {
    return { target: createTarget(knownModel(request.target), options), note: null }
  }
  const { model, note } = targetFor(writerOf(facts))
  return { target: createTarget(model, options), note }
}

/** The model with that id. @throws TargetError */
export function knownModel(id: string): MemoryModel {
  const model = modelById(id)
  if (model !== undefined) return model
  throw new TargetError(`no target ${JSON.stringify(id)}; known are ${targetIds.join(', ')}`)
}

/** The server that wrote a dump, by its fields. */
export function writerOf(facts: DumpFacts): ServerHint {
  const valkey = facts.auxText('valkey-ver')
  const dragonfly = facts.auxText('df-ver')
  const { rdbVersion } = facts
  if (valkey !== undefined || facts.dialect === 'valkey') return { server: 'valkey', version: valkey, rdbVersion }
  if (dragonfly !== undefined) return { server: 'dragonfly', version: dragonfly, rdbVersion }
  return { server: facts.isKeydb ? 'keydb' : 'redis', version: facts.auxText('redis-ver'), rdbVersion }
}

/**
 * True when the target is the server that wrote a dump, so that its `used_memory` can be held against what the target
 * takes. `server` as `DumpFacts` tells it: `Redis 7.4.1`.
 */
export function isWriter(target: Target, { server, bits }: Pick<DumpFacts, 'server' | 'bits'>): boolean {
  const words = /^(Redis|Valkey|KeyDB) (\d\S*)$/.exec(server)
  if (words === null) return false
  const { model, note } = targetFor({ server: words[1]!.toLowerCase(), version: words[2] })
  return note === null && model.id === target.model.id && (bits ?? 64) === target.bits
}
