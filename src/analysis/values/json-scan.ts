/**
 * JSON (RFC 8259) scanned in place: no values are made, only positions told. A text that was cut off is followed as
 * far as it goes.
 */

/** How the scan went: all of it is JSON; it is JSON up to where it was cut; it is none. */
export type JsonVerdict = 'whole' | 'cut' | 'none'

export type JsonKind = 'string' | 'number' | 'boolean' | 'null'

/** Told in the order of the text. Positions include the quotes. */
export interface JsonListener {
  open(array: boolean): void
  close(): void
  /** Name of a member, without the colon. */
  name(start: number, end: number): void
  scalar(kind: JsonKind, start: number, end: number): void
}

/** Deeper nesting is followed no further and counts as cut. */
const MAX_DEPTH = 64

const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const COLON = 58
const WORDS = { 116: 'true', 102: 'false', 110: 'null' } as const

class Cut extends Error {}
class NoJson extends Error {}
const CUT = new Cut()
const NO_JSON = new NoJson()

/** Scans one text after the other; nothing is allocated per text. */
export class JsonScanner {
  /** Blanks between the signs of the last text, in bytes. */
  blankBytes = 0
  /** Braces, brackets, commas and colons of the last text. */
  syntaxBytes = 0
  /** Where the last scan stopped. */
  pos = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #end = 0
  #listener: JsonListener | null = null

  /** @param whole false: the text goes on behind `end` */
  scan(bytes: Uint8Array, start: number, end: number, whole: boolean, listener: JsonListener | null): JsonVerdict {
    this.#bytes = bytes
    this.pos = start
    this.#end = end
    this.#listener = listener
    this.blankBytes = 0
    this.syntaxBytes = 0
    try {
      this.#blanks()
      this.#value(0)
      this.#blanks()
      return this.pos === end ? 'whole' : 'none'
    } catch (error) {
      if (error === NO_JSON) return 'none'
      if (error === CUT) return whole && this.pos >= end ? 'none' : 'cut'
      throw error
    }
  }

  #peek(): number {
    if (this.pos >= this.#end) throw CUT
    return this.#bytes[this.pos]!
  }

  #blanks(): void {
    const bytes = this.#bytes
    let pos = this.pos
    while (pos < this.#end) {
      const byte = bytes[pos]!
      if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) break
      pos++
    }
    this.blankBytes += pos - this.pos
    this.pos = pos
  }

  #value(depth: number): void {
    const byte = this.#peek()
    const start = this.pos
    if (byte === 123 || byte === 91) {
      if (depth === MAX_DEPTH) throw CUT
      this.#container(byte === 91, depth)
    } else if (byte === QUOTE) {
      this.#string()
      this.#listener?.scalar('string', start, this.pos)
    } else if (byte === 45 || (byte >= 48 && byte <= 57)) {
      this.#number()
      this.#listener?.scalar('number', start, this.pos)
    } else if (byte === 116 || byte === 102 || byte === 110) {
      this.#word(WORDS[byte])
      this.#listener?.scalar(byte === 110 ? 'null' : 'boolean', start, this.pos)
    } else throw NO_JSON
  }

  #container(array: boolean, depth: number): void {
    const close = array ? 93 : 125
    this.#listener?.open(array)
    this.#sign()
    this.#blanks()
    if (this.#peek() !== close) {
      for (;;) {
        if (!array) {
          const start = this.pos
          if (this.#peek() !== QUOTE) throw NO_JSON
          this.#string()
          this.#listener?.name(start, this.pos)
          this.#blanks()
          if (this.#peek() !== COLON) throw NO_JSON
          this.#sign()
          this.#blanks()
        }
        this.#value(depth + 1)
        this.#blanks()
        const byte = this.#peek()
        if (byte === close) break
        if (byte !== COMMA) throw NO_JSON
        this.#sign()
        this.#blanks()
      }
    }
    this.#sign()
    this.#listener?.close()
  }

  #sign(): void {
    this.pos++
    this.syntaxBytes++
  }

  #string(): void {
    const bytes = this.#bytes
    const end = this.#end
    let pos = this.pos + 1
    while (pos < end) {
      const byte = bytes[pos]!
      if (byte === QUOTE) {
        this.pos = pos + 1
        return
      }
      if (byte < 32) throw NO_JSON
      pos += byte === BACKSLASH ? 2 : 1
    }
    this.pos = end
    throw CUT
  }

  #number(): void {
    const bytes = this.#bytes
    let pos = this.pos + 1
    while (pos < this.#end) {
      const byte = bytes[pos]!
      // Digits, . + - e E: what else can be in a number, without its grammar.
      const part = (byte >= 48 && byte <= 57) || byte === 46 || byte === 43 || byte === 45 || (byte | 32) === 101
      if (!part) break
      pos++
    }
    this.pos = pos
  }

  #word(word: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.#peek() !== word.charCodeAt(i)) throw NO_JSON
      this.pos++
    }
  }
}
