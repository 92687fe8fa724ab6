import type { MemoryModel } from './model.js'

/** Settings that were named after the ziplist before Redis 7.0, which older servers do not know by another name. */
const RENAMED = /\b(hash-max|zset-max|list-max)-listpack-(entries|value|size)\b/g

/**
 * The same text, list or object, with settings called as the target calls them: `CONFIG SET
 * hash-max-listpack-entries` is an error on Redis 6.2.
 */
export function inWordsOf<T>(model: MemoryModel, value: T): T {
  return model.packed === 'ziplist' ? (reworded(value) as T) : value
}

function reworded(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(RENAMED, '$1-ziplist-$2')
  if (Array.isArray(value)) return value.map(reworded)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, reworded(part)]))
}
