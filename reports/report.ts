/**
 * The contract between analysis and reports: one finished report as plain JSON.
 *
 * Everything here survives `JSON.stringify` unchanged. Sizes are bytes, times are milliseconds since 1970 unless the
 * name says another unit, shares are 0..1. Names of keys are text made for reading (see `KeyName`) and come from
 * strangers: every format escapes them where it writes them.
 *
 * Rows are sorted: what matters most first, ties by name. Columns of a table add up to `totals`.
 */
export const SCHEMA_VERSION = 1

/** The word `TYPE key` prints; `module` for every module value. */
export type KeyType = 'string' | 'list' | 'set' | 'zset' | 'hash' | 'stream' | 'array' | 'module'

/** A key name in a report. */
export interface KeyName {
  /** The exact text; bytes that are not printable UTF-8 stand as `\xNN`, and then backslashes are doubled. */
  readonly key: string
  /** Base64 of the exact bytes, only when `key` is not the exact text. */
  readonly keyBase64?: string
  /** True length in bytes, only when the name is longer than what is kept of it (512 bytes). */
  readonly keyLength?: number
}

/** The sums that most tables share. */
export interface Sums {
  readonly keys: number
  /** What the allocator gives for the keys and values on the target. */
  readonly ramBytes: number
  /** Their share of the main and expires dictionaries and of slot structures. */
  readonly overheadBytes: number
  /** What `MEMORY USAGE key SAMPLES 0` would add up to; null where the target has no such command (before 4.0). */
  readonly memoryUsageBytes: number | null
  /** Key names and what the user stored in the values. */
  readonly payloadBytes: number
  /** Bytes of the records in the file. */
  readonly rdbBytes: number
  /** Elements as LLEN, SCARD, HLEN, ZCARD, XLEN count them; 1 per string. */
  readonly elements: number
  /** Keys that have an expiry. */
  readonly expiringKeys: number
  /** Keys whose expiry had passed at the time of the dump. Part of `expiringKeys`. */
  readonly expiredKeys: number
}

/** A key that stands out by size. */
export interface LargestKey extends KeyName {
  readonly db: number
  readonly ramBytes: number
}

// ---------------------------------------------------------------------------------------------- provenance

export type ChecksumState = 'ok' | 'wrong' | 'absent' | 'disabled' | 'unchecked'

/** What is known about one input. */
export interface ProvenanceFile {
  /** As given on the command line; `-` is standard input. */
  readonly path: string
  /** Size of the input; null when it was a stream of unknown length. */
  readonly bytes: number | null
  /** Lower-case hex; null when it was not computed. */
  readonly sha256: string | null
  /** `rdb`, `aof` (RDB preamble), `replication` (`$EOF:` framing), `dump` (DUMP payload); with the envelope: `rdb+gzip`. */
  readonly container: string
  readonly magic: string
  readonly rdbVersion: number
  /** `redis`, `valkey`, `keydb`, `dragonfly`. */
  readonly dialect: string
  /** `Redis 7.4.1`; `unknown` when the dump does not say. */
  readonly server: string
  /** Architecture of the writer in bits (AUX `redis-bits`), null when the dump does not say. */
  readonly bits: number | null
  readonly checksum: ChecksumState
  /** AUX `ctime`; null when the dump does not say. */
  readonly dumpTimeMs: number | null
  /** AUX `used-mem`; null when the dump does not say. */
  readonly usedMemoryBytes: number | null
  /** All AUX fields as text, in the order of the file. */
  readonly aux: readonly (readonly [name: string, value: string])[]
  /** Function libraries by size in bytes. */
  readonly functionBytes: number
  readonly functions: number
  /** Modules named by values or MODULE_AUX. */
  readonly modules: readonly { readonly name: string; readonly encver: number; readonly keys: number }[]
  /** AOF commands behind the RDB part that are not in the report. */
  readonly commandsNotIncluded: number
  /** False when the dump was cut or damaged and the report covers what came before. */
  readonly complete: boolean
}

