/** What an input is, judged by its first bytes. */
export type InputKind =
  /** An RDB file, or an AOF that begins with one (which of the two shows behind its end). */
  | 'rdb'
  /** The envelope around a compressed RDB that Valkey 9.2 and later write. */
  | 'vcs'
  /** Redis commands only. */
  | 'aof'
  /** The list of files of a multi-part AOF. */
  | 'aof-manifest'
  /** What a master sends to a replica. */
  | 'replication'
  | 'compressed'
  | 'empty'
  | 'other'

/** Compressions a user may have put around a dump. */
export type Compression = 'gzip' | 'zstd' | 'lz4' | 'bzip2' | 'xz' | 'zip' | '7z' | 'snappy' | 'compress'

/** What `recognise` has found. */
export interface Recognised {
  readonly kind: InputKind
  /** By what the input is compressed; null when it is not, as far as one sees. */
  readonly compression: Compression | null
  /** Goes on after "dump.rdb ": `is a PNG picture, not a Redis dump`. */
  readonly sentence: string
  /** What to do, as whole sentences; empty for what can be read as it is. `{}` stands for the name of the input. */
  readonly advice: string
}

/** Enough for every decision but that for a tar archive, whose mark lies at byte 257. */
export const RECOGNISE_BYTES = 16

interface Signature {
  /** Bytes as text, one character each (latin-1). */
  readonly bytes: string
  readonly at?: number
  readonly what: string
  readonly advice?: string
}

const COMPRESSIONS: readonly (Signature & { readonly compression: Compression })[] = [
  { bytes: '\x1f\x8b', compression: 'gzip', what: 'gzip', advice: 'gzip -dc {} | rdblens -' },
  { bytes: '\x28\xb5\x2f\xfd', compression: 'zstd', what: 'Zstandard', advice: 'zstd -dc {} | rdblens -' },
  { bytes: '\x04\x22\x4d\x18', compression: 'lz4', what: 'LZ4', advice: 'lz4 -dc {} | rdblens -' },
  { bytes: 'BZh', compression: 'bzip2', what: 'bzip2', advice: 'bzip2 -dc {} | rdblens -' },
  { bytes: '\xfd7zXZ', compression: 'xz', what: 'xz', advice: 'xz -dc {} | rdblens -' },
  { bytes: 'PK\x03\x04', compression: 'zip', what: 'zip', advice: 'unzip -p {} | rdblens -' },
  { bytes: '7z\xbc\xaf\x27\x1c', compression: '7z', what: '7-Zip', advice: '7z x -so {} | rdblens -' },
  { bytes: '\xff\x06\x00\x00sNaPpY', compression: 'snappy', what: 'Snappy', advice: 'snzip -dc {} | rdblens -' },
  { bytes: '\x1f\x9d', compression: 'compress', what: 'compress (.Z)', advice: 'gzip -dc {} | rdblens -' },
]

const DOWNLOAD = 'If it came from a download, the server may have sent an error page instead of the dump: look into it.'
const DECRYPT = 'Decrypt it first and pass the result, or pipe it in: ... | rdblens -'

const OTHERS: readonly Signature[] = [
  { bytes: '\x89PNG\r\n', what: 'a PNG picture' },
  { bytes: '\xff\xd8\xff', what: 'a JPEG picture' },
  { bytes: 'GIF8', what: 'a GIF picture' },
  { bytes: '%PDF-', what: 'a PDF document' },
  { bytes: '\x7fELF', what: 'a program (ELF)' },
  { bytes: 'MZ', what: 'a Windows program' },
  { bytes: '\xcf\xfa\xed\xfe', what: 'a program (Mach-O)' },
  { bytes: 'SQLite format 3\x00', what: 'an SQLite database' },
  { bytes: 'PAR1', what: 'a Parquet file' },
  { bytes: 'Rar!', what: 'a RAR archive', advice: 'Unpack it and pass the dump inside.' },
  { bytes: 'ustar', at: 257, what: 'a tar archive', advice: 'Unpack it, or: tar -xOf {} NAME-OF-DUMP | rdblens -' },
  { bytes: 'Salted__', what: 'encrypted by openssl', advice: DECRYPT },
  { bytes: '-----BEGIN PGP', what: 'encrypted by PGP', advice: DECRYPT },
  { bytes: 'age-encryption.org', what: 'encrypted by age', advice: DECRYPT },
  { bytes: 'version https:', what: 'a Git LFS pointer', advice: 'Fetch the file itself: git lfs pull' },
  { bytes: 'UkVESV', what: 'base64 text of a dump', advice: 'base64 -d {} | rdblens -' },
  { bytes: '<!', what: 'an HTML or XML page', advice: DOWNLOAD },
  { bytes: '<html', what: 'an HTML page', advice: DOWNLOAD },
  { bytes: '<?xml', what: 'an XML document', advice: DOWNLOAD },
  {
    bytes: '{"format":"rdblens-profile"',
    what: 'a profile without keys',
    advice: 'analyze, merge and compare read profiles; other commands need the dump it was made of.',
  },
  { bytes: '{', what: 'JSON text' },
  { bytes: '[', what: 'JSON text' },
  { bytes: '\xff\xfe', what: 'UTF-16 text' },
  { bytes: '\xef\xbb\xbf', what: 'text' },
]

const HOW_TO_DUMP =
  'A dump is what BGSAVE writes (CONFIG GET dir and dbfilename say where), or: redis-cli --rdb dump.rdb'
const ASK_SERVER =
  'Load it into a scratch server and take a dump there: redis-server --appendonly yes, then redis-cli BGSAVE'

