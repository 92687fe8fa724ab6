const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const WORDS = (
  'account active address amount basket billing blue carrier cart category city colour country coupon created credit currency ' +
  'customer delivered delivery device discount email express failed first friday green invoice items january language large last ' +
  'locale marketing medium mobile monday name newsletter notes number online order paid payment pending phone plan postal price ' +
  'primary product quantity queue rating red refund region retry returned saturday season secondary session shipping size sku ' +
  'small standard state status stock street subtotal sunday support tax thursday ticket title total tracking tuesday updated ' +
  'user variant voucher warehouse wednesday weight yellow zone'
).split(' ')
const TEXT_BYTES = 1 << 20

/**
 * Numbers and bytes that depend on the seed only (mulberry32: 32 bits of state, quick, good enough for test data).
 * Bytes are slices of pools that are made once.
 */
export class Random {
  /** Letters and digits; not compressible. */
  readonly tokens: Buffer
  /** English words; compressible. */
  readonly words: Buffer
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
    this.tokens = Buffer.alloc(TEXT_BYTES)
    for (let i = 0; i < TEXT_BYTES; i++) this.tokens[i] = ALPHABET.charCodeAt(this.below(64))
    const text: string[] = []
    for (let length = 0; length < TEXT_BYTES; length += text.at(-1)!.length + 1) text.push(this.pick(WORDS))
    this.words = Buffer.from(text.join(' '))
  }

  /** 0 to 1, 1 not included. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  /** Both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  /** As many small numbers as large ones, by magnitude. */
  logUniform(low: number, high: number): number {
    return Math.floor(low * Math.exp(this.next() * Math.log(high / low)))
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!
  }

  /** Start of a slice of `length` bytes in a pool. */
  slice(pool: Uint8Array, length: number): number {
    return this.below(pool.length - length)
  }

  token(length: number): string {
    const start = this.slice(this.tokens, length)
    return this.tokens.toString('latin1', start, start + length)
  }
}