/** Where the report comes from. The fields beside `files` are those of the first file. */
export interface Provenance {
  readonly files: readonly ProvenanceFile[]
  readonly sha256: string | null
  readonly magic: string
  readonly rdbVersion: number
  readonly server: string
  readonly checksum: ChecksumState
  readonly dumpTimeMs: number | null
  /** The moment TTL and idle time are judged at: `--now`, else `dumpTimeMs`, else the file's time. */
  readonly nowMs: number
  /** The server version whose memory is modelled. */
  readonly target: { readonly id: string; readonly title: string; readonly allocator: string; readonly bits: number }
  /** True while the sizes are estimates rather than exact for this target. */
  readonly estimated: boolean
  /** redis.conf names and values the sizes hold for. */
  readonly settings: Readonly<Record<string, string | number>>
  /** Those of `settings` that are not the defaults of the target. */
  readonly changedSettings?: Readonly<Record<string, string | number>>
  /** What is in the inputs and not, or not wholly, in the report; sentences. */
  readonly notUnderstood?: readonly string[]
  /** Command-line options that change the result, as given. */
  readonly options: Readonly<Record<string, string | number | boolean | readonly string[]>>
  /** Keys that a filter left out. */
  readonly filteredKeys: number
}

// ---------------------------------------------------------------------------------------------- totals and tables

export type Totals = Sums

/** One line of the ledger from payload to `used_memory`. Lines add up to the last one. */
export interface ReconciliationRow {
  /** `payload`, `encoding`, `headers`, `rounding`, `dictionaries`, `expires`, `empty-server`, `unexplained`, `used-memory`. */
  readonly id: string
  readonly title: string
  /** May be negative for `unexplained`. */
  readonly bytes: number
  /** Of `used-memory`; null when the dump does not say what was used. */
  readonly share: number | null
}

export interface DatabaseRow extends Sums {
  /** Database number; -1 gathers the databases beyond the 1,024 that are counted one by one. */
  readonly db: number
  /** Null when the database is empty. */
  readonly largest: LargestKey | null
}

export interface TypeRow extends Sums {
  readonly type: KeyType
  readonly averageRamBytes: number
  readonly averageElements: number
  readonly largest: LargestKey | null
}

export interface EncodingRow extends Sums {
  readonly type: KeyType
  /** The word `OBJECT ENCODING` prints on the target. */
  readonly encoding: string
  readonly averageRamBytes: number
  readonly largest: LargestKey | null
}

/** One row per input file, in the order of the command line. */
export interface FileRow extends Sums {
  /** Index into `provenance.files`. */
  readonly file: number
}

// ---------------------------------------------------------------------------------------------- patterns

/** Remaining time to live at the time of the dump. Negative: had expired. */
export interface TtlSpread {
  readonly minMs: number
  /** From a histogram: right within 7 %. */
  readonly medianMs: number
  readonly maxMs: number
}

export interface PatternRow {
  /** `user:{int}:profile`; `[other]` gathers what is not listed. */
  readonly pattern: string
  /** `mixed` only in `[other]`. */
  readonly type: KeyType | 'mixed'
  readonly keys: number
  readonly ramBytes: number
  readonly overheadBytes: number
  readonly payloadBytes: number
  readonly rdbBytes: number
  readonly elements: number
  /** Key names alone; part of `payloadBytes`. */
  readonly keyNameBytes: number
  /** Of all `ramBytes`, 0..1. */
  readonly share: number
  readonly averageRamBytes: number
  /** Keys that never expire. */
  readonly withoutTtl: number
  /** `ramBytes` of the keys that never expire. */
  readonly withoutTtlRamBytes: number
  readonly expiredKeys: number
  /** Null when no key of the pattern expires. */
  readonly ttl: TtlSpread | null
  readonly largest: LargestKey | null
  /** Longest element (field, member, value) of any key, in bytes. */
  readonly longestElementBytes: number
  /** Keys and bytes by encoding, most bytes first. */
  readonly encodings: readonly { readonly encoding: string; readonly keys: number; readonly ramBytes: number }[]
  /** Mean seconds since the last access; null when the dump does not say. */
  readonly averageIdleSeconds: number | null
  /** Mean LFU counter, 0-255; null when the dump does not say. */
  readonly averageFreq: number | null
  /** Up to three keys, always the same ones for the same data. */
  readonly examples: readonly KeyName[]
  /** A key of the pattern that never expires, where others do. */
  readonly exampleWithoutTtl: KeyName | null
  /** Glob for `--match` / `SCAN MATCH` that finds at least the keys of the pattern; null for `[other]`. */
  readonly match: string | null
  /** How many pattern rows stand behind this one: 1, more in `[other]`. */
  readonly patterns: number
}

