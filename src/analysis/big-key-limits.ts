import type { BigKeyLimits, KeyType } from '../../reports/report.js'
import { TYPES } from '../batch.js'
import { parseSize, UnitError } from '../units.js'

/** From which size on a key is called big. */
export interface BigKeyPreset {
  readonly id: string
  readonly title: string
  /** What `bytes` limits: the stored bytes of the value, or what the key takes in the server. */
  readonly measure: 'value' | 'ram'
  readonly limits: Readonly<Record<KeyType, BigKeyLimits>>
}

const KB = 1024
const MB = 1024 * KB

function limitsOf(string: Partial<BigKeyLimits>, collection: Partial<BigKeyLimits>): BigKeyPreset['limits'] {
  const whole = (limits: Partial<BigKeyLimits>): BigKeyLimits => ({
    bytes: limits.bytes ?? null,
    elements: limits.elements ?? null,
    elementBytes: limits.elementBytes ?? null,
  })
  const module = { bytes: collection.bytes ?? string.bytes ?? null }
  return Object.fromEntries(
    TYPES.map((type) => [type, whole(type === 'string' ? string : type === 'module' ? module : collection)]),
  ) as Record<KeyType, BigKeyLimits>
}

/** What operators and vendors call a big key. Bytes: more than that many; elements: that many or more. */
export const bigKeyPresets = {
  default: {
    id: 'default',
    title: 'string over 10 KiB; collection of 10,000 elements or over 100 KiB',
    measure: 'value',
    limits: limitsOf({ bytes: 10 * KB }, { bytes: 100 * KB, elements: 10_000 }),
  },
  alibaba: {
    id: 'alibaba',
    title: 'Alibaba development rules: string over 10 KiB, collection of 5,000 elements',
    measure: 'value',
    limits: limitsOf({ bytes: 10 * KB }, { elements: 5000 }),
  },
  huawei: {
    id: 'huawei',
    title: 'Huawei DCS: string over 10 KiB, collection of 5,000 elements or over 50 MiB',
    measure: 'value',
    limits: limitsOf({ bytes: 10 * KB }, { bytes: 50 * MB, elements: 5000 }),
  },
  bytedance: {
    id: 'bytedance',
    title: 'Volcengine, BytePlus: string over 10 KiB, collection of 5,000 elements',
    measure: 'value',
    limits: limitsOf({ bytes: 10 * KB }, { elements: 5000 }),
  },
  azure: {
    id: 'azure',
    title: 'Azure: value over 100 KiB',
    measure: 'value',
    limits: limitsOf({ bytes: 100 * KB }, { bytes: 100 * KB }),
  },
  redisinsight: {
    id: 'redisinsight',
    title: 'Redis Insight: 5,000,000 bytes of memory, collection of 5,000 elements',
    measure: 'ram',
    limits: limitsOf({ bytes: 5_000_000 }, { bytes: 5_000_000, elements: 5000 }),
  },
} as const satisfies Record<string, BigKeyPreset>

export type BigKeyPresetId = keyof typeof bigKeyPresets

/** Limits that differ from the preset, by type. */
export type BigKeyOverrides = { readonly [Type in KeyType]?: Partial<BigKeyLimits> }

export function bigKeyPreset(id: BigKeyPresetId = 'default', overrides: BigKeyOverrides = {}): BigKeyPreset {
  const preset: BigKeyPreset = bigKeyPresets[id]
  const limits = Object.fromEntries(
    TYPES.map((type) => [type, { ...preset.limits[type], ...overrides[type] }]),
  ) as Record<KeyType, BigKeyLimits>
  return { ...preset, limits }
}

const LIMIT_NAMES = { bytes: 'bytes', elements: 'elements', element_bytes: 'elementBytes' } as const

/**
 * Reads `hash.elements=5000,string.bytes=1MB,list.element_bytes=none` as limits beside a preset.
 *
 * @throws UnitError when it cannot be understood
 */
export function parseBigKeyLimits(text: string): BigKeyOverrides {
  const overrides: Partial<Record<KeyType, Partial<BigKeyLimits>>> = {}
  for (const part of text.split(',').map((piece) => piece.trim())) {
    const match = /^([a-z]+)\.([a-z_]+)=(.+)$/.exec(part)
    const type = TYPES.find((known) => known === match?.[1])
    const name = Object.entries(LIMIT_NAMES).find(([written]) => written === match?.[2])?.[1]
    if (match === null || type === undefined || name === undefined) {
      throw new UnitError(
        `${JSON.stringify(part)} is not a limit of big keys: write type.bytes=1MB, type.elements=5000 or type.element_bytes=10KB, with a type of ${TYPES.join(', ')}`,
      )
    }
    overrides[type] = { ...overrides[type], [name]: match[3] === 'none' ? null : parseSize(match[3]!) }
  }
  return overrides
}
