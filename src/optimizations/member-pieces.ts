import { PART, type PartRole, type RdbKey, type RdbString, STRING_FORM } from '../../parsers/index.js'
import { joined } from '../joined.js'
import type { ChosenKeys } from './groups.js'
import type { PieceSink } from './optimization.js'
import { ElementPieces, PieceName } from './pieces.js'

/** Members that are added by one command. */
const MEMBERS_PER_COMMAND = 128

/** Shows the members of sets as additions to a filter or counter of the same name. */
export class MemberPieces extends ElementPieces {
  readonly #name = new PieceName()
  readonly #members: Uint8Array[] = []
  readonly #pieces: Uint8Array[] = []

  constructor(
    next: PieceSink,
    readonly chosen: ChosenKeys,
    /** Sets with fewer members stay. */
    readonly least: number,
    /** Takes the name and some members. */
    readonly command: string,
    /** Words of a command in front of the first one, and of what follows the name in it; null for none. */
    readonly first: ((members: number) => readonly [command: string, ...rest: string[]]) | null = null,
  ) {
    super(next)
  }

  protected override mayTake(key: RdbKey): boolean {
    return key.layout.redisType === 'set' && this.chosen.has()
  }

  protected override take(key: RdbKey, elements: number): boolean {
    if (elements < this.least) return false
    this.#name.behind(key.key, '')
    if (this.first !== null) {
      const [command, ...rest] = this.first(elements)
      this.next.command(command, this.#name.view, ...rest)
    }
    return true
  }

  override element(value: RdbString, expiresAtMs: number): void {
    if (!this.taken) {
      super.element(value, expiresAtMs)
      return
    }
    this.#members.push(value.form === STRING_FORM.streamed ? joined(this.#pieces.splice(0)) : value.view().slice())
    if (this.#members.length === MEMBERS_PER_COMMAND) this.#add()
  }

  override part(role: PartRole, bytes: Uint8Array, start: number, end: number): void {
    if (this.taken && role === PART.element) this.#pieces.push(bytes.slice(start, end))
    else super.part(role, bytes, start, end)
  }

  override end(key: RdbKey): void {
    if (this.taken) {
      this.#add()
      if (key.expiresAtMs >= 0) this.next.command('PEXPIREAT', this.#name.view, String(key.expiresAtMs))
    }
    super.end(key)
  }

  #add(): void {
    if (this.#members.length > 0) this.next.command(this.command, this.#name.view, ...this.#members.splice(0))
  }
}
