import type { OverheadShare, SlotCounts } from '../memory/overhead.js'

/** Key counts of the databases of a dump, by number. */
export type DatabaseHints = ReadonlyMap<number, SlotCounts>

/** Gives each key its share of what the server keeps per database. */
export interface RowOverhead {
  /** Bytes that no key got. */
  readonly leftover: number
  /** Of the last share: what is there because the key expires. */
  readonly lastExpiresBytes: number
  selectDb(db: number): void
  resizeDb(keys: number, expires: number): void
  slotInfo(keys: number, expires: number): void
  next(hasExpiry: boolean, hasFieldExpiry: boolean): number
  end(): void
}

/**
 * Follows the size hints of a dump (RESIZEDB, SLOT_INFO) and gives each key its share of what the server keeps
 * per database.
 *
 * What the hints did not account for is known at the end of a database: `leftover` sums it up, so that shares
 * and leftover together are always the overhead of the real counts.
 */
export class OverheadRows implements RowOverhead {
  leftover = 0
  readonly #share: OverheadShare
  readonly #counted: DatabaseHints | null
  readonly #perSlot: boolean
  #db = 0
  #begun = false

  /** @param counted counts taken beforehand, for dumps without hints */
  constructor(share: OverheadShare, perSlot: boolean, counted: DatabaseHints | null) {
    this.#share = share
    this.#perSlot = perSlot
    this.#counted = counted
  }

  selectDb(db: number): void {
    this.#close()
    this.#db = db
  }

  resizeDb(keys: number, expires: number): void {
    this.#close()
    this.#begin({ keys, expires })
  }

  slotInfo(keys: number, expires: number): void {
    if (!this.#perSlot) return
    this.#close()
    this.#share.begin({ keys, expires }, [{ keys, expires }])
    this.#begun = true
  }

  next(hasExpiry: boolean, hasFieldExpiry: boolean): number {
    if (!this.#begun) this.#begin(null)
    return this.#share.next(hasExpiry, hasFieldExpiry)
  }

  end(): void {
    this.#close()
  }

  /** Of the last share: what is there because the key expires. */
  get lastExpiresBytes(): number {
    return this.#share.lastExpiresBytes
  }

  #begin(hint: SlotCounts | null): void {
    this.#share.begin(this.#counted?.get(this.#db) ?? hint)
    this.#begun = true
  }

  #close(): void {
    if (this.#begun) this.leftover += this.#share.end()
    this.#begun = false
  }
}
