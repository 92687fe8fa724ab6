import { LIMITS, type Limits } from '../limits.js'
import type { JsonOut } from './json-out.js'
import { JsonTree } from './json-tree.js'

/** Length in bytes of an RDB length that holds this unsigned 64-bit value. */
function rdbLengthBytes(high: number, low: number): number {
  if (high !== 0) return 9
  const value = low >>> 0
  return value < 64 ? 1 : value < 16_384 ? 2 : 5
}

/** A decoder for the pieces of one module's values; writes behind the name `content`. */
interface Decoder {
  integer(high: number, low: number): void
  double(value: number): void
  string(bytes: Uint8Array): void
  end(): void
}

/**
 * The value of a module as `{module, encver, content?, bytes}`: `bytes` in the file, `content` for RedisJSON
 * (its JSON text) and vector sets. Layouts: module sources, see the table of known payloads in the docs of
 * the format; another `encver` than the known ones gives no content.
 */
export class ModuleContent {
  readonly #json: JsonOut
  readonly #jsonDepth: number
  #bytes = 0
  #decoder: Decoder | null = null

  constructor(json: JsonOut, { jsonDepth = LIMITS.jsonDepth }: Partial<Limits> = LIMITS) {
    this.#json = json
    this.#jsonDepth = jsonDepth
  }

  begin(name: string, encver: number): void {
    const json = this.#json
    json.name('module')
    json.text(name)
    json.name('encver')
    json.integer(encver)
    this.#bytes = 9 + 1 // module ID in front, EOF opcode behind
    this.#decoder = null
    if (name === 'ReJSON-RL' && encver <= 3) {
      this.#decoder = encver >= 2 ? new JsonText(json) : new JsonTree(json, this.#jsonDepth)
    } else if (name === 'vectorset' && encver === 0) this.#decoder = new VectorSet(json)
  }

  integer(high: number, low: number): void {
    this.#bytes += 1 + rdbLengthBytes(high, low)
    this.#decoder?.integer(high, low)
  }

  double(value: number): void {
    this.#bytes += 1 + 8
    this.#decoder?.double(value)
  }

  string(bytes: Uint8Array, storedBytes: number): void {
    this.#bytes += 1 + storedBytes
    this.#decoder?.string(bytes)
  }

  end(): void {
    this.#decoder?.end()
    this.#decoder = null
    this.#json.name('bytes')
    this.#json.integer(this.#bytes)
  }
}

/** RedisJSON, encver 2 and 3: the first string is the document. */
class JsonText implements Decoder {
  readonly #json: JsonOut
  #seen = false

  constructor(json: JsonOut) {
    this.#json = json
  }

  integer(): void {}
  double(): void {}
  end(): void {}

  string(bytes: Uint8Array): void {
    if (this.#seen) return
    this.#seen = true
    this.#json.name('content')
    this.#json.bytes(bytes)
  }
}

const QUANTIZATIONS = ['none', 'q8', 'binary'] as const

/**
 * Vector set, encver 0: dimension, count, config (quantization in the low 8 bits, links per node in the
 * next 16), flags (1: a projection follows, 2: elements have attributes), then per element its name,
 * attributes, vector as stored and the links of the graph.
 */
class VectorSet implements Decoder {
  readonly #json: JsonOut
  #header: number[] = []
  #withAttributes = false
  /** What the next piece is. */
  #next: 'header' | 'projection' | 'matrix' | 'element' | 'attributes' | 'vector' | 'links' = 'header'
  #linksLeft = -1

  constructor(json: JsonOut) {
    this.#json = json
  }

  integer(high: number, low: number): void {
    const value = (high >>> 0) * 4294967296 + (low >>> 0)
    switch (this.#next) {
      case 'header':
        this.#header.push(value)
        if (this.#header.length === 4) this.#begin()
        break
      case 'projection':
        this.#next = 'matrix'
        break
      case 'links':
        this.#linksLeft = this.#linksLeft < 0 ? value : this.#linksLeft - 1
        if (this.#linksLeft === 0) {
          this.#next = 'element'
          this.#linksLeft = -1
        }
        break
    }
  }

  double(): void {}

  string(bytes: Uint8Array): void {
    const json = this.#json
    switch (this.#next) {
      case 'matrix':
        this.#next = 'element'
        break
      case 'element':
        json.beginObject()
        json.name('element')
        json.bytes(bytes)
        this.#next = this.#withAttributes ? 'attributes' : 'vector'
        break
      case 'attributes':
        if (bytes.length > 0) {
          json.name('attributes')
          json.bytes(bytes)
        }
        this.#next = 'vector'
        break
      case 'vector':
        json.name('vectorBase64')
        json.base64(bytes)
        json.end()
        this.#next = 'links'
        break
    }
  }

  end(): void {
    if (this.#header.length === 4) {
      this.#json.end()
      this.#json.end()
    }
  }

  #begin(): void {
    const json = this.#json
    const [dimensions, , config, flags] = this.#header as [number, number, number, number]
    json.name('content')
    json.beginObject()
    json.name('dimensions')
    json.integer(dimensions)
    json.name('quantization')
    json.word(QUANTIZATIONS[config & 0xff] ?? 'unknown')
    json.name('elements')
    json.beginArray()
    this.#withAttributes = (flags & 2) !== 0
    this.#next = (flags & 1) !== 0 ? 'projection' : 'element'
  }
}