/** How the pattern table was made. */
export interface PatternSummary {
  /** Separators that split the names. */
  readonly separators: string
  /** Patterns found, before `[other]`. */
  readonly found: number
  /** True when names had to be generalised or counted together to stay within the memory limit. */
  readonly bounded: boolean
}

/** Prefix tree of the patterns: what stands under `user:` altogether. */
export interface PrefixNode {
  /** Text of this part with the separator before it: `user`, `:{int}`. Empty at the root. */
  readonly name: string
  readonly keys: number
  readonly ramBytes: number
  readonly payloadBytes: number
  readonly withoutTtl: number
  /** Most bytes first; a last node `[other]` keeps the sums right. */
  readonly children: readonly PrefixNode[]
}

/** Keys of one group of a group file (`--group-file`). */
export interface GroupRow {
  /** As the file names it; `[other]` gathers the keys that no line of it fits. */
  readonly group: string
  /** Null when the file names none. */
  readonly owner: string | null
  readonly keys: number
  readonly ramBytes: number
  readonly overheadBytes: number
  readonly payloadBytes: number
  readonly rdbBytes: number
  /** Of all `ramBytes`, 0..1. */
  readonly share: number
  /** Keys that never expire, and their `ramBytes`. */
  readonly withoutTtl: number
  readonly withoutTtlRamBytes: number
}

// ---------------------------------------------------------------------------------------------- big keys

/** One of the largest elements of a big key. */
export interface LargeElementRow {
  /**
   * Field of a hash, at most its first 120 bytes in `\xNN` form. Null where the element is a value itself: values
   * are shown when asked for only.
   */
  readonly name: string | null
  /** Position in the value, from 0, in the order of the dump. */
  readonly index: number
  /** Element or member; field and value together. */
  readonly bytes: number
}

export interface BigKey extends KeyName {
  readonly db: number
  readonly type: KeyType
  readonly encoding: string
  readonly ramBytes: number
  readonly payloadBytes: number
  readonly elements: number
  readonly longestElementBytes: number
  /** Null when the key never expires. */
  readonly expiresAtMs: number | null
  /** Index into `provenance.files`. */
  readonly file: number
  /** Byte offset of the record in that file. */
  readonly offset: number
  /** Why it is listed, as sentences; empty for a key that is merely among the largest. */
  readonly reasons: readonly string[]
  /** What to do, as sentences and commands with `<key>` in place of the name. */
  readonly advice: readonly string[]
  /** Allocations that DEL frees one by one (lazyfree effort); above 64 UNLINK moves the work to the background. */
  readonly freeEffort: number
  /** Rough time DEL blocks the server, in ms; from `freeEffort` and bytes. */
  readonly deleteMs: number
  /** Bytes of the reply to the command that reads it whole (GET, HGETALL, SMEMBERS, LRANGE 0 -1 ...). */
  readonly replyBytes: number
  /** The three largest elements; only in `bigKeys`, and not for strings, streams and modules. */
  readonly largestElements?: readonly LargeElementRow[]
}

/** Limits from which a key is big; null: no limit. */
export interface BigKeyLimits {
  /** Of the stored bytes of the value (`ramBytes` with the redisinsight preset). */
  readonly bytes: number | null
  readonly elements: number | null
  /** Of one element. */
  readonly elementBytes: number | null
}

export interface BigKeySummary {
  readonly preset: string
  readonly limits: Readonly<Record<KeyType, BigKeyLimits>>
  /** All flagged keys, also those that are not listed. */
  readonly flaggedKeys: number
  readonly flaggedRamBytes: number
  readonly byType: readonly { readonly type: KeyType; readonly keys: number; readonly ramBytes: number }[]
}

