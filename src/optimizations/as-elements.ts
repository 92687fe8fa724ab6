import type { Container, RdbKey } from '../../parsers/index.js'
import { ShapeKey, type ShapeType } from '../memory/shape-pricer.js'
import { Rewriter, type ShapeSink } from './rewriter.js'

/** Hashes whose fields may expire are not touched by techniques that take hashes apart. */
const PLAIN_HASHES: ReadonlySet<string> = new Set(['hash', 'hash-zipmap', 'hash-ziplist', 'hash-listpack'])

export function isPlainHash(key: RdbKey): boolean {
  return PLAIN_HASHES.has(key.layout.name)
}

/** Shows a value element by element, whatever it was packed in, as a value of a type. */
export class AsElements extends Rewriter {
  readonly #key = new ShapeKey()

  constructor(
    next: ShapeSink,
    readonly type: ShapeType,
  ) {
    super(next)
  }

  override begin(key: RdbKey): void {
    super.begin(this.#key.copy(key).as(this.type))
  }

  override end(key: RdbKey): void {
    // Where a container was taken apart, nobody said how many there are.
    super.count(key.elements)
    super.end(this.#key.copy(key).as(this.type))
  }

  override count(): void {}

  override container(_container: Container): boolean {
    return true
  }

  override containerEnd(_container: Container): void {}
}
