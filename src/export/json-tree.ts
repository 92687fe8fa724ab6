import type { JsonOut } from './json-out.js'

/** Node types of RedisJSON's first layout. */
const NODE = { null: 1, string: 2, number: 4, integer: 8, boolean: 16, object: 32, array: 64, pair: 128 } as const
/**
 * RedisJSON, encver 0: the document as a tree in preorder. Each node is its type as integer, then its
 * value; objects and arrays have the number of children, and each child of an object is a pair: type 128,
 * the name, a node. Written as JSON text.
 */
export class JsonTree {
  readonly #json: JsonOut
  /** Nested objects and arrays; deeper documents are left out. */
  readonly #mostDepth: number
  #text: string[] = []
  /** Per open object or array: children left, and its closing bracket. */
  readonly #open: { left: number; readonly close: string; readonly first: number }[] = []
  /** Type of the node whose value comes next; 0 when a type comes next. */
  #node = 0
  #broken = false

  constructor(json: JsonOut, mostDepth: number) {
    this.#json = json
    this.#mostDepth = mostDepth
  }

  integer(high: number, low: number): void {
    if (this.#broken) return
    const value = (BigInt(high | 0) << 32n) | BigInt(low >>> 0)
    if (this.#node === NODE.integer) this.#leaf(value.toString())
    else if (this.#node === NODE.object || this.#node === NODE.array) this.#container(Number(value))
    else if (this.#node === 0) this.#nodeType(Number(value))
    else this.#broken = true
  }

  double(value: number): void {
    if (this.#broken) return
    if (this.#node === NODE.number) this.#leaf(Number.isFinite(value) ? String(value) : 'null')
    else this.#broken = true
  }

  string(bytes: Uint8Array): void {
    if (this.#broken) return
    const text = new TextDecoder().decode(bytes)
    if (this.#node === NODE.string) this.#leaf(JSON.stringify(text))
    else if (this.#node === NODE.boolean) this.#leaf(text === '1' ? 'true' : 'false')
    else if (this.#node === NODE.pair) {
      this.#text.push(JSON.stringify(text), ':')
      this.#node = 0
    } else this.#broken = true
  }

  end(): void {
    if (this.#broken || this.#open.length > 0 || this.#text.length === 0) return
    this.#json.name('content')
    this.#json.bytes(new TextEncoder().encode(this.#text.join('')))
  }

  #nodeType(type: number): void {
    const parent = this.#open.at(-1)
    // The comma stands before a pair, or before an element of an array; the node of a pair has none.
    const behindName = this.#text.at(-1) === ':'
    if (parent !== undefined && !behindName) {
      if (parent.left < parent.first) this.#text.push(',')
      parent.left--
      if ((parent.close === '}') !== (type === NODE.pair)) this.#broken = true
    }
    this.#node = type
    if (type === NODE.null) this.#leaf('null')
    else if (!(Object.values(NODE) as number[]).includes(type)) this.#broken = true
  }

  #container(children: number): void {
    const close = this.#node === NODE.object ? '}' : ']'
    this.#text.push(close === '}' ? '{' : '[')
    this.#node = 0
    if (this.#open.length >= this.#mostDepth) this.#broken = true
    else this.#open.push({ left: children, close, first: children })
    this.#closeFull()
  }

  #leaf(text: string): void {
    this.#text.push(text)
    this.#node = 0
    this.#closeFull()
  }

  #closeFull(): void {
    for (let top = this.#open.at(-1); top !== undefined && top.left === 0; top = this.#open.at(-1)) {
      this.#text.push(top.close)
      this.#open.pop()
    }
  }
}
