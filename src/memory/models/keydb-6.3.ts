import { deriveModel } from '../model.js'
import { redis62 } from './redis-6.2.js'

/** KeyDB 6.3, a fork of Redis 6.2. */
export const keydb63 = deriveModel(redis62, {
  id: 'keydb-6.3',
  title: 'KeyDB 6.3',
  server: 'keydb',
  version: [6, 3],
  verification: 'nearest',
  basis: 'priced like Redis 6.2',
})