/** The largest keys of one type, flagged or not. */
export interface LargestOfType {
  readonly type: KeyType
  readonly byBytes: readonly BigKey[]
  /** Empty for strings and modules. */
  readonly byElements: readonly BigKey[]
}

// ---------------------------------------------------------------------------------------------- sizes of keys

/** Percentiles of a number per key; from a logarithmic histogram, right within 7 %. */
export interface Percentiles {
  readonly p0: number
  readonly p50: number
  readonly p75: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly p999: number
  readonly p100: number
  readonly mean: number
}

/** One bar of a histogram: values in [from, to). */
export interface SizeBucket {
  readonly from: number
  /** Null: no upper end. */
  readonly to: number | null
  readonly keys: number
  readonly ramBytes: number
}

/** What `redis-cli --bigkeys`, `--memkeys` and `--keystats` show. */
export interface KeySizes {
  /** Null when there is no key. */
  readonly ramBytes: Percentiles | null
  readonly nameBytes: Percentiles | null
  /** Keys by `ramBytes` in powers of two, without the empty ends. */
  readonly histogram: readonly SizeBucket[]
  /** Keys by length of the name in powers of two. */
  readonly nameHistogram: readonly SizeBucket[]
  readonly totalNameBytes: number
  /** Per type: keys, elements and the biggest by elements (strings: by bytes of the value). */
  readonly perType: readonly {
    readonly type: KeyType
    readonly keys: number
    /** Share of all keys, 0..1. */
    readonly keyShare: number
    readonly elements: number
    readonly averageElements: number
    readonly ramBytes: Percentiles
    /** Null for modules. */
    readonly elementsPercentiles: Percentiles | null
    readonly biggest: BigKey | null
  }[]
}

// ---------------------------------------------------------------------------------------------- ttl, idle, slots

export interface TtlBucket {
  /** `none`, `expired`, `<1m`, `1m-1h`, `1h-4h`, `4h-12h`, `12h-24h`, `1d-7d`, `7d-30d`, `30d-1y`, `>1y`. */
  readonly id: string
  readonly title: string
  readonly keys: number
  readonly ramBytes: number
}

/** Many keys that expire within the same second, minute or hour. */
export interface Stampede {
  readonly unit: 'second' | 'minute' | 'hour'
  /** Start of the interval. */
  readonly startMs: number
  readonly keys: number
  readonly ramBytes: number
  /** Of all keys that expire in the future, 0..1. */
  readonly share: number
}

/** A pattern in which nearly all keys expire and some never do. */
export interface TtlLeak {
  readonly pattern: string
  readonly type: KeyType
  readonly keys: number
  readonly withoutTtl: number
  readonly withoutTtlRamBytes: number
  /** Of the keys of the pattern that do expire, 0..1. */
  readonly expiringShare: number
  readonly example: KeyName | null
}

export interface TtlReport {
  /** The moment all this is judged at. */
  readonly nowMs: number
  /** All buckets in order, also the empty ones; they add up to `totals`. */
  readonly buckets: readonly TtlBucket[]
  readonly withoutTtl: { readonly keys: number; readonly ramBytes: number }
  readonly expired: { readonly keys: number; readonly ramBytes: number }
  /** Remaining time of the keys that have not expired; null when there is none. */
  readonly spread: TtlSpread | null
  /** Patterns by `ramBytes` of the keys that never expire. */
  readonly withoutTtlPatterns: readonly {
    readonly pattern: string
    readonly type: KeyType
    readonly keys: number
    readonly withoutTtl: number
    readonly withoutTtlRamBytes: number
  }[]
  readonly leaks: readonly TtlLeak[]
  /** Most keys first, per unit. */
  readonly stampedes: readonly Stampede[]
  /** Keys a stampede row may lack, because the intervals that are tracked are bounded; 0: exact. */
  readonly stampedeUndercount: number
  /** Collections of 5,000 elements or more that expire within a day: deleting them blocks without lazyfree-lazy-expire. */
  readonly bigExpiring: readonly BigKey[]
  /** Hashes (and KeyDB sets) with fields that expire on their own. */
  readonly keysWithFieldTtl: number
}

