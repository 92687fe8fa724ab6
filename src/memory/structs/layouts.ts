/**
 * Size of a C struct: pointers (and longs, which are as wide), and bytes that are the same on 32 and 64 bit.
 * Padded to the width of a pointer.
 */
export interface StructLayout {
  readonly pointers: number
  readonly bytes: number
}

export function struct(pointers: number, bytes = 0): StructLayout {
  return { pointers, bytes }
}

export function structBytes(layout: StructLayout, pointerBytes: number): number {
  return Math.ceil((layout.pointers * pointerBytes + layout.bytes) / pointerBytes) * pointerBytes
}

/** The structs that a key can be made of. Names as in the servers' sources. */
export interface StructLayouts {
  readonly robj: StructLayout
  readonly dict: StructLayout
  /** What the dict of a set or hash has behind it. */
  readonly dictMetadata: StructLayout
  /** What the dict of a hash with field expiry has behind it. */
  readonly dictExpireMetadata: StructLayout
  readonly dictEntry: StructLayout
  /** Entry of a table whose keys have no values. */
  readonly dictEntryNoValue: StructLayout
  /** Valkey 8.1 and later. */
  readonly hashtable: StructLayout
  /** What the hashtable of a hash has behind it. */
  readonly hashtableMetadata: StructLayout
  readonly list: StructLayout
  readonly listNode: StructLayout
  readonly quicklist: StructLayout
  readonly quicklistNode: StructLayout
  readonly quicklistLZF: StructLayout
  readonly zset: StructLayout
  readonly zskiplist: StructLayout
  /** Without levels, and without the member where that is inside. */
  readonly zskiplistNode: StructLayout
  readonly zskiplistLevel: StructLayout
  readonly listpackEx: StructLayout
  readonly stream: StructLayout
  readonly streamCG: StructLayout
  readonly streamConsumer: StructLayout
  readonly streamNACK: StructLayout
  readonly rax: StructLayout
  readonly moduleValue: StructLayout
}

export type StructSizes = { readonly [Name in keyof StructLayouts]: number }

export function structSizes(layouts: StructLayouts, pointerBytes: number): StructSizes {
  const names = Object.keys(layouts) as (keyof StructLayouts)[]
  return Object.fromEntries(names.map((name) => [name, structBytes(layouts[name], pointerBytes)])) as StructSizes
}
