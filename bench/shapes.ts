import { Bytes } from './bytes.js'
import { intset32, Listpack } from './packed.js'
import type { Random } from './random.js'
import { type RdbWriter, VALUE_TYPE } from './rdb-writer.js'

/** What a dump is made of. `write` writes key number `index`; with the same seed always the same bytes. */
export interface Shape {
  readonly title: string
  readonly defaultKeys: number
  /** Of every ten keys, the first so many expire. */
  readonly expiringOfTen: number
  write(to: RdbWriter, random: Random, index: number, expiresAtMs: number, scale: number): void
}

const USER_FIELDS = ['name', 'email', 'city', 'score', 'token', 'avatar', 'last_login', 'locale', 'plan', 'bio']
const HASH_FIELDS = (
  'id name email age city zip country phone created_at updated_at status role visits balance currency lang tz referrer device ' +
  'os_version'
).split(' ')
const LISTPACK_MAX_FIELDS = 512
const LISTPACK_MAX_MEMBERS = 128
const INTSET_MAX_MEMBERS = 512
const LIST_NODE_BYTES = 8192

const listpack = new Listpack()
const scratch = new Bytes(1 << 16)

export const SHAPES: Readonly<Record<string, Shape>> = {
  'small-strings': {
    title: 'user:{id}:{field}, values of 10-100 bytes, one in ten an integer, 30 % with an expiry',
    defaultKeys: 5_000_000,
    expiringOfTen: 3,
    write(to, random, index, expiresAtMs) {
      to.key(VALUE_TYPE.string, `user:${Math.floor(index / 10)}:${USER_FIELDS[index % 10]}`, expiresAtMs)
      const kind = random.next()
      if (kind < 0.1) to.out.integer(random.below(1e10))
      else if (kind < 0.4) compressedWords(to, random, random.between(10, 100))
      else plainToken(to.out, random, random.between(10, 100))
    },
  },
  'small-hashes': {
    title: 'listpack hashes of 5-15 short fields, 10 % with an expiry',
    defaultKeys: 1_000_000,
    expiringOfTen: 1,
    write(to, random, index, expiresAtMs) {
      to.key(VALUE_TYPE.hashListpack, `obj:${index}`, expiresAtMs)
      fieldsListpack(to, random, random.between(5, 15))
    },
  },
  'mixed-app': {
    title: 'sessions and cached JSON (LZF, expiry), profiles, leaderboards, tags, sets of ids, queues, counters',
    defaultKeys: 1_000_000,
    expiringOfTen: 5,
    write: writeMixed,
  },
  'big-collections': {
    title: 'hashes, zsets, sets, lists of 10,000 to 1,000,000 elements',
    defaultKeys: 60,
    expiringOfTen: 0,
    write: writeBig,
  },
  'large-values': {
    title: 'strings of 100 KB to 5 MB, every second one compressible',
    defaultKeys: 500,
    expiringOfTen: 0,
    write(to, random, index, expiresAtMs, scale) {
      to.key(VALUE_TYPE.string, `blob:${index & 1 ? 'token' : 'text'}:${index}`, expiresAtMs)
      scratch.clear()
      const size = Math.floor(random.logUniform(100_000, 5_000_000) * scale)
      const pool = index & 1 ? random.tokens : random.words
      while (scratch.length < size) {
        const piece = Math.min(size - scratch.length, 1 << 16)
        const start = random.slice(pool, piece)
        scratch.raw(pool, start, start + piece)
      }
      if (index & 1) to.out.string(scratch.buffer, 0, scratch.length)
      else to.compressed(scratch.buffer, 0, scratch.length)
    },
  },
}

/** What expires is a session or a cache, the rest is data. */
function writeMixed(to: RdbWriter, random: Random, index: number, expiresAtMs: number): void {
  const { out } = to
  if (expiresAtMs !== -1) {
    const session = random.next() < 0.65
    const name = session
      ? `session:${random.token(16)}${index.toString(16).padStart(8, '0')}`
      : `cache:page:${index}:v${random.between(1, 3)}`
    to.key(VALUE_TYPE.string, name, expiresAtMs)
    jsonDocument(scratch, random, session ? random.between(300, 900) : random.logUniform(400, 8000))
    to.compressed(scratch.buffer, 0, scratch.length)
    return
  }
  const kind = random.below(20)
  if (kind < 8) {
    const wide = random.next() < 0.1
    const fields = random.between(5, 18)
    to.key(wide ? VALUE_TYPE.hash : VALUE_TYPE.hashListpack, `user:${index}:profile`, -1)
    if (wide) {
      out.len(fields + 1)
      for (let i = 0; i < fields; i++) {
        out.text(HASH_FIELDS[i]!)
        plainToken(out, random, random.between(4, 40))
      }
      out.text('about')
      compressedWords(to, random, random.between(70, 300))
    } else fieldsListpack(to, random, fields)
  } else if (kind < 11) {
    leaderboard(to, random, `leaderboard:{${index}}:weekly`, random.logUniform(8, 400))
  } else if (kind < 13) {
    const ids = Array.from({ length: random.logUniform(4, 800) }, () => random.below(1e7))
    const members = [...new Set(ids)].sort((a, b) => a - b)
    const packed = members.length <= INTSET_MAX_MEMBERS
    to.key(packed ? VALUE_TYPE.intset : VALUE_TYPE.set, `article:${index}:liked-by`, -1)
    if (packed) {
      intset32(scratch, members)
      to.compressed(scratch.buffer, 0, scratch.length)
    } else {
      out.len(members.length)
      for (const member of members) out.integer(member)
    }
  } else if (kind < 15) {
    const tags = random.logUniform(4, 60)
    to.key(VALUE_TYPE.set, `tags:post:${index}`, -1)
    out.len(tags)
    for (let i = 0; i < tags; i++) out.text(`${i}-${random.token(random.between(5, 20))}`)
  } else if (kind < 18) {
    list(to, random, `queue:jobs:${index}`, random.logUniform(4, 200), random.words, 10, 120)
  } else {
    to.key(VALUE_TYPE.string, `counter:${random.token(6)}:${index}`, -1)
    out.integer(random.below(1e9))
  }
}