export interface IdleBucket {
  readonly title: string
  /** Seconds for idle time, counter for frequency; [from, to). */
  readonly from: number
  readonly to: number | null
  readonly keys: number
  readonly ramBytes: number
}

export interface IdleReport {
  /** `lru`: idle times; `lfu`: access counters; `none`: the maxmemory-policy recorded neither. */
  readonly policy: 'lru' | 'lfu' | 'mixed' | 'none'
  /** One sentence on what the dump allows to say. */
  readonly note: string
  readonly idle: readonly IdleBucket[]
  readonly freq: readonly IdleBucket[]
  /** Keys not touched for at least so long, and their bytes: 1, 7, 30, 90 days. */
  readonly cold: readonly { readonly seconds: number; readonly keys: number; readonly ramBytes: number }[]
}

export interface SlotRow {
  readonly slot: number
  readonly keys: number
  readonly ramBytes: number
  /** How many times the mean of the slots in use. */
  readonly timesMean: number
}

export interface HashTagRow {
  /** The text between the braces. */
  readonly tag: string
  readonly slot: number
  readonly keys: number
  readonly ramBytes: number
}

export interface ShardPlan {
  readonly shards: number
  /** Bytes and keys per shard when the 16,384 slots are dealt out in equal ranges, as redis-cli --cluster create does. */
  readonly perShard: readonly { readonly keys: number; readonly ramBytes: number }[]
  /** Largest shard divided by the mean, by ramBytes. */
  readonly skew: number
}

/** What one node of a cluster holds, by the slots it owns. */
export interface SlotOwnerRow {
  /** `10.0.0.1:6379`, or the node ID where there is no address; `[unassigned]` for slots that no node owns. */
  readonly node: string
  /** Node ID; empty where it is not known. */
  readonly id: string
  /** Slots it owns. */
  readonly slots: number
  readonly keys: number
  readonly ramBytes: number
  /** How many times the mean of the nodes. */
  readonly timesMean: number
}

export interface SlotsReport {
  /** Slots with at least one key, of 16,384. */
  readonly usedSlots: number
  /** Most bytes first. */
  readonly heaviest: readonly SlotRow[]
  /** Most bytes first; tracked in bounded memory, so light tags may be missing. */
  readonly hashTags: readonly HashTagRow[]
  readonly keysWithHashTag: number
  readonly shardPlans: readonly ShardPlan[]
  /** 256 numbers: ramBytes of 64 slots each, for the strip. */
  readonly strip: readonly number[]
  /** Most bytes first; only when the owners of the slots were given (`--nodes`). */
  readonly owners?: readonly SlotOwnerRow[]
  /** Largest owner divided by the mean of the owners, by ramBytes. */
  readonly ownersSkew?: number
}

// ---------------------------------------------------------------------------------------------- values, savings

/** One format among the values of a pattern. */
export interface ValueFormatRow {
  /** As in `patterns`; `[other]` gathers what is not listed there. */
  readonly pattern: string
  /** `mixed` only in `[other]`. */
  readonly type: KeyType | 'mixed'
  /** `json`, `msgpack`, `gzip`, `uuid`, `text`, ... */
  readonly format: string
  /** The same for people: `JSON, minified`. */
  readonly title: string
  readonly sampledValues: number
  /** Of all sampled bytes of the pattern's values, 0..1. Keys of rarer kinds count as often as they are in the dump. */
  readonly share: number
  /** Of the pattern's sampled values, 0..1. */
  readonly valueShare: number
  readonly averageBytes: number
  /** Heads of values, escaped; only when values may be shown. */
  readonly examples?: readonly string[]
}

/** A value that several keys of type string hold. */
export interface DuplicateValueRow {
  /** Pattern of most of the keys that were seen. */
  readonly pattern: string
  readonly format: string
  readonly title: string
  /** Length of the value. */
  readonly valueBytes: number
  /** Keys that hold it; an estimate unless `exact`. */
  readonly keys: number
  readonly exact: boolean
  /** `valueBytes` of all but one of the keys. */
  readonly wastedBytes: number
  /** Up to three of the keys. */
  readonly examples: readonly KeyName[]
  /** Head of the value, escaped; only when values may be shown. */
  readonly value?: string
}

