import { type RdbKey, RdbString } from '../../parsers/index.js'
import { TYPE } from '../batch.js'
import { EntityName } from './entity-names.js'
import type { ChosenKeys } from './groups.js'
import type { NamePatterns } from './names.js'
import type { PieceSink } from './optimization.js'
import { type ChoiceByGroup, PieceName, StringPieces } from './pieces.js'

/** How keys of a pattern become fields. */
export interface EntityPiece {
  /** End of the name of the hash, behind that of the entity. */
  readonly suffix: string
  /** Bytes between the entity's name and the field. */
  readonly separatorBytes: number
}

/** Shows strings as fields of the hashes of their entities. */
export class EntityPieces extends StringPieces {
  readonly #name = new EntityName()
  readonly #hash = new PieceName()
  readonly #entity = new RdbString()
  readonly #field = new RdbString()

  constructor(
    next: PieceSink,
    /** Has looked at the key at hand as it was in the dump. */
    readonly names: NamePatterns,
    readonly chosen: ChosenKeys,
    readonly pieces: ChoiceByGroup<EntityPiece>,
  ) {
    super(next)
  }

  override mayTake(key: RdbKey): boolean {
    return key.layout.redisType === 'string' && key.expiresAtMs < 0 && this.chosen.has()
  }

  override piece(key: RdbKey, value: RdbString): boolean {
    const piece = this.pieces.of(key.db, this.names.current, TYPE.string)
    const name = this.#name
    if (piece === undefined || !name.read(this.names, key) || name.fieldAt < 0) return false
    if (name.fieldAt - name.entityBytes !== piece.separatorBytes) return false
    const { bytes, start, end } = key.key.load()
    this.#entity.setRaw(bytes, start, start + name.entityBytes, name.entityBytes)
    this.#field.setRaw(bytes, start + name.fieldAt, end, end - start - name.fieldAt)
    const hash = this.#hash.behind(this.#entity, piece.suffix).keyLike(key, 'hash')
    this.next.begin(hash)
    this.next.count(1)
    this.next.field(this.#field, value, -1)
    this.next.end(hash)
    return true
  }
}
