import { raiseLimits } from './raise-limits.js'

export const raiseSetLimits = raiseLimits({
  id: 'raise-set-limits',
  title: 'Keep larger sets of strings packed',
  why: 'A hash table pays an entry and a string per member; a packed set pays a few bytes.',
  type: 'set',
  entries: 'set-max-listpack-entries',
  value: 'set-max-listpack-value',
  gate: 'set-max-intset-entries',
  unavailable: ({ model }) =>
    model.listpackSets ? null : `${model.title} has packed sets of integers only; from Redis 7.2 on there are others`,
  breaks: [
    'SADD, SREM and SISMEMBER on these sets walk through all members; SMEMBERS may give them in another order.',
    'A set with more members than set-max-intset-entries is loaded as a hash table, whatever set-max-listpack-entries ' +
      'says: both have to be raised.',
  ],
})