/** A place within structured values: a field of a hash, a name or array level of a JSON text. */
export interface ValuePath {
  /** The name, `[]` for the items of an array, `{int}` and the like for names that are data, `{*}` for rare ones. */
  readonly name: string
  /** What nine in ten values are: a value format, `number`, `boolean`, `null`, `object`, `array`; else `mixed`. */
  readonly kind: string
  /** How often it occurs in the sample. */
  readonly values: number
  /** Bytes of names in the sample, this one and those below it; JSON names with their quotes. */
  readonly nameBytes: number
  /** Bytes of values in the sample, here and below; JSON strings with their quotes. */
  readonly valueBytes: number
  /** Values that are null or empty. */
  readonly emptyValues: number
  /** Different values in the sample; null when there are more than 16, or none. */
  readonly distinctValues: number | null
  /** Most bytes first; a last `[other]` keeps the sums right. */
  readonly children: readonly ValuePath[]
}

/** Names against values within the structured values of a pattern. Bytes are those of the sample. */
export interface ValueTree {
  readonly pattern: string
  readonly type: KeyType
  /** `fields`: of hashes and stream entries; `json`: of JSON texts. */
  readonly of: 'fields' | 'json'
  /** Fields or texts that were looked at. */
  readonly sampledValues: number
  readonly nameBytes: number
  readonly valueBytes: number
  /** Braces, brackets, commas and colons. */
  readonly syntaxBytes: number
  /** Blanks and line ends between them. */
  readonly blankBytes: number
  /** `nameBytes` of all of it, 0..1. */
  readonly nameShare: number
  readonly paths: readonly ValuePath[]
}

/** What the values are. From a bounded sample that is the same in every run. */
export interface ValuesReport {
  readonly sampledKeys: number
  readonly sampledValues: number
  /** Bytes that were looked at. */
  readonly sampledBytes: number
  /** One sentence on how the sample was taken. */
  readonly sampleNote: string
  /** Over all patterns, most bytes first. */
  readonly summary: readonly {
    readonly format: string
    readonly title: string
    readonly sampledValues: number
    /** Of the bytes of all values, 0..1; an estimate. */
    readonly share: number
  }[]
  /** Patterns in the order of `patterns`, formats by share. */
  readonly formats: readonly ValueFormatRow[]
  /** Most wasted bytes first. */
  readonly duplicates: readonly DuplicateValueRow[]
  readonly trees: readonly ValueTree[]
}

/** One technique of `simulate`. */
export interface TechniqueResult {
  readonly id: string
  readonly title: string
  readonly status: 'applies' | 'nothing-to-do' | 'not-on-this-target' | 'error'
  readonly keys: number
  readonly ramBytesBefore: number
  readonly ramBytesAfter: number
  readonly savedBytes: number
  readonly savedRatio: number
  readonly usedMemoryBefore: number
  readonly usedMemoryAfter: number
  readonly certainty: 'exact' | 'modelled' | 'sampled'
  readonly sampledKeys: number
  readonly interval95: readonly [low: number, high: number] | null
  readonly parameters: Readonly<Record<string, unknown>>
  readonly groups: readonly Readonly<Record<string, unknown>>[]
  readonly assumptions: readonly string[]
  readonly breaks: readonly string[]
  readonly effort: 'setting' | 'client' | 'data-model' | 'upgrade'
  readonly steps: readonly string[]
  readonly verify: readonly string[]
  readonly rollback: readonly string[]
}

export interface SavingsReport {
  readonly target: string
  readonly before: { readonly keys: number; readonly ramBytes: number; readonly usedMemoryBytes: number }
  readonly techniques: readonly TechniqueResult[]
  /** Techniques in order, each priced after the ones before it: `savedBytes` and `usedMemory...` are those of the step. */
  readonly plan: readonly PlanStep[]
  /** Absent when no plan was asked for. */
  readonly planSummary?: PlanSummary
}

