import { raiseLimits } from './raise-limits.js'

export const raiseZsetLimits = raiseLimits({
  id: 'raise-zset-limits',
  title: 'Keep larger sorted sets packed',
  why: 'A skiplist pays a node, a hash table entry and a string per member; a packed sorted set pays a few bytes.',
  type: 'zset',
  entries: 'zset-max-listpack-entries',
  value: 'zset-max-listpack-value',
  breaks: [
    'ZADD, ZSCORE and ZRANK on these sorted sets walk through all members; nothing else changes for clients.',
    'The limit holds for all sorted sets of the server, also those of other applications (GEO commands use them, too).',
  ],
})