/**
 * Says what an input is. `head` is its beginning: 16 bytes or more, less only when the input is shorter.
 * Never throws: what is not known is `other`.
 */
export function recognise(head: Uint8Array): Recognised {
  if (head.length === 0) {
    return unreadable('empty', 'is empty', `A server leaves such a file when its disk is full. ${HOW_TO_DUMP}`)
  }
  if (begins(head, 'REDIS') || begins(head, 'VALKEY') || isPrefixOf(head, 'REDIS') || isPrefixOf(head, 'VALKEY')) {
    return readable('rdb', 'is an RDB file')
  }
  if (begins(head, 'VCS')) return recogniseVcs(head)
  const first = head[0]!
  if (first === 0x2a && isDigit(head[1])) {
    return unreadable('aof', 'is an append-only file of commands, without an RDB in front', ASK_SERVER)
  }
  if (begins(head, '#TS:')) {
    return unreadable('aof', 'is an append-only file of commands, with time stamps', ASK_SERVER)
  }
  if (isReplication(head)) return readable('replication', 'is a captured replication stream')
  if (begins(head, 'file ')) return readable('aof-manifest', 'is the manifest of an append-only file')
  for (const signature of COMPRESSIONS) {
    if (begins(head, signature.bytes)) {
      const sentence = `is compressed with ${signature.what}`
      return {
        kind: 'compressed',
        compression: signature.compression,
        sentence,
        advice: `Decompress it: ${signature.advice}`,
      }
    }
  }
  for (const signature of OTHERS) {
    if (begins(head, signature.bytes, signature.at)) {
      return unreadable('other', `is ${signature.what}, not a Redis dump`, signature.advice ?? HOW_TO_DUMP)
    }
  }
  if (first === 0x2d && isUpper(head[1])) {
    const advice = 'The first line says why the server refused.'
    return unreadable('other', `is the error reply of a server (${quote(head)}...), not a Redis dump`, advice)
  }
  return recogniseRest(head)
}

/** Valkey 9.2: "VCS", version 1, codec, 0, kind; then one compressed frame. */
function recogniseVcs(head: Uint8Array): Recognised {
  // The number of Zstandard is from a text before the release, so the frame behind is asked first.
  const frame = begins(head, '\x04\x22\x4d\x18', 7) ? 'lz4' : begins(head, '\x28\xb5\x2f\xfd', 7) ? 'zstd' : null
  const codec = frame ?? (head[4] === 1 ? 'lz4' : head[4] === 2 ? 'zstd' : null)
  if (head[3] !== 1 || codec === null || head[5] !== 0 || head[6] !== 1) {
    const sentence = 'is a Valkey compressed dump (VCS) of a form that is not known here'
    return unreadable('vcs', sentence, 'Write it with "rdbcompression yes" instead of a whole-file codec.')
  }
  const advice = `Take the envelope off: tail -c +8 {} | ${codec} -dc | rdblens -`
  return { kind: 'vcs', compression: codec, sentence: 'is a compressed Valkey dump (VCS envelope)', advice }
}

function recogniseRest(head: Uint8Array): Recognised {
  if (head.every((byte) => byte === 0)) {
    const sentence = 'begins with nothing but zero bytes, so it is not a Redis dump'
    return unreadable('other', sentence, 'A copy that was cut off or a sparse file looks like this: copy it again.')
  }
  if (head.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d)) {
    const isText = head.every((byte) => byte < 0x7f)
    if (isText) return unreadable('other', `is text (${quote(head)}), not a Redis dump`, HOW_TO_DUMP)
  }
  const sentence = `is not a Redis dump: it begins with ${hexBytes(head)} instead of REDIS or VALKEY`
  const payload = 'If it is what the command DUMP gave for one key, add --dump-payload. '
  return unreadable('other', sentence, (head[0]! <= 33 || head[0] === 243 ? payload : '') + HOW_TO_DUMP)
}

/** Keep-alive newlines, a status line, `$<length>` or `$EOF:<mark>`. */
function isReplication(head: Uint8Array): boolean {
  let at = 0
  while (at < head.length && (head[at] === 0x0a || head[at] === 0x0d)) at++
  if (at > 0 && at === head.length) return true
  if (head[at] === 0x2b) return isUpper(head[at + 1])
  return head[at] === 0x24 && (isDigit(head[at + 1]) || begins(head, 'EOF:', at + 1))
}

function readable(kind: InputKind, sentence: string): Recognised {
  return { kind, compression: null, sentence, advice: '' }
}

function unreadable(kind: InputKind, sentence: string, advice: string): Recognised {
  return { kind, compression: null, sentence, advice }
}

function begins(head: Uint8Array, text: string, at = 0): boolean {
  if (head.length < at + text.length) return false
  for (let i = 0; i < text.length; i++) if (head[at + i] !== text.charCodeAt(i)) return false
  return true
}

/** The whole input is the beginning of `text`: a dump cut within its first word. */
function isPrefixOf(head: Uint8Array, text: string): boolean {
  return head.length < text.length && begins(head, text.slice(0, head.length))
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

function isUpper(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a
}

/** The first line of a text, at most 16 characters. */
function quote(head: Uint8Array): string {
  let text = ''
  for (const byte of head) {
    if (byte < 0x20 || text.length === 16) break
    text += String.fromCharCode(byte)
  }
  return JSON.stringify(text)
}

function hexBytes(head: Uint8Array): string {
  const shown = Array.from(head.subarray(0, 5), (byte) => byte.toString(16).padStart(2, '0'))
  return shown.join(' ')
}
