import { RdbError } from '../../parsers/index.js'
import { analyze, exportDump, InputError, type ReadRequest } from '../../src/index.js'
import type { InputFile } from '../../src/io/inputs.js'
import { differenceByRanges } from './read-once.js'
import { endingOf } from './robustness.js'
import { expectSameRows } from './same-rows.js'
import { targetById } from './targets.js'

const TARGET = targetById('redis-7.0')

/** Reads in every way that the parser has; returns what is wrong, or null. */
export function checkParser(bytes: Uint8Array, chunkBytes: number, withSalvage: boolean): string | null {
  try {
    endingOf(bytes, { skim: true })
    for (const salvage of withSalvage ? [false, true] : [false]) {
      const whole = JSON.stringify(endingOf(bytes, { salvage }))
      const inChunks = JSON.stringify(endingOf(bytes, { salvage, chunkBytes }))
      const how = salvage ? 'with salvage, ' : ''
      if (whole !== inChunks) return `${how}whole ${whole}, in chunks of ${chunkBytes} ${inChunks}`
    }
    return null
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

/** Rows of the dump, read key by key and together; returns what is wrong, or null. */
export function checkRows(bytes: Uint8Array, chunkBytes: number): string | null {
  try {
    expectSameRows(bytes, TARGET, chunkBytes)
    return null
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

/** What a pipe gives, by one parser and by ranges (without threads); returns what is wrong, or null. */
export async function checkOnce(
  bytes: Uint8Array,
  chunkBytes: number,
  rangeBytes: number,
  ahead: number,
): Promise<string | null> {
  try {
    return await differenceByRanges(bytes, chunkBytes, rangeBytes, ahead)
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

/** What a pipe gives to `analyze`: the reports of all numbers of threads are the same. */
export async function checkPipe(
  bytes: Uint8Array,
  chunkBytes: number,
  threads: readonly number[],
): Promise<string | null> {
  const input: InputFile = { path: '-', name: 'standard input', increments: [], notes: [] }
  const request = { inputs: [input], filter: {}, settings: {}, verify: true, nowMs: 1.7e12, rangeBytes: RANGE_BYTES }
  try {
    const reports: string[] = []
    for (const count of threads) {
      const stdin = chunksOf(bytes, chunkBytes)
      reports.push(await outcomeOf(async () => (await analyze({ ...request, stdin, threads: count }, ANALYZE)).report))
    }
    const other = reports.findIndex((report) => report !== reports[0])
    return other === -1 ? null : difference(threads[0]!, reports[0]!, threads[other]!, reports[other]!)
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

async function* chunksOf(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield Uint8Array.from(bytes.subarray(at, at + chunkBytes))
}

/** A dump in a file, read by commands: the reports of all numbers of threads are the same; with one, exported lines are JSON. */
export async function checkCommands(
  path: string,
  threads: readonly number[],
  salvage: boolean,
): Promise<string | null> {
  const input: InputFile = { path, name: 'fuzz.rdb', increments: [], notes: [] }
  const request: ReadRequest = { inputs: [input], filter: {}, settings: {}, verify: true, nowMs: 1.7e12, salvage }
  try {
    const reports: string[] = []
    for (const count of threads)
      reports.push(await outcomeOf(() => analyze({ ...request, threads: count, rangeBytes: RANGE_BYTES }, ANALYZE)))
    for (const [index, report] of reports.entries()) {
      if (report !== reports[0]) return difference(threads[0]!, reports[0]!, threads[index]!, report)
    }
    if (threads.length > 1) return null
    const pieces: Uint8Array[] = []
    await exportDump(request, { format: 'jsonl', binary: 'text' }, (piece) => {
      pieces.push(piece.slice())
      return undefined
    }).catch(expected)
    for (const line of Buffer.concat(pieces).toString().split('\n')) if (line !== '') JSON.parse(line)
    return null
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

/** Where two reports begin to differ, with what stands around it. */
function difference(threads: number, report: string, otherThreads: number, other: string): string {
  let at = 0
  while (report[at] === other[at]) at++
  const around = (text: string): string => text.slice(Math.max(0, at - 200), at + 200)
  return `${threads} threads: ...${around(report)}...\n${otherThreads} threads: ...${around(other)}...`
}

/** Small, so that a dump of some KiB is shared out among threads. */
const RANGE_BYTES = 700
const ANALYZE = { top: 10 } as Parameters<typeof analyze>[1]

async function outcomeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    const result = (await run()) as { report?: { provenance?: unknown } }
    return JSON.stringify({ ...(result.report ?? result), provenance: null })
  } catch (error) {
    return expected(error)
  }
}

function expected(error: unknown): string {
  if (error instanceof InputError || error instanceof RdbError) return error.message
  throw error
}
