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

/** What the last but one line means, which is all that the others leave over. */
const UNEXPLAINED = 'not in the dump: clients, replication, slack'
const TOO_MUCH = 'reckoned too much: other settings or allocator'
const OTHER_SERVER = 'difference of the servers, clients, slack'

/**
 * The ledger of a dump: from what the user stored to what the server said it uses.
 * `usedMemoryBytes` is null when the dump does not say; the last lines are then missing. `emptyServerBytes` is what the
 * servers take without any key, as measured. `isWriter`: the keys are priced for the servers that wrote the dumps.
 */
export function reconcile(
  sums: LedgerSums,
  usedMemoryBytes: number | null,
  emptyServerBytes: number,
  isWriter: boolean,
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
  const unexplained = usedMemoryBytes - keyspace - emptyServerBytes
  const meaning = !isWriter ? OTHER_SERVER : unexplained < 0 ? TOO_MUCH : UNEXPLAINED
  return [
    ...rows,
    row('empty-server', 'the server without any key (measured)', emptyServerBytes),
    row('unexplained', meaning, unexplained),
    row('used-memory', 'used_memory when the dump was made', usedMemoryBytes),
  ]
}
