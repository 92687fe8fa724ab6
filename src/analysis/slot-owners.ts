import { HASH_SLOTS } from './hash-slot.js'

/** Which node of a cluster owns which slot. */
export interface SlotOwners {
  readonly nodes: readonly { readonly node: string; readonly id: string }[]
  /** Index into `nodes` per slot; -1: no node owns it. */
  readonly ownerOf: Int16Array
}

/** A file of slot owners that cannot be understood. */
export class NodesFileError extends Error {
  override readonly name = 'NodesFileError'
}

const MAX_NODES = 16_384

/**
 * Reads who owns the slots: a `nodes.conf`, what `CLUSTER NODES` prints (plain, or as a JSON string), or what
 * `redis-cli --json` prints for `CLUSTER SLOTS` and `CLUSTER SHARDS`.
 *
 * @throws NodesFileError
 */
export function parseSlotOwners(text: string, file = 'the file'): SlotOwners {
  const builder = new OwnersBuilder(file)
  const trimmed = text.replace(/^\ufeff/, '').trim()
  if (/^[["{]/.test(trimmed)) {
    let value: unknown
    try {
      value = JSON.parse(trimmed)
    } catch {
      throw new NodesFileError(`${file} begins like JSON, but is none`)
    }
    if (typeof value === 'string') readNodes(value, builder)
    else readJson(value, builder)
  } else readNodes(trimmed, builder)
  return builder.finish()
}

class OwnersBuilder {
  readonly #file: string
  readonly #nodes = new Map<string, { node: string; id: string; index: number }>()
  readonly #ownerOf = new Int16Array(HASH_SLOTS).fill(-1)

  constructor(file: string) {
    this.#file = file
  }

  fail(what: string): never {
    throw new NodesFileError(
      `${this.#file}: ${what}; expected is a nodes.conf, or what redis-cli prints for CLUSTER NODES, ` +
        'or with --json for CLUSTER SLOTS or CLUSTER SHARDS',
    )
  }

  /** A node that owns slots. */
  node(node: string, id: string): number {
    const key = id === '' ? node : id
    let known = this.#nodes.get(key)
    if (known === undefined) {
      if (this.#nodes.size >= MAX_NODES) this.fail(`more than ${MAX_NODES} nodes`)
      known = { node: node === '' ? id : node, id, index: this.#nodes.size }
      this.#nodes.set(key, known)
    }
    return known.index
  }

  /** Slots from first to last, both included. */
  range(owner: number, first: unknown, last: unknown): void {
    if (!isSlot(first) || !isSlot(last) || first > last)
      this.fail(`${String(first)}-${String(last)} is no range of slots`)
    for (let slot = first; slot <= last; slot++) {
      if (this.#ownerOf[slot] !== -1 && this.#ownerOf[slot] !== owner) this.fail(`slot ${slot} has two owners`)
      this.#ownerOf[slot] = owner
    }
  }

  finish(): SlotOwners {
    if (this.#ownerOf.every((owner) => owner === -1)) this.fail('no node in it owns a slot')
    return { nodes: [...this.#nodes.values()].map(({ node, id }) => ({ node, id })), ownerOf: this.#ownerOf }
  }
}

function isSlot(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < HASH_SLOTS
}

/**
 * Lines of `CLUSTER NODES`:
 *
 *     id  ip:port@bus-port[,hostname]  flags  primary  ping-sent  pong-received  epoch  link-state  slot ...
 *
 * A slot is `n`, `n-m`, or `[n->-id]` and `[n-<-id]` for one on the move, which its owner still owns.
 */
function readNodes(text: string, builder: OwnersBuilder): void {
  for (const line of text.split(/\r?\n/)) {
    const words = line.trim().split(/\s+/)
    if (words.length < 8 || words[0] === 'vars' || !/^[0-9a-f]{40}$/i.test(words[0]!)) continue
    const slots = words.slice(8).filter((word) => !word.startsWith('['))
    if (slots.length === 0) continue
    const address = words[1]!.replace(/@.*$/, '')
    const owner = builder.node(address.startsWith(':') ? words[0]! : address, words[0]!)
    for (const word of slots) {
      const match = /^(\d+)(?:-(\d+))?$/.exec(word)
      if (match === null) builder.fail(`${word} is no slot`)
      builder.range(owner, Number(match[1]), Number(match[2] ?? match[1]))
    }
  }
}

function readJson(value: unknown, builder: OwnersBuilder): void {
  if (!Array.isArray(value)) builder.fail('the JSON is no list')
  for (const item of value) {
    if (Array.isArray(item) && typeof item[0] === 'number') readSlotsEntry(item, builder)
    else readShard(fieldsOf(item), builder)
  }
}

/** One entry of CLUSTER SLOTS: first, last, [address, port, id, ...] of the primary, then of its replicas. */
function readSlotsEntry(entry: readonly unknown[], builder: OwnersBuilder): void {
  const [first, last, primary] = entry
  if (!Array.isArray(primary)) builder.fail('an entry of CLUSTER SLOTS names no node')
  const [address, port, id] = primary as readonly unknown[]
  builder.range(builder.node(addressOf(address, port), textOf(id)), first, last)
}

/** One entry of CLUSTER SHARDS: a map, or in RESP2 a list of names and values in turn. */
function readShard(shard: ReadonlyMap<string, unknown>, builder: OwnersBuilder): void {
  const slots = shard.get('slots')
  const nodes = shard.get('nodes')
  if (!Array.isArray(slots) || !Array.isArray(nodes))
    builder.fail('an entry is none of CLUSTER SLOTS or CLUSTER SHARDS')
  if (slots.length === 0) return
  const all = nodes.map(fieldsOf)
  const primary = all.find((node) => node.get('role') === 'master' || node.get('role') === 'primary') ?? all[0]
  if (primary === undefined) builder.fail('a shard without nodes owns slots')
  const address = primary.get('endpoint') || primary.get('ip')
  const owner = builder.node(
    addressOf(address, primary.get('port') ?? primary.get('tls-port')),
    textOf(primary.get('id')),
  )
  // [first, last, first, last ...] or [[first, last], ...]
  const ends = slots.flat()
  for (let at = 0; at < ends.length; at += 2) builder.range(owner, ends[at], ends[at + 1])
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  if (Array.isArray(value)) {
    const fields = new Map<string, unknown>()
    for (let at = 0; at + 1 < value.length; at += 2) fields.set(String(value[at]), value[at + 1])
    return fields
  }
  return new Map(Object.entries((value ?? {}) as Record<string, unknown>))
}

function addressOf(address: unknown, port: unknown): string {
  const host = textOf(address)
  return host === '' ? '' : `${host.includes(':') ? `[${host}]` : host}:${textOf(port)}`
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
