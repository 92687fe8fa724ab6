/**
 * The manifest of a multi-part append-only file (Redis 7.0 and later): one line per file,
 * `file <name> seq <number> type <b|h|i>`; b is the base, i are the commands since, h waits for deletion.
 */
export interface AofManifest {
  readonly base: string | null
  /** In the order in which the server replays them. */
  readonly increments: readonly string[]
}

/**
 * Reads the text of a manifest.
 * @throws RangeError with the number of the line that cannot be understood
 */
export function parseManifest(text: string): AofManifest {
  let base: string | null = null
  const increments: { readonly name: string; readonly sequence: number }[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const facts = factsOf(line, index + 1)
    const name = facts.get('file')
    const sequence = Number(facts.get('seq'))
    const type = facts.get('type')
    if (name === undefined || name === '' || !Number.isSafeInteger(sequence) || type === undefined) {
      throw new RangeError(`line ${index + 1} does not say file, seq and type`)
    }
    // The server refuses paths too: all files lie beside the manifest.
    if (/[/\\\0]/.test(name) || name === '.' || name === '..') {
      throw new RangeError(`line ${index + 1} names a path, not a file`)
    }
    if (type === 'b') base = name
    else if (type === 'i') increments.push({ name, sequence })
    else if (type !== 'h') throw new RangeError(`line ${index + 1} has type ${JSON.stringify(type)}, not b, h or i`)
  }
  increments.sort((a, b) => a.sequence - b.sequence)
  return { base, increments: increments.map((file) => file.name) }
}

/** Pairs of words; a word with blanks or odd bytes in it stands in quotes, with backslash escapes. */
function factsOf(line: string, number: number): ReadonlyMap<string, string> {
  const words: string[] = []
  const word = /"((?:[^"\\]|\\.)*)"|(\S+)/gy
  const blanks = /\s*/y
  let at = 0
  while (at < line.length) {
    word.lastIndex = at
    const match = word.exec(line)
    if (match === null) throw new RangeError(`line ${number} has a quote that is not closed`)
    words.push(match[1] === undefined ? match[2]! : unquote(match[1]))
    blanks.lastIndex = word.lastIndex
    blanks.exec(line)
    at = blanks.lastIndex
  }
  if (words.length % 2 !== 0) throw new RangeError(`line ${number} has a word without a value`)
  const facts = new Map<string, string>()
  for (let i = 0; i < words.length; i += 2) facts.set(words[i]!.toLowerCase(), words[i + 1]!)
  return facts
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' }

/** `\xHH` stands for a byte of a UTF-8 name, so the bytes are put together before they are decoded. */
function unquote(text: string): string {
  const bytes: number[] = []
  const encoder = new TextEncoder()
  for (const [piece, hex, char] of text.matchAll(/\\x([0-9a-f]{2})|\\(.)|[^\\]+/gis)) {
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16))
    else bytes.push(...encoder.encode(char === undefined ? piece : (ESCAPES[char] ?? char)))
  }
  return new TextDecoder().decode(Uint8Array.from(bytes))
}
