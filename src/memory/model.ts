import type { AllocatorId } from './allocators/index.js'
import type { SettingOverrides } from './settings.js'
import type { DictRules } from './structs/dict.js'
import type { StructLayouts } from './structs/layouts.js'
import type { PackedKind } from './structs/packed.js'
import type { ScoreKind } from './structs/score-text.js'
import type { SdsKind } from './structs/sds.js'

/**
 * How well a model is known.
 * `verified`: every figure compared with a running server. `source`: read from the server's source only.
 * `nearest`: taken over from a relative, differences not measured.
 */
export type Verification = 'verified' | 'source' | 'nearest'

/** When a short value shares one block with its object and key; null: values have a block of their own. */
export interface EmbedRule {
  /** False: the value begins where the object keeps its pointer otherwise. */
  readonly keepsPointer: boolean
  /** Longest value that is tried. */
  readonly maxValueBytes: number
  /** The block must not be larger than this, as the server reckons it. */
  readonly limitBytes: number
  /** True: the key counts with its real header in that reckoning; false: with 3 bytes, whatever it has. */
  readonly exactKeyHeader: boolean
  /** True: the expiry counts in that reckoning. */
  readonly countsExpiry: boolean
}

/**
 * What a key costs in one server version: facts only, each model states what differs from the one it derives from.
 *
 * Two figures are told apart everywhere: what the allocator gives ("given"), and what `MEMORY USAGE key SAMPLES 0`
 * prints ("usage"), which has omissions and errors of its own that are followed to the byte.
 */
export interface MemoryModel {
  readonly id: string
  readonly title: string
  readonly server: 'redis' | 'valkey' | 'keydb'
  /** Major and minor version. */
  readonly version: readonly [number, number]
  readonly verification: Verification
  /** What the verification rests on, in a few words. */
  readonly basis: string
  /** False before 4.0, which has no `MEMORY USAGE`. */
  readonly hasMemoryUsage: boolean
  readonly allocator: AllocatorId
  /**
   * `used_memory` of an empty server with default settings and one client, measured; the same within some kilobytes.
   */
  readonly emptyServerBytes: number
  readonly defaults: SettingOverrides
  readonly structs: StructLayouts

  readonly sds: SdsKind
  /** What `MEMORY USAGE` counts for an sds: requested bytes, given bytes, or given but requested for type 5. */
  readonly sdsUsage: 'requested' | 'given' | 'given-above-31'

  /**
   * Where a key lives. `entry`: dict entry, sds and object. `entry-with-key`: the dict entry holds the name.
   * `object`: the object holds name and expiry, the table points to it.
   */
  readonly keyHolder: 'entry' | 'entry-with-key' | 'object'
  /**
   * What `MEMORY USAGE` counts for the key holder. `argument`: the sds of the command argument, requested.
   * `requested`, `given`: the sds of the key. `nothing`: only the bare object. `block`, `block-requested`: the whole
   * object block, as given or as requested.
   */
  readonly keyUsage: 'argument' | 'requested' | 'given' | 'nothing' | 'block' | 'block-requested'
  /** Header of a key's sds: as for any string, or one with a reference count (KeyDB). */
  readonly keySds: 'sds' | 'refcounted'
  /** Cluster mode: pointers added to each dict entry to chain the keys of a slot. */
  readonly clusterEntryPointers: number
  /** Cluster mode: what `MEMORY USAGE` adds per key, in pointers. */
  readonly clusterUsagePointers: number

  /** Longest value that shares a block with its object; -1: none does. */
  readonly embstrLimit: number
  /** What `MEMORY USAGE` counts for such a block: object plus text (and 2), or the given bytes. */
  readonly embstrUsage: 'length' | 'given'
  /** True: the text of such a value begins where the object keeps its pointer otherwise (KeyDB). */
  readonly embstrReplacesPointer: boolean
  readonly embed: EmbedRule | null
  /** True: small integers 0-9999 may be one object for all keys. */
  readonly sharesIntegers: boolean

  readonly packed: PackedKind
  /** What `MEMORY USAGE` counts for a packed value: its bytes, or what the allocator gave. */
  readonly packedUsage: 'bytes' | 'given'

  readonly dict: DictRules
  /**
   * Which tables keep single entries in their buckets. `sets-and-keys`: also the keys of a database and their expiries;
   * `all`: also hashes and sorted sets.
   */
  readonly bareEntries: 'none' | 'sets' | 'sets-and-keys' | 'all'
  /** True: values are `hashtable`s of Valkey 8.1 and later instead of `dict`s. */
  readonly hashtables: boolean
  /**
   * What `MEMORY USAGE` counts for a collection of nodes. `sampled`: a sum divided and multiplied again, in doubles.
   * `sampled-bare`: the same, sets without the entries in their buckets. `sampled-whole`: with the object in it.
   * `tracked`: a running sum of requested bytes.
   */
  readonly collectionUsage: 'sampled' | 'sampled-bare' | 'sampled-whole' | 'tracked'
  /**
   * What `MEMORY USAGE` counts for an entry of the table of a sorted set: its struct, or that of an entry without a
   * value (8.2).
   */
  readonly zsetEntryUsage: 'entry' | 'entry-without-value'
  /** True: elements of hash tables are objects of their own (up to 3.2). */
  readonly elementObjects: boolean
  /** True: presized where the number of hash or sorted set entries is known (5.0 and later). */
  readonly presizesCollections: boolean
  /** True: presized when a packed hash over the limit is taken apart (7.0 and later). */
  readonly presizesHashConversion: boolean
  /** True: presized when a packed sorted set over the limit is taken apart (7.2 and later). */
  readonly presizesZsetConversion: boolean
  /** What a hash asks for behind a too long element: nothing (4.0), room for the rest, or for all (8.6). */
  readonly hashRestExpands: 'never' | 'rest' | 'all'

