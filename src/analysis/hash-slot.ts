/** Hash slots of a cluster. */
export const HASH_SLOTS = 16384

/** Bytes that are looked up side by side. */
const BLOCK = 32
/**
 * CRC-16 XMODEM (polynomial 0x1021), the hash of Redis Cluster (cluster spec, appendix A): entry `k * 256 + byte` is
 * the CRC of the byte with `k` zero bytes behind it. The CRC of a text is the XOR of these over its bytes, so that no
 * lookup waits for the one before. Begins at zero: zero bytes in front change nothing.
 */
const TABLE = new Uint16Array(BLOCK * 256)
for (let byte = 0; byte < 256; byte++) {
  let crc = byte << 8
  for (let zeros = 0; zeros < BLOCK; zeros++) {
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
    TABLE[zeros * 256 + byte] = crc
  }
}

export function crc16(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > BLOCK) return longCrc16(bytes, start, end)
  let crc = 0
  for (let at = start, row = (end - start - 1) << 8; at < end; at++, row -= 256) crc ^= TABLE[row + bytes[at]!]!
  return crc
}

/** Blocks of 32 bytes behind a first one that may be shorter; the CRC so far is mixed into the next two bytes. */
function longCrc16(bytes: Uint8Array, start: number, end: number): number {
  const first = start + ((end - start - 1) % BLOCK) + 1
  let crc = crc16(bytes, start, first)
  for (let block = first; block < end; block += BLOCK) {
    let next = TABLE[(BLOCK - 1) * 256 + (bytes[block]! ^ (crc >> 8))]!
    next ^= TABLE[(BLOCK - 2) * 256 + (bytes[block + 1]! ^ (crc & 255))]!
    crc = next ^ crc16(bytes, block + 2, block + BLOCK)
  }
  return crc
}

const OPEN_BRACE = 123
const CLOSE_BRACE = 125

/**
 * Where the hash tag of a key begins: behind its first `{`, when a `}` follows with something between; else -1.
 * The tag ends at the next `}`.
 */
export function hashTagStart(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    if (bytes[at] !== OPEN_BRACE) continue
    for (let close = at + 1; close < end; close++) {
      if (bytes[close] === CLOSE_BRACE) return close === at + 1 ? -1 : at + 1
    }
    return -1
  }
  return -1
}

/** Where a hash tag that begins at `tag` ends. */
export function hashTagEnd(bytes: Uint8Array, tag: number): number {
  let close = tag
  while (bytes[close] !== CLOSE_BRACE) close++
  return close
}

/** Cluster slot of a key, 0-16383: of its hash tag when it has one, else of the whole name. */
export function slotOf(bytes: Uint8Array, start: number, end: number): number {
  const slot = untaggedSlot(bytes, start, end)
  return slot >= 0 ? slot : slotBehindBrace(bytes, start, end)
}

/** Slot of a name of up to 32 bytes without `{`, found in one pass; else -1. */
export function untaggedSlot(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > BLOCK) return -1
  let crc = 0
  for (let at = start, row = (end - start - 1) << 8; at < end; at++, row -= 256) {
    const byte = bytes[at]!
    if (byte === OPEN_BRACE) return -1
    crc ^= TABLE[row + byte]!
  }
  return crc & (HASH_SLOTS - 1)
}

function slotBehindBrace(bytes: Uint8Array, start: number, end: number): number {
  const tag = hashTagStart(bytes, start, end)
  const crc = tag < 0 ? crc16(bytes, start, end) : crc16(bytes, tag, hashTagEnd(bytes, tag))
  return crc & (HASH_SLOTS - 1)
}
