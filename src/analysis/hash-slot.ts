/** Hash slots of a cluster. */
export const HASH_SLOTS = 16384

/** CRC-16 XMODEM (polynomial 0x1021), one table entry per byte: the hash of Redis Cluster (cluster spec, appendix A). */
const TABLE = new Uint16Array(256)
for (let byte = 0; byte < 256; byte++) {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  TABLE[byte] = crc
}

export function crc16(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0
  for (let at = start; at < end; at++) crc = ((crc << 8) & 0xffff) ^ TABLE[(crc >> 8) ^ bytes[at]!]!
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

/** Cluster slot of a key, 0-16383: of its hash tag when it has one, else of the whole name. */
export function slotOf(bytes: Uint8Array, start: number, end: number): number {
  const tag = hashTagStart(bytes, start, end)
  if (tag < 0) return crc16(bytes, start, end) & (HASH_SLOTS - 1)
  let close = tag
  while (bytes[close] !== CLOSE_BRACE) close++
  return crc16(bytes, tag, close) & (HASH_SLOTS - 1)
}
