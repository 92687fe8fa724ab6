import { raiseLimits } from './raise-limits.js'

export const raiseHashLimits = raiseLimits({
  id: 'raise-hash-limits',
  title: 'Keep larger hashes packed',
  why: 'A hash table pays an entry and two strings per field; a packed hash pays a few bytes.',
  type: 'hash',
  entries: 'hash-max-listpack-entries',
  value: 'hash-max-listpack-value',
  breaks: [
    'HGET, HSET and HDEL on these hashes walk through all fields; nothing else changes for clients.',
    'The limit holds for all hashes of the server, also those of other applications.',
  ],
})
