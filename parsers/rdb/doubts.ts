import type { Cursor } from './cursor.js'
import { OPCODE } from './dialects.js'
import { checksumBytes, mayFollowDump, TAIL_BYTES } from './end.js'
import { RdbError } from './errors.js'
import type { KeyState } from './key.js'
import { NameHabits } from './name-habits.js'

/** Finds damage that reads like sound data, from what no server writes. All of them throw `RdbError`. */
export class Doubts {
  /** Nothing is wrong with the last refusal but that the dump ends there. */
  endDoubted = false
  /** What names were like so far. */
  readonly habits = new NameHabits()
  /** Database in which the key without a name was met; -1 before. */
  #namelessDb = -1
  /** Databases come with a size hint; null before the first one. */
  #databasesHinted: boolean | null = null

  constructor(
    readonly cursor: Cursor,
    readonly key: KeyState,
  ) {}

  /** One damaged byte can look like the end: then something else follows than what may follow a dump. */
  end(start: number, rdbVersion: number): void {
    const { cursor } = this
    const sum = checksumBytes(rdbVersion)
    const rest = cursor.limit - cursor.offset - sum
    if (rest <= 0) return
    const seen = Math.min(TAIL_BYTES, rest)
    cursor.need(sum + seen)
    if (mayFollowDump(cursor.bytes, cursor.pos + sum, cursor.pos + sum + seen)) return
    this.endDoubted = true
    this.#refuse('bad-opcode', 'the dump ends in the middle of the data', start)
  }

  /** Zeros read as strings without a name, one after the other; no dump has the same key twice. */
  name(): void {
    const { key, offset, db } = this.key
    this.habits.note(key)
    if (key.length > 0) return
    if (this.#namelessDb === db) this.#refuse('bad-value', 'the key without a name comes twice', offset)
    this.#namelessDb = db
  }

  /**
   * Where the first database came with its size hint, all do.
   * @param learns the first database is told here
   */
  database(start: number, learns: boolean): void {
    const { cursor } = this
    cursor.need(1)
    const isHinted = cursor.bytes[cursor.pos] === OPCODE.resizeDb
    if (this.#databasesHinted === null && learns) this.#databasesHinted = isHinted
    else if (this.#databasesHinted === true && !isHinted) {
      this.#refuse('bad-opcode', 'a database without its size hint', start)
    }
  }

  /** Reading goes on elsewhere: what was met on the way into the damage may not have been a key. */
  forget(): void {
    this.endDoubted = false
    this.#namelessDb = -1
  }

  /** Knows of databases and names what another parser of the same file does. */
  adopt(other: Doubts): void {
    this.#databasesHinted = other.#databasesHinted
    this.habits.adopt(other.habits)
  }

  #refuse(code: 'bad-opcode' | 'bad-value', what: string, offset: number): never {
    throw new RdbError({ code, what }, this.cursor.locate(offset))
  }
}
