import { type Allocator, type AllocatorId, allocators } from './allocators/index.js'
import type { MemoryModel } from './model.js'
import { DEFAULT_SETTINGS, type SettingOverrides, type Settings } from './settings.js'
import { type StructSizes, structSizes } from './structs/layouts.js'

/** The server whose memory is modelled: version, settings, allocator, word size, cluster mode. */
export interface Target {
  readonly model: MemoryModel
  readonly settings: Settings
  readonly allocator: Allocator
  readonly bits: 32 | 64
  readonly cluster: boolean
  readonly structs: StructSizes
}

export interface TargetOptions {
  /** What differs from the defaults of the version. */
  readonly settings?: SettingOverrides
  /** `jemalloc` means the one the server's own sources build. */
  readonly allocator?: AllocatorId | undefined
  readonly bits?: 32 | 64
  readonly cluster?: boolean
}

export function createTarget(model: MemoryModel, options: TargetOptions = {}): Target {
  const bits = options.bits ?? 64
  const asked = options.allocator ?? 'jemalloc'
  return {
    model,
    settings: { ...DEFAULT_SETTINGS, ...model.defaults, ...options.settings },
    allocator: allocators[asked === 'jemalloc' ? model.allocator : asked],
    bits,
    cluster: options.cluster ?? false,
    structs: structSizes(model.structs, bits / 8),
  }
}

/** One line for people: `Redis 7.2, 64-bit, jemalloc as bundled (quantum 8)`. */
export function describeTarget(target: Target): string {
  const parts = [target.model.title, `${target.bits}-bit`, target.allocator.title]
  if (target.cluster) parts.push('cluster mode')
  if (target.model.verification !== 'verified') parts.push(`not verified (${target.model.basis})`)
  return parts.join(', ')
}
