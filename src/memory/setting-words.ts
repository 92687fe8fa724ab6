import type { MemoryModel } from './model.js'

/** Settings that were named after the ziplist before Redis 7.0, which older servers do not know by another name. */
const RENAMED = /\b(hash-max|zset-max|list-max)-listpack-(entries|value|size)\b/g

/** SET has KEEPTTL from Redis 6.0 on, and there is UNLINK from 4.0 on. */
const WITHOUT_KEEPTTL: ReadonlySet<string> = new Set(['redis-2.8', 'redis-3.2', 'redis-4.0', 'redis-5.0'])
const WITHOUT_UNLINK: ReadonlySet<string> = new Set(['redis-2.8', 'redis-3.2'])

/** Fields can expire from Redis 7.4 on, in a command of one's own. */
const HSETEX = /\bHSETEX, or HSET and HPEXPIRE\b/g

/** A text in other words. */
type Reword = (text: string) => string

/**
 * The same text, list or object, in words that the target knows: `CONFIG SET hash-max-listpack-entries` is an error on
 * Redis 6.2, SET ... KEEPTTL on 5.0, and the file of Valkey is valkey.conf.
 */
export function inWordsOf<T>(model: MemoryModel, value: T): T {
  const steps: Reword[] = []
  if (model.packed === 'ziplist') steps.push((text) => text.replace(RENAMED, '$1-ziplist-$2'))
  steps.push((text) => text.replace(/\blistpack or ziplist\b/g, model.packed))
  if (model.id.startsWith('valkey')) steps.push((text) => text.replace(/\bredis\.conf\b/g, 'valkey.conf'))
  if (WITHOUT_KEEPTTL.has(model.id)) steps.push((text) => text.replace(/ KEEPTTL\b/g, ' PX <what PTTL said>'))
  if (WITHOUT_UNLINK.has(model.id)) steps.push((text) => text.replace(/\bUNLINK\b/g, 'DEL'))
  if (model.id === 'redis-7.4') steps.push((text) => text.replace(HSETEX, 'HSET and HPEXPIRE in one MULTI'))
  return reworded(value, (text) => steps.reduce((before, step) => step(before), text)) as T
}

function reworded(value: unknown, reword: Reword): unknown {
  if (typeof value === 'string') return reword(value)
  if (Array.isArray(value)) return value.map((part) => reworded(part, reword))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, reworded(part, reword)]))
}
