import {
  type ContainerKind,
  type RdbKey,
  RdbString,
  type RdbVisitor,
  type RedisType,
  StreamId,
} from '../../../parsers/index.js'

/** What stands for a string in a test: text, bytes, or a number that the file stores as integer. */
export type Text = string | Uint8Array | number

export function str(value: Text): RdbString {
  const string = new RdbString()
  if (typeof value === 'number') string.setInt32(value, 5)
  else {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
    // Somewhere inside a larger buffer, as in the parser's window.
    const window = new Uint8Array(bytes.length + 7)
    window.set(bytes, 3)
    string.setRaw(window, 3, 3 + bytes.length, bytes.length + 1)
  }
  return string
}

/** The string as it is shown after its pieces. */
export function streamed(length: number): RdbString {
  const string = new RdbString()
  string.setStreamed(length, length + 5, 0)
  return string
}

/** Hands the bytes over in pieces of the given size. */
export function parts(
  visitor: RdbVisitor,
  role: Parameters<RdbVisitor['part']>[0],
  bytes: Uint8Array,
  size: number,
): void {
  for (let at = 0; at < bytes.length; at += size) {
    const piece = Uint8Array.from(bytes.subarray(at, at + size))
    visitor.part(role, piece, 0, piece.length)
    piece.fill(0xa5)
  }
}

export interface KeyOptions {
  db?: number
  expiresAtMs?: number
  damage?: RdbKey['damage']
  elements?: number
}

/** Calls `key`, what `value` calls, and `endKey`. Returns what `key` returned. */
export function key(
  visitor: RdbVisitor,
  name: Text | RdbString,
  redisType: RedisType,
  value: () => void,
  options: KeyOptions = {},
): boolean {
  const shown: RdbKey = {
    db: options.db ?? 0,
    key: name instanceof RdbString ? name : str(name),
    layout: { typeId: 0, name: redisType, redisType },
    expiresAtMs: options.expiresAtMs ?? -1,
    idleSeconds: -1,
    freq: -1,
    offset: 9,
    announcedSlot: -1,
    rdbBytes: 20,
    elements: options.elements ?? 1,
    damage: options.damage ?? null,
  }
  const accepted = visitor.key(shown)
  if (accepted) value()
  visitor.endKey(shown)
  return accepted
}

export function id(ms: number, seq = 0): StreamId {
  const streamId = new StreamId()
  streamId.set(Math.floor(ms / 4294967296), ms >>> 0, 0, seq)
  return streamId
}

export const container = (kind: ContainerKind): Parameters<RdbVisitor['container']>[0] => ({
  kind,
  bytes: 10,
  lzfBytes: 0,
  entries: 1,
  payloadBytes: 0,
  longestEntryBytes: 0,
})
