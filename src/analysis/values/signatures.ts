import type { ValueFormat } from './formats.js'

/** Bytes at the start of a value that say what it is. Hex; `..` is any byte. */
const SIGNATURES: readonly (readonly [format: ValueFormat, signature: string])[] = [
  // hyperloglog.c: "HYLL", encoding 0 (dense) or 1 (sparse), three unused bytes.
  ['hyperloglog', '48 59 4c 4c 00 00 00 00'],
  ['hyperloglog', '48 59 4c 4c 01 00 00 00'],
  ['gzip', '1f 8b 08'], // RFC 1952
  ['zstd', '28 b5 2f fd'], // RFC 8878
  ['lz4', '04 22 4d 18'], // LZ4 frame format
  ['snappy', 'ff 06 00 00 73 4e 61 50 70 59'], // Snappy framing format
  ['snappy', '82 53 4e 41 50 50 59 00'], // snappy-java streams
  ['bzip2', '42 5a 68 .. 31 41 59 26 53 59'],
  ['xz', 'fd 37 7a 58 5a 00'],
  ['zip', '50 4b 03 04'],
  ['java', 'ac ed 00 05'], // Java object serialization: STREAM_MAGIC, STREAM_VERSION
  ['dotnet', '00 01 00 00 00 .. .. .. .. 01 00 00 00 00 00 00 00'], // MS-NRBF SerializationHeaderRecord
  ['igbinary', '00 00 00 01'],
  ['igbinary', '00 00 00 02'],
  ['cbor', 'd9 d9 f7'], // RFC 8949, section 3.4.6
  ['image', '89 50 4e 47 0d 0a 1a 0a'],
  ['image', 'ff d8 ff'],
  ['image', '47 49 46 38 37 61'],
  ['image', '47 49 46 38 39 61'],
  ['image', '52 49 46 46 .. .. .. .. 57 45 42 50'],
  ['pdf', '25 50 44 46 2d'],
]

interface Signature {
  readonly format: ValueFormat
  /** -1: any byte. */
  readonly bytes: readonly number[]
}

/** Signatures by their first byte; most values begin with none of these. */
const BY_FIRST_BYTE: readonly (readonly Signature[])[] = Array.from({ length: 256 }, (_, first) =>
  SIGNATURES.map(([format, text]) => ({
    format,
    bytes: text.split(' ').map((pair) => (pair === '..' ? -1 : Number.parseInt(pair, 16))),
  })).filter(({ bytes }) => bytes[0] === first),
)

/** Second bytes of zlib headers (RFC 1950) with a window of 32 KiB: levels 0-1, 2-5, 6, 7-9. */
const ZLIB_FLAGS: readonly number[] = [0x01, 0x5e, 0x9c, 0xda]
/** Type bytes of Ruby's Marshal 4.8 that a stored object begins with. */
const MARSHAL_TYPES = '"[{IoeSCUuf:ic'
const BSON_TYPES_UP_TO = 0x13

/** The format that the first bytes of a value say, null when they say nothing. */
export function formatOfSignature(bytes: Uint8Array, whole: boolean): ValueFormat | null {
  const signatures = BY_FIRST_BYTE[bytes[0]!]!
  for (let k = 0; k < signatures.length; k++) {
    if (beginsWith(bytes, signatures[k]!.bytes)) return signatures[k]!.format
  }
  if (isPickle(bytes, whole)) return 'pickle'
  return null
}

function beginsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  if (bytes.length < signature.length) return false
  let i = 0
  while (i < signature.length && (signature[i] === -1 || signature[i] === bytes[i])) i++
  return i === signature.length
}

/** Formats whose marks are weak: asked only when the value is not text. */
export function formatOfWeakMark(bytes: Uint8Array, whole: boolean): ValueFormat | null {
  if (bytes[0] === 0x78 && bytes.length > 6 && ZLIB_FLAGS.includes(bytes[1]!)) return 'zlib'
  if (bytes[0] === 4 && bytes[1] === 8 && bytes.length > 2 && MARSHAL_TYPES.includes(String.fromCharCode(bytes[2]!))) {
    return 'marshal'
  }
  if (bytes.length >= 8) {
    const size = bytes[0]! + bytes[1]! * 0x100 + bytes[2]! * 0x10000 + bytes[3]! * 0x1000000
    const fits = whole ? size === bytes.length && bytes[size - 1] === 0 : size > bytes.length
    if (fits && bytes[4]! >= 1 && bytes[4]! <= BSON_TYPES_UP_TO && hasNameAt(bytes, 5)) return 'bson'
  }
  return null
}

/**
 * Protocols 2 to 5 begin with PROTO; 0 and 1 are guessed by how mappings, lists and objects begin. All end on a dot.
 */
function isPickle(bytes: Uint8Array, whole: boolean): boolean {
  if (bytes.length < 4 || (whole && bytes[bytes.length - 1] !== 46)) return false
  const first = bytes[0]!
  if (first === 0x80) return bytes[1]! >= 2 && bytes[1]! <= 5
  // ( or c
  if (first !== 40 && first !== 99) return false
  const head = latin1(bytes, 40)
  return /^(?:\([dl]p?\d*\n|c__main__\n|c[a-z_.]+\n[A-Za-z_]+\n|ccopy_reg\n_reconstructor\n)/.test(head)
}

/** A BSON element name: printable bytes up to a zero byte. */
function hasNameAt(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < bytes.length && i < at + 64; i++) {
    if (bytes[i] === 0) return i > at
    if (bytes[i]! < 32) return false
  }
  return false
}

/** The first bytes as text, one character per byte. */
export function latin1(bytes: Uint8Array, count = bytes.length): string {
  let text = ''
  const end = Math.min(count, bytes.length)
  for (let i = 0; i < end; i++) text += String.fromCharCode(bytes[i]!)
  return text
}
