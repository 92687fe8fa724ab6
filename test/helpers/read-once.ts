import { RdbError, RdbParser } from '../../parsers/index.js'
import { decompressBlob } from '../../src/io/compression/blob.js'
import { InputError } from '../../src/io/errors.js'
import { type DumpRead, readDump } from '../../src/io/read-dump.js'
import { memorySource, type Source } from '../../src/io/source.js'
import { type RangesAtWork, RangesThenOne } from '../../src/pipeline/ranges/ranges-then-one.js'
import { type RangePiece, RangeSplitter } from '../../src/pipeline/ranges/splitter.js'
import { EventRecorder, type RdbEvent } from './events.js'

/** What reading an input once gives. */
export interface ReadOnce {
  /** Null for what is no dump; then `problem` says so. */
  readonly read: DumpRead | null
  readonly problem: string | null
  readonly events: readonly RdbEvent[]
  /** Ranges that were handed out. */
  readonly ranges: number
}

/** Bytes as a pipe gives them: in chunks that are used again. */
export function pipeOf(bytes: Uint8Array, chunkBytes: number): Source {
  const source = memorySource(bytes)
  let bytesRead = 0
  return {
    ...source,
    name: 'pipe',
    path: null,
    totalBytes: null,
    get bytesRead() {
      return bytesRead
    },
    async *chunks() {
      for (let at = 0; at < bytes.length; at += chunkBytes) {
        const chunk = Uint8Array.from(bytes.subarray(at, at + chunkBytes))
        bytesRead += chunk.length
        yield chunk
        chunk.fill(0xaa)
      }
    },
    close: async () => {},
  }
}

/** Reads with one parser. */
export async function readByOne(bytes: Uint8Array, chunkBytes: number): Promise<ReadOnce> {
  const events = new EventRecorder()
  const outcome = await outcomeOf(() => readDump(pipeOf(bytes, chunkBytes), events))
  return { ...outcome, events: events.events, ranges: 0 }
}

/** Reads range by range, without threads: ranges wait until `ahead` of them are under way. */
export async function readByRanges(
  bytes: Uint8Array,
  chunkBytes: number,
  rangeBytes: number,
  ahead: number,
): Promise<ReadOnce> {
  const events = new EventRecorder()
  const ranges = new RangesInTurn(events)
  let splitter: RangeSplitter | null = null
  const outcome = await outcomeOf(() =>
    readDump(pipeOf(bytes, chunkBytes), events, {
      taker: (parser) => {
        splitter = new RangeSplitter({
          visitor: events,
          verify: true,
          once: { parser, hasBegun: () => events.events.some((event) => 'key' in event) },
          onReady: () => {},
          allocate: (size) => new Uint8Array(size),
          rangeBytes,
          onPiece: (piece) => ranges.take(piece),
        })
        return new RangesThenOne(splitter, ranges)
      },
      afterPush: () => (ranges.waiting > ahead ? ranges.finished(ranges.handedOut) : undefined),
    }),
  )
  const { checksum } = splitter! as RangeSplitter
  const checked = events.events.map((event) => withChecksum(event, bytes, checksum))
  return { ...outcome, events: checked, ranges: ranges.handedOut }
}

async function outcomeOf(reading: () => Promise<DumpRead>): Promise<Pick<ReadOnce, 'read' | 'problem'>> {
  try {
    return { read: await reading(), problem: null }
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    return { read: null, problem: error.message }
  }
}

/** A range does not know what came before it: the splitter adds up the checksum. */
function withChecksum(event: RdbEvent, bytes: Uint8Array, checksum: string | null): RdbEvent {
  if (!('end' in event) || event.checksum !== 'unchecked') return event
  const stored = bytes.slice(Number(event.end) - 8, Number(event.end)).reverse()
  return { ...event, checksum: checksum === Buffer.from(stored).toString('hex') ? 'ok' : 'wrong' }
}

/** Does what the threads do, when somebody waits for it. */
class RangesInTurn implements RangesAtWork {
  handedOut = 0
  readTo = 0
  brokenAt: number | null = null
  readonly #visitor: EventRecorder
  #pieces: RangePiece[] = []
  #parser!: RdbParser
  #failure: RdbError | null = null

  constructor(visitor: EventRecorder) {
    this.#visitor = visitor
  }

  get waiting(): number {
    return this.#pieces.length
  }

  take(piece: RangePiece): void {
    this.#pieces.push({ ...piece, bytes: piece.bytes.slice() })
    if (!piece.more) this.handedOut++
  }

  async finished(_ranges: number): Promise<void> {
    for (const piece of this.#pieces.splice(0)) {
      try {
        if (this.#failure === null) this.#read(piece)
      } catch (error) {
        if (!(error instanceof RdbError)) throw error
        this.#failure = error
      }
    }
    if (this.#failure !== null) throw this.#failure
  }

  async stop(): Promise<void> {}

  #read({ bytes, start, chunkEnds, more, last, broken }: RangePiece): void {
    if (start !== null) {
      this.#parser = new RdbParser(this.#visitor, { resume: start, decompress: decompressBlob })
      this.readTo = start.offset
    }
    const parser = this.#parser
    let from = 0
    let end = this.readTo
    for (const to of [...chunkEnds, bytes.length]) {
      end += to - from
      this.brokenAt = end
      parser.push(bytes.subarray(from, to))
      from = to
    }
    if (broken === 'cut') parser.end()
    this.brokenAt = null
    this.readTo = end
    if (!more && broken === null && (last ? !parser.done : parser.start === null)) {
      throw new Error('a range ends within a record')
    }
  }
}

/** Reads what a pipe gives by one parser and by ranges; returns what differs, or null. */
export async function differenceByRanges(
  bytes: Uint8Array,
  chunkBytes: number,
  rangeBytes: number,
  ahead: number,
): Promise<string | null> {
  const [one, ranges] = [
    await readByOne(bytes, chunkBytes),
    await readByRanges(bytes, chunkBytes, rangeBytes, ahead),
  ].map(({ read, problem, events }) => JSON.stringify([read, problem, events]))
  if (one === ranges) return null
  let at = 0
  while (one![at] === ranges![at]) at++
  const around = (text: string): string => text.slice(Math.max(0, at - 200), at + 200)
  return `chunks of ${chunkBytes} bytes by one parser: ...${around(one!)}...\nby ranges of ${rangeBytes}: ...${around(ranges!)}...`
}
