/** One line of `explain`: allocations of one kind. Bytes are totals over `count` blocks. */
export interface Allocation {
  readonly what: string
  readonly count: number
  readonly requestedBytes: number
  readonly givenBytes: number
}

/** What one key costs, added up while its value passes. Reused from key to key. */
export class Tally {
  /** Code of `ENCODING` (batch.ts): what the target chooses when it loads the key. */
  encoding = 0
  /** Bytes that the allocator gives for the key: entry, name, object, value. */
  ramBytes = 0
  /** Bytes that were asked for; the rest of `ramBytes` is allocator rounding. */
  requestedBytes = 0
  /** Of those: entry, object and string header of the key, without its name. */
  headerBytes = 0
  /** What `MEMORY USAGE key SAMPLES 0` prints; -1 where there is no such command. */
  memoryUsageBytes = 0
  /** Key name and everything the user stored as text: elements, fields and values, members; scores count nothing. */
  payloadBytes = 0
  /** Longest element, field, value or member; the length of a string. */
  longestElementBytes = 0
  /** The sizes are expected values: chance in the server has a say. */
  estimated = false
  /** Some fields (or members) expire on their own. */
  hasFieldExpiry = false

  /** Set it to an array to get the allocations one by one. */
  rows: Allocation[] | null = null

  clear(): void {
    this.ramBytes = 0
    this.requestedBytes = 0
    this.headerBytes = 0
    this.memoryUsageBytes = 0
    this.payloadBytes = 0
    this.longestElementBytes = 0
    this.estimated = false
    this.hasFieldExpiry = false
    if (this.rows !== null) this.rows.length = 0
  }

  /** Counts one block of whole bytes. */
  addBlock(what: string, requestedBytes: number, givenBytes: number): void {
    this.requestedBytes += requestedBytes
    this.ramBytes += givenBytes
    if (this.rows !== null) this.rows.push({ what, count: 1, requestedBytes, givenBytes })
  }

  /** Counts `count` blocks; bytes are totals. Expected values are rounded here, so that all sums are whole. */
  add(what: string, count: number, requestedBytes: number, givenBytes: number): void {
    const requested = Math.round(requestedBytes)
    const given = Math.round(givenBytes)
    this.requestedBytes += requested
    this.ramBytes += given
    if (this.rows !== null && (count > 0 || given !== 0)) {
      this.rows.push({ what, count: Math.round(count), requestedBytes: requested, givenBytes: given })
    }
  }
}
