import type { AllocatorId } from './allocators/index.js'
import { modelById } from './models/index.js'
import type { Settings } from './settings.js'
import { createTarget, type Target } from './target.js'

/** A target as plain data, for other threads and for files. */
export interface TargetDescription {
  readonly model: string
  readonly settings: Settings
  readonly allocator: AllocatorId
  readonly bits: 32 | 64
  readonly cluster: boolean
}

export function targetDescription({ model, settings, allocator, bits, cluster }: Target): TargetDescription {
  return { model: model.id, settings, allocator: allocator.id, bits, cluster }
}

/** Null when this build does not know the model. */
export function describedTarget(description: TargetDescription): Target | null {
  const { model: id, settings, allocator, bits, cluster } = description
  const model = modelById(id)
  return model === undefined ? null : createTarget(model, { settings, allocator, bits, cluster })
}
