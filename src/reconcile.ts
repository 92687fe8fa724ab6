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
  /** Of these: tables of expiries. */
  readonly expiresBytes: number
}

/**
 * The ledger of a dump: from what the user stored to what the server said it uses.
 * `usedMemoryBytes` is null when the dump does not say; the last lines are then missing. `emptyServerBytes` is what the
 * servers take without any key, as measured.
 */
export function reconcile(
  sums: LedgerSums,
  usedMemoryBytes: number | null,
  emptyServerBytes: number,
): readonly ReconciliationRow[] {
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
    row('dictionaries', 'tables of the databases', sums.overheadBytes - sums.expiresBytes),
    row('expires', 'tables of the expiries', sums.expiresBytes),
  ]
  if (usedMemoryBytes === null) return rows
  return [
    ...rows,
    row('empty-server', 'the server without any key (measured)', emptyServerBytes),
    row('unexplained', 'not in the dump: clients, replication, slack', usedMemoryBytes - keyspace - emptyServerBytes),
    row('used-memory', 'used_memory when the dump was made', usedMemoryBytes),
  ]
}