/** One step of a plan; everything else as for the technique alone. */
export interface PlanStep extends TechniqueResult {
  /** What the technique saves on the data as it is, on all keys that it could take. Not to be added up. */
  readonly savedAloneBytes: number
  /** The same as `savedBytes`: what it saves behind the steps before it, on the keys that the plan gives to it. */
  readonly savedAfterOthersBytes: number
  /** Null without a price. */
  readonly savedPerMonth: number | null
}

export interface PlanState {
  readonly keys: number
  readonly ramBytes: number
  readonly usedMemoryBytes: number
  /** Sum of `MEMORY USAGE` of all keys; null where it is not known: of hashes that do not exist yet, of old servers. */
  readonly memoryUsageBytes: number | null
  /** Smallest usual `maxmemory` of which `usedMemoryBytes` takes three quarters at most. */
  readonly maxmemoryBytes: number
  /** Null without a price. */
  readonly pricePerMonth: number | null
}

export interface PlanSummary {
  /** `sequence`: somebody named the techniques and their order. */
  readonly kind: 'plan' | 'sequence'
  /** `first-reading`: the dumps could be read once only, so that no keys are given to more than one technique. */
  readonly basis: 'second-reading' | 'first-reading'
  readonly before: PlanState
  readonly after: PlanState
  readonly savedBytes: number
  /** Of the memory before, 0..1. */
  readonly savedRatio: number
  /** Null without a price. */
  readonly savedPerMonth: number | null
  /** Techniques that would save more, for those who can do without something. */
  readonly concessions: readonly {
    readonly id: string
    readonly title: string
    readonly savedAloneBytes: number
    /** What is lost. */
    readonly concession: string
  }[]
  /** What else should be known about how the plan was made. */
  readonly notes: readonly string[]
}

// ---------------------------------------------------------------------------------------------- the whole

/** What the same keys take on one server version. */
export interface TargetRow {
  readonly id: string
  readonly title: string
  /** How the sizes of this target are known: `verified` against real servers, or less. */
  readonly verification: string
  readonly keys: number
  readonly ramBytes: number
  readonly overheadBytes: number
  /** Null where the target has no MEMORY USAGE. */
  readonly memoryUsageBytes: number | null
}

export interface ReportWarning {
  /** Stable, for programs: `newer-version`, `truncated`, `module-skipped`, ... */
  readonly code: string
  readonly message: string
  /** Index into `provenance.files`; null when it is about the whole. */
  readonly file: number | null
  /** Byte offset in that file; null when there is none. */
  readonly offset: number | null
}

export interface AnalysisReport {
  readonly schemaVersion: typeof SCHEMA_VERSION
  readonly generator: { readonly name: 'rdblens'; readonly version: string }
  readonly provenance: Provenance
  readonly totals: Totals
  /** Empty when the ledger was not computed. */
  readonly reconciliation: readonly ReconciliationRow[]
  readonly files: readonly FileRow[]
  readonly databases: readonly DatabaseRow[]
  readonly types: readonly TypeRow[]
  readonly encodings: readonly EncodingRow[]
  /** Most ramBytes first; a last row `[other]` keeps the sums equal to `totals`. */
  readonly patterns: readonly PatternRow[]
  readonly patternSummary: PatternSummary
  readonly prefixTree?: PrefixNode
  /** Groups of the group file, `[other]` last; they add up to `totals`. */
  readonly groups?: readonly GroupRow[]
  /** Flagged keys, most ramBytes first; bounded, see `bigKeySummary.flaggedKeys`. */
  readonly bigKeys: readonly BigKey[]
  readonly bigKeySummary: BigKeySummary
  readonly largest: readonly LargestOfType[]
  readonly keySizes: KeySizes
  readonly ttl: TtlReport
  readonly idle: IdleReport
  /** Null when slots were not asked for. */
  readonly slots: SlotsReport | null
  readonly values?: ValuesReport
  readonly savings?: SavingsReport
  /** The same keys on other server versions, in the order asked for (`--targets`). */
  readonly targets?: readonly TargetRow[]
  readonly warnings: readonly ReportWarning[]
}