function writeBig(to: RdbWriter, random: Random, index: number, _expiresAtMs: number, scale: number): void {
  const { out } = to
  const elements = Math.floor(1e4 * 100 ** (random.next() ** 2.4) * scale)
  const kinds = ['hash', 'zset', 'set', 'list'] as const
  const kind = kinds[index % kinds.length]!
  const name = `big:${kind}:${index}`
  if (kind === 'list') {
    list(to, random, name, elements, random.tokens, 10, 60)
    return
  }
  to.key(VALUE_TYPE[kind], name, -1)
  out.len(elements)
  for (let i = 0; i < elements; i++) {
    to.flushWhenLarge()
    if (kind === 'hash') {
      out.text(`field:${i}`)
      plainToken(out, random, random.between(8, 40))
    } else if (kind === 'zset') {
      out.text(`member:${i}`)
      out.f64(random.below(1e9))
    } else {
      out.text(`${i}:${random.token(16)}`)
    }
  }
}

function fieldsListpack(to: RdbWriter, random: Random, fields: number): void {
  if (fields > LISTPACK_MAX_FIELDS) throw new RangeError(`${fields} fields make no listpack`)
  listpack.begin()
  const first = random.below(HASH_FIELDS.length)
  for (let i = 0; i < fields; i++) {
    listpack.text(HASH_FIELDS[(first + i) % HASH_FIELDS.length]!)
    const kind = random.next()
    if (kind < 0.35) {
      listpack.integer(random.below(10 ** random.between(1, 12)))
    } else {
      const pool = kind < 0.6 ? random.words : random.tokens
      const length = random.between(4, 40)
      const start = random.slice(pool, length)
      listpack.string(pool, start, start + length)
    }
  }
  const bytes = listpack.end()
  to.compressed(bytes.buffer, 0, bytes.length)
}

function leaderboard(to: RdbWriter, random: Random, name: string, members: number): void {
  const packed = members <= LISTPACK_MAX_MEMBERS
  to.key(packed ? VALUE_TYPE.zsetListpack : VALUE_TYPE.zset, name, -1)
  if (!packed) to.out.len(members)
  else listpack.begin()
  let score = 0
  for (let i = 0; i < members; i++) {
    const member = `player:${i}-${random.below(1e5)}`
    score += random.below(1e4)
    const fraction = random.next() < 0.2 ? 0.5 : 0
    if (!packed) {
      to.out.text(member)
      to.out.f64(score + fraction)
    } else {
      listpack.text(member)
      if (fraction === 0) listpack.integer(score)
      else listpack.text(String(score + fraction))
    }
  }
  if (packed) {
    const bytes = listpack.end()
    to.compressed(bytes.buffer, 0, bytes.length)
  }
}

/**
 * A quicklist of listpack nodes of at most 8 KB. Nodes hold a fixed number of elements, so that their count is known.
 */
function list(
  to: RdbWriter,
  random: Random,
  name: string,
  elements: number,
  pool: Uint8Array,
  low: number,
  high: number,
): void {
  const perNode = Math.floor((LIST_NODE_BYTES - 7) / (high + 4))
  to.key(VALUE_TYPE.quicklist2, name, -1)
  to.out.len(Math.ceil(elements / perNode))
  for (let done = 0; done < elements; done += perNode) {
    to.flushWhenLarge()
    listpack.begin()
    for (let i = done; i < Math.min(done + perNode, elements); i++) {
      const length = random.between(low, high)
      const start = random.slice(pool, length)
      listpack.string(pool, start, start + length)
    }
    const bytes = listpack.end()
    to.out.len(2) // a packed node
    to.compressed(bytes.buffer, 0, bytes.length)
  }
}

function plainToken(out: Bytes, random: Random, length: number): void {
  const start = random.slice(random.tokens, length)
  out.string(random.tokens, start, start + length)
}

function compressedWords(to: RdbWriter, random: Random, length: number): void {
  const start = random.slice(random.words, length)
  to.compressed(random.words, start, start + length)
}

function jsonDocument(out: Bytes, random: Random, size: number): void {
  out.clear()
  out.ascii(`{"id":${random.below(1e9)},"user":"${random.token(12)}","created":${1.7e9 + random.below(1e7)},"items":[`)
  for (let first = true; out.length < size; first = false) {
    const price = `${random.below(500)}.${random.between(10, 99)}`
    out.ascii(`${first ? '' : ','}{"sku":"${random.token(8)}","qty":${random.between(1, 9)},"price":${price},"title":"`)
    const length = random.between(10, 40)
    const start = random.slice(random.words, length)
    out.raw(random.words, start, start + length)
    out.ascii('"}')
  }
  out.ascii('],"active":true}')
}
