import { type Content, DumpWriter } from './dump.js'

/** An entry of a packed container: text, bytes, or an integer stored as one. */
export type Entry = Content | number | bigint

/** A listpack; `count` 65535 stands for "unknown". */
export function listpack(
  entries: readonly Entry[],
  options: { count?: number; newBoundary?: boolean } = {},
): Uint8Array {
  const body = new DumpWriter(0)
  for (const entry of entries) body.raw(listpackEntry(entry, options.newBoundary ?? false))
  const count = options.count ?? Math.min(entries.length, 65535)
  return new DumpWriter(0)
    .u32le(6 + body.length + 1)
    .u16le(count)
    .raw(body.bytes())
    .u8(0xff)
    .bytes()
}

/** `newBoundary`: the shorter form of a size that has two (Valkey 9.1 and later). */
export function listpackEntry(entry: Entry, newBoundary = false): Uint8Array {
  const out = new DumpWriter(0)
  if (typeof entry === 'number' || typeof entry === 'bigint') {
    const n = BigInt(entry)
    if (n >= 0n && n < 128n) out.u8(Number(n))
    else if (n >= -4096n && n < 4096n) out.u8(0xc0 | (Number(n >> 8n) & 0x1f)).u8(Number(n & 255n))
    else if (n >= -32768n && n < 32768n) out.u8(0xf1).u16le(Number(n & 0xffffn))
    else if (n >= -8388608n && n < 8388608n)
      out
        .u8(0xf2)
        .u16le(Number(n & 0xffffn))
        .u8(Number((n >> 16n) & 255n))
    else if (n >= -2147483648n && n < 2147483648n) out.u8(0xf3).u32le(Number(n & 0xffffffffn))
    else out.u8(0xf4).ms(n)
  } else {
    const bytes = typeof entry === 'string' ? new TextEncoder().encode(entry) : entry
    if (bytes.length < 64) out.u8(0x80 | bytes.length)
    else if (bytes.length < 4096) out.u8(0xe0 | (bytes.length >> 8)).u8(bytes.length & 255)
    else out.u8(0xf0).u32le(bytes.length)
    out.raw(bytes)
  }
  return out.raw(backlen(out.length, newBoundary)).bytes()
}

/** The size of an entry, most significant seven bits first, all bytes but the first with bit 7. */
export function backlen(size: number, newBoundary = false): Uint8Array {
  const limits = [127, 16383, 2097151, 268435455]
  let width = 1
  // One byte holds up to 127; the old servers compare the other limits one too early.
  while (width < 5 && (width === 1 || newBoundary ? size > limits[width - 1]! : size >= limits[width - 1]!)) width++
  const out = new Uint8Array(width)
  for (let at = width - 1; at >= 0; at--) {
    out[at] = (size % 128) | (at > 0 ? 128 : 0)
    size = Math.floor(size / 128)
  }
  return out
}

/** A ziplist; `count` 65535 stands for "unknown". */
export function ziplist(entries: readonly Entry[], options: { count?: number; tail?: number } = {}): Uint8Array {
  const body = new DumpWriter(0)
  let previous = 0
  for (const entry of entries) {
    const before = body.length
    if (previous < 254) body.u8(previous)
    else body.u8(0xfe).u32le(previous)
    body.raw(ziplistData(entry))
    previous = body.length - before
  }
  const tail = options.tail ?? 10 + body.length - previous
  const count = options.count ?? Math.min(entries.length, 65535)
  return new DumpWriter(0)
    .u32le(10 + body.length + 1)
    .u32le(tail)
    .u16le(count)
    .raw(body.bytes())
    .u8(0xff)
    .bytes()
}

function ziplistData(entry: Entry): Uint8Array {
  const out = new DumpWriter(0)
  if (typeof entry === 'number' || typeof entry === 'bigint') {
    const n = BigInt(entry)
    if (n >= 0n && n <= 12n) return out.u8(0xf1 + Number(n)).bytes()
    if (n >= -128n && n < 128n)
      return out
        .u8(0xfe)
        .u8(Number(n & 255n))
        .bytes()
    if (n >= -32768n && n < 32768n)
      return out
        .u8(0xc0)
        .u16le(Number(n & 0xffffn))
        .bytes()
    if (n >= -8388608n && n < 8388608n) {
      return out
        .u8(0xf0)
        .u16le(Number(n & 0xffffn))
        .u8(Number((n >> 16n) & 255n))
        .bytes()
    }
    if (n >= -2147483648n && n < 2147483648n)
      return out
        .u8(0xd0)
        .u32le(Number(n & 0xffffffffn))
        .bytes()
    return out.u8(0xe0).ms(n).bytes()
  }
  const bytes = typeof entry === 'string' ? new TextEncoder().encode(entry) : entry
  if (bytes.length < 64) out.u8(bytes.length)
  else if (bytes.length < 16384) out.u8(0x40 | (bytes.length >> 8)).u8(bytes.length & 255)
  else out.u8(0x80).u32be(bytes.length)
  return out.raw(bytes).bytes()
}

/** An intset of elements of `width` bytes. */
export function intset(width: 2 | 4 | 8, members: readonly (number | bigint)[]): Uint8Array {
  const out = new DumpWriter(0).u32le(width).u32le(members.length)
  for (const member of members) {
    const n = BigInt.asUintN(64, BigInt(member))
    if (width === 2) out.u16le(Number(n & 0xffffn))
    else if (width === 4) out.u32le(Number(n & 0xffffffffn))
    else out.ms(BigInt.asIntN(64, n))
  }
  return out.bytes()
}

/** A zipmap of field, value, field, value...; every value is followed by `free` unused bytes. */
export function zipmap(entries: readonly Content[], options: { count?: number; free?: number } = {}): Uint8Array {
  const pairs = entries.length / 2
  const free = options.free ?? 0
  const out = new DumpWriter(0).u8(options.count ?? Math.min(pairs, 254))
  entries.forEach((entry, index) => {
    const bytes = typeof entry === 'string' ? new TextEncoder().encode(entry) : entry
    if (bytes.length < 254) out.u8(bytes.length)
    else out.u8(0xfe).u32le(bytes.length)
    if (index % 2 === 1) out.u8(free)
    out.raw(bytes)
    if (index % 2 === 1) out.raw(new Uint8Array(free))
  })
  return out.u8(0xff).bytes()
}
