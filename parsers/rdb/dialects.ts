import type { DialectName } from './visitor.js'

/** Bytes that stand where a value type may stand but are records of their own. */
export const OPCODE = {
  eof: 255,
  selectDb: 254,
  expireSeconds: 253,
  expireMs: 252,
  resizeDb: 251,
  aux: 250,
  freq: 249,
  idle: 248,
  moduleAux: 247,
  functionPreGa: 246,
  function2: 245,
  slotInfo: 244,
  /** KEY_META in Redis (RDB 13), SLOT_IMPORT in Valkey (RDB 80). */
  keyMetaOrSlotImport: 243,
  /** HASH_TEMPLATE in Redis (RDB 15), UPDATE in Valkey (RDB 81; replication only). */
  templateOrUpdate: 242,
  // Redis Enterprise, each with one length.
  enterpriseRamLru: 107,
  enterpriseSlot: 121,
  // Dragonfly.
  dfFullSyncEnd: 200,
  dfZstdBlob: 201,
  dfLz4Blob: 202,
  dfBlobEnd: 203,
  dfJournalBlob: 210,
  dfJournalOffset: 211,
  dfMask: 220,
  dfVectorIndex: 222,
  dfDocIndex: 223,
  dfTaggedChunk: 224,
} as const

/** Newest RDB versions of each magic that this parser knows. */
export const KNOWN_VERSIONS = { redis: 16, valkeyFirst: 80, valkeyLast: 81 } as const

export function isKnownVersion(magic: 'REDIS' | 'VALKEY', version: number): boolean {
  if (magic === 'VALKEY') return version >= KNOWN_VERSIONS.valkeyFirst && version <= KNOWN_VERSIONS.valkeyLast
  return version >= 1 && version <= KNOWN_VERSIONS.redis
}

const EVERYWHERE: readonly number[] = [
  OPCODE.eof,
  OPCODE.selectDb,
  OPCODE.expireSeconds,
  OPCODE.expireMs,
  OPCODE.resizeDb,
  OPCODE.aux,
  OPCODE.freq,
  OPCODE.idle,
  OPCODE.moduleAux,
  OPCODE.functionPreGa,
  OPCODE.function2,
  OPCODE.slotInfo,
  OPCODE.keyMetaOrSlotImport,
  OPCODE.enterpriseRamLru,
  OPCODE.enterpriseSlot,
]

/** True when a record that is no key may begin with this byte. */
export function isOpcode(byte: number, dialect: DialectName, rdbVersion: number): boolean {
  if (EVERYWHERE.includes(byte)) return true
  if (byte === OPCODE.templateOrUpdate) return dialect === 'redis' && rdbVersion >= 15
  return dialect === 'dragonfly' && byte >= OPCODE.dfFullSyncEnd && byte <= OPCODE.dfTaggedChunk
}

/** Who probably wrote a byte that the dialect at hand does not know. */
export function unknownTypeHint(dialect: DialectName, byte: number, rdbVersion: number): string {
  if (byte === 8) return 'this number is never stored; the file is damaged or reading lost its place'
  if (byte >= 100 && byte <= 102) return 'a private opcode of Redis Enterprise whose form is not public'
  if ((byte >= 128 && byte <= 137) || byte === 192)
    return 'Redis-on-Rocks uses it; its files hold RocksDB data that only it can read'
  if (dialect !== 'dragonfly' && ((byte >= 30 && byte <= 37) || (byte >= 200 && byte <= 224))) {
    return 'Dragonfly uses it, but no df-ver field came before'
  }
  if (dialect === 'valkey' && byte === OPCODE.templateOrUpdate) return 'Valkey uses it in replication streams only'
  if (dialect === 'valkey' && byte >= 24 && byte <= 33) return 'newer Redis versions use it, Valkey does not'
  const newest = dialect === 'valkey' ? KNOWN_VERSIONS.valkeyLast : KNOWN_VERSIONS.redis
  if (rdbVersion > newest) return `the file is RDB version ${rdbVersion}, newer than the ${newest} known here`
  return 'the file is damaged, or a fork or module system wrote it'
}
