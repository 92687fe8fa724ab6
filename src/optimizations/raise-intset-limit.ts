import { raiseLimits } from './raise-limits.js'

export const raiseIntsetLimit = raiseLimits({
  id: 'raise-intset-limit',
  title: 'Keep larger sets of integers as intsets',
  why: 'An intset takes 2, 4 or 8 bytes per member; a hash table takes an entry and a string.',
  type: 'set',
  entries: 'set-max-intset-entries',
  value: null,
  // That one raises this limit, too.
  excludes: ['raise-set-limits'],
  breaks: [
    'SADD and SREM move all larger members: time grows with the number of members. SISMEMBER is a binary search.',
    'One member that is no integer turns the whole set into a hash table, all at once.',
    'SMEMBERS gives integers in rising order.',
  ],
})
