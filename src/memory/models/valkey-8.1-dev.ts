import { deriveModel } from '../model.js'
import { struct } from '../structs/layouts.js'
import { valkey80 } from './valkey-8.0.js'

/**
 * Valkey between 8.0 and 8.1 (October 2024, calls itself 255.255.255 and writes RDB 11): sizes of radix trees are
 * known.
 */
export const valkey81dev = deriveModel(valkey80, {
  id: 'valkey-8.1-dev',
  title: 'Valkey development build of October 2024',
  version: [8, 0],
  verification: 'nearest',
  basis: 'compared with one build',
  structs: { rax: struct(2, 16) },
  raxUsage: 'given',
})
