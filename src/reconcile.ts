import type { ReconciliationRow } from '../reports/report.js'

/** Sums over all keys of a report, in bytes. */
export interface LedgerSums {
  /** Key names and what the user stored. */
  readonly payloadBytes: number
  /** Entry, object and string header of every key. */
  readonly headerBytes: number
  /** What is asked of the allocator for the keys. */
  readonly requestedBytes: number
  /** What the allocator gives for them. */
  readonly ramBytes: number
  /** Tables of the databases. */
  readonly overheadBytes: number
}

/**
 * The ledger of a dump: from what the user stored to what the server said it uses.
 * `usedMemoryBytes` is null when the dump does not say; the last two lines are then missing.
 */
export function reconcile(sums: LedgerSums, usedMemoryBytes: number | null): readonly ReconciliationRow[] {
  const keyspace = sums.ramBytes + sums.overheadBytes
  const row = (id: string, title: string, bytes: number): ReconciliationRow => ({
    id,
    title,
    bytes,
    share: usedMemoryBytes === null || usedMemoryBytes === 0 ? null : bytes / usedMemoryBytes,
  })
  const rows = [
    row('payload', 'what you stored (key names and values)', sums.payloadBytes),
    // Integers take less than their text, so this may be negative.
    row('encoding', 'encoding of the values', sums.requestedBytes - sums.headerBytes - sums.payloadBytes),
    row('headers', 'entries and object headers of the keys', sums.headerBytes),
    row('rounding', 'rounding by the allocator', sums.ramBytes - sums.requestedBytes),
    row('dictionaries', 'tables of the databases', sums.overheadBytes),
  ]
  if (usedMemoryBytes === null) return rows
  return [
    ...rows,
    row('unexplained', 'not in the dump: server itself, clients, replication, slack', usedMemoryBytes - keyspace),
    row('used-memory', 'used_memory when the dump was made', usedMemoryBytes),
  ]
}