  /** Lists: `linked` (up to 3.0), `quicklist`, or `listpack` while there is one small node. */
  readonly lists: 'linked' | 'quicklist' | 'listpack-or-quicklist'
  /** Elements longer than this limit of a node have one of their own; false: only above 1 GiB. */
  readonly plainNodes: boolean
  /** True: the quicklist sum is divided by elements instead of nodes (8.0). */
  readonly quicklistUsageByElements: boolean

  /** True: small sets of strings are listpacks (7.2 and later). */
  readonly listpackSets: boolean

  /**
   * Entries of hash tables of hashes. `strings`: field and value sds. `mstr-field`: fields know their expiry (7.4).
   * `entry`: field, value and expiry in one block where they fit (8.6, Valkey 8.1).
   */
  readonly hashEntries: 'strings' | 'mstr-field' | 'entry'
  /** Bytes of an expiry in such an entry block. */
  readonly entryExpiryBytes: number
  /** Expiry of fields: none, in a listpack of triples, or in hash tables only. */
  readonly fieldExpiry: 'none' | 'listpackex' | 'hashtable'
  /** Beyond 16 fields with an expiry: bytes per such field in the index, when times differ, and when all are equal. */
  readonly fieldExpiryIndexBytes: readonly [number, number]

  readonly scores: ScoreKind
  /** Levels of the header node of a skiplist. */
  readonly skiplistMaxLevel: number
  /** True: `MEMORY USAGE` counts header node, skiplist and dict. */
  readonly skiplistUsageWhole: boolean
  /** Members inside the skiplist node: none, or bytes before the text's header. */
  readonly skiplistMember: 'pointer' | 'embedded'
  readonly skiplistMemberBytes: number

  /** False: leaves of radix trees are not nodes, their value stands in the pointer (8.8). */
  readonly raxLeaves: boolean
  /** What `MEMORY USAGE` counts for radix trees: a guess per node, what was given. */
  readonly raxUsage: 'guess' | 'given'
  /**
   * What it counts of a stream: bytes of the listpacks (5.0), those and the struct (KeyDB), the struct and what the
   * listpacks were given (6.2), or a running sum with the groups in full (8.6).
   */
  readonly streamUsage: 'bytes' | 'struct-and-bytes' | 'struct-and-given' | 'tracked'
  /**
   * True: a stream has one more tree over the pending IDs of all groups, with a list of the groups behind each (8.2 and
   * later).
   */
  readonly pendingIndex: boolean
  /** True: each group has one more tree over its pending entries, by delivery time (8.4). */
  readonly pendingByTime: boolean

  /** Database tables: how many structs go with them; see overhead.ts. */
  readonly database: DatabaseRules
}

/** What a database keeps beside its keys, in bytes. */
export interface DatabaseRules {
  /**
   * `plain`: structs exist in an empty server, too, tables from the first size hint on. `structs`: both come with the
   * first entry.
   */
  readonly tables: 'plain' | 'structs'
  /** Struct of a table of keys, and of expiries, as given. */
  readonly keysStructBytes: number
  readonly expiresStructBytes: number
  /** True: the object holds the expiry, there is no table of them (KeyDB). */
  readonly expiresInObject: boolean
  /** Cluster mode: one tree over all keys, nothing but longer entries, or tables per slot. */
  readonly cluster: 'tree' | 'entries' | 'slot-tables'
  /** Index of hashes whose fields expire: bytes per such hash. */
  readonly fieldExpiryBytesPerHash: number
}

export type ModelChanges = Partial<Omit<MemoryModel, 'id' | 'title' | 'structs' | 'defaults' | 'database' | 'dict'>> &
  Pick<MemoryModel, 'id' | 'title' | 'version' | 'basis'> & {
    readonly structs?: Partial<StructLayouts>
    readonly defaults?: SettingOverrides
    readonly database?: Partial<DatabaseRules>
    readonly dict?: Partial<DictRules>
  }

/** A model that differs from `base` in `changes` only. */
export function deriveModel(base: MemoryModel, changes: ModelChanges): MemoryModel {
  return {
    ...base,
    ...changes,
    structs: { ...base.structs, ...changes.structs },
    defaults: { ...base.defaults, ...changes.defaults },
    database: { ...base.database, ...changes.database },
    dict: { ...base.dict, ...changes.dict },
  }
}
