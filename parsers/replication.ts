/**
 * What a master puts around the RDB it sends to a replica:
 *
 *     any number of LF                       keep-alives while the RDB is being made
 *     '+FULLRESYNC' id offset CR LF          and other status lines of the handshake
 *     '$' length CR LF    length bytes of RDB, nothing behind them      (from disk)
 *     '$EOF:' mark CR LF  RDB, then the same 40 bytes once more         (diskless)
 *     commands
 */

const LF = 0x0a
const MARK_BYTES = 40
const MAX_LINE_BYTES = 1024

/** Reads everything in front of the RDB. */
export class ReplicationHead {
  /** Set once the line that announces the RDB is read. */
  done = false
  /** Bytes in front of the RDB. */
  bytes = 0
  keepAlives = 0
  /** Status lines, without `+` and line end. */
  readonly lines: string[] = []
  /** Length of the RDB, where it was announced. */
  rdbBytes: number | null = null
  /** What will stand behind the RDB, where that was announced instead. */
  mark: string | null = null
  /** What is wrong; nothing more is read then. */
  problem: string | null = null

  #line = ''

  /** Takes the bytes up to the RDB and returns how many that were. */
  push(chunk: Uint8Array): number {
    let at = 0
    while (at < chunk.length && !this.done && this.problem === null) {
      const byte = chunk[at++]!
      if (byte === LF) this.#endLine()
      else if (this.#line.length < MAX_LINE_BYTES) this.#line += String.fromCharCode(byte)
      else this.problem = `a line of the handshake is longer than ${MAX_LINE_BYTES} bytes`
    }
    this.bytes += at
    return at
  }

  #endLine(): void {
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line
    this.#line = ''
    if (line === '') this.keepAlives++
    else if (line.startsWith('+')) this.#addStatus(line.slice(1))
    else if (line.startsWith('-')) this.problem = `the master answered with an error: ${printable(line.slice(1))}`
    else if (line.startsWith('$EOF:')) this.#announceMark(line.slice(5))
    else if (/^\$\d{1,15}$/.test(line)) {
      this.rdbBytes = Number(line.slice(1))
      this.done = true
    } else this.problem = `a line of the handshake makes no sense: ${printable(line)}`
  }

  #addStatus(text: string): void {
    if (text.startsWith('CONTINUE')) this.problem = 'the master continued an earlier sync and sent no RDB'
    else if (this.lines.length < 100) this.lines.push(printable(text))
  }

  #announceMark(mark: string): void {
    if (mark.length !== MARK_BYTES) this.problem = `the mark $EOF: has ${mark.length} bytes instead of ${MARK_BYTES}`
    this.mark = mark
    this.done = this.problem === null
  }
}

/** Reads the mark behind a diskless RDB and compares it with the one announced. */
export class ReplicationMark {
  /** Bytes of the mark that came. */
  bytes = 0
  /** False from the first byte that differs. */
  matches = true

  readonly #mark: string

  constructor(mark: string) {
    this.#mark = mark
  }

  get done(): boolean {
    return !this.matches || this.bytes === this.#mark.length
  }

  /** Takes the bytes of the mark and returns how many that were; a byte that differs is not taken. */
  push(chunk: Uint8Array): number {
    let at = 0
    while (at < chunk.length && !this.done) {
      if (chunk[at] !== this.#mark.charCodeAt(this.bytes)) {
        this.matches = false
        return at
      }
      at++
      this.bytes++
    }
    return at
  }
}

function printable(text: string): string {
  let out = ''
  for (const char of text.slice(0, 100)) out += char >= ' ' && char < '\x7f' ? char : '?'
  return out
}
