/**
 * Where tables put what they find under hashes of names. Names are chosen by whoever writes to the server: with fixed
 * numbers here, somebody could choose many that all belong to one place, so that each is searched for among all others.
 * These numbers differ from run to run; nothing that is written depends on them.
 */
export const SEED_A = randomWord()
export const SEED_B = randomWord()

function randomWord(): number {
  return (Math.random() * 2 ** 32) | 0
}

/** A place for two hashes of 32 bits: a number of 32 bits, of which the lowest are as good as any. */
export function placeOfHashes(hashA: number, hashB: number): number {
  let place = Math.imul(hashA ^ SEED_A, 0x85ebca6b)
  place = Math.imul((place ^ (place >>> 15)) + hashB, 0x2c1b3c6d) ^ SEED_B
  place = Math.imul(place ^ (place >>> 13), 0x297a2d39)
  return place ^ (place >>> 16)
}

/**
 * Another number in place of one below 2^53, for a `Map`: the hashes that V8 has for numbers are the same everywhere.
 * The same function leads back.
 */
export function seededNumber(number: number): number {
  const high = Math.floor(number / 2 ** 32)
  return high * 2 ** 32 + (((number | 0) ^ SEED_A ^ Math.imul(high, SEED_B | 1)) >>> 0)
}
