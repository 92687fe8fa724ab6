import type { Compression } from '../../parsers/recognise.js'
import { LIMITS, type Limits } from '../limits.js'
import { ByteQueue, bytesBehind, CompressionError, type Decoder } from './compression/byte-queue.js'
import { bzip2Streams } from './compression/bzip2.js'
import { gzipMembers } from './compression/gzip.js'
import { lz4Frames } from './compression/lz4.js'
import { xzStream } from './compression/xz.js'
import { firstOfZip } from './compression/zip.js'
import { nodeZstd, zstdFrames, zstdFramesByNode } from './compression/zstd.js'
import { InputError } from './errors.js'

const NAMES: Partial<Record<Compression, string>> = { zstd: 'Zstandard', lz4: 'LZ4' }

export interface DecompressRequest {
  readonly chunks: AsyncIterable<Uint8Array>
  /** How messages call the input. */
  readonly name: string
  /** Times its size that the input may unpack to; 0: any. */
  readonly maxRatio: number
  /** What bounds memory; output below `harmlessBytes` is never called a bomb. */
  readonly limits?: Limits | undefined
  /** Bytes of the input that were read so far. */
  readonly bytesRead: () => number
  /** Takes sentences for the user. */
  readonly remark: (sentence: string) => void
}

/**
 * Takes a compression off a stream of chunks. Null for those that are not known here. Memory stays flat: a piece
 * of output is handed out before more is made of the same input.
 */
export function decompressor(
  compression: Compression,
): ((request: DecompressRequest) => AsyncGenerator<Uint8Array, void, void>) | null {
  const open = opener(compression)
  return open === null ? null : (request) => guarded(compression, open(request), request)
}

function opener(compression: Compression): ((request: DecompressRequest) => AsyncIterable<Uint8Array>) | null {
  switch (compression) {
    case 'gzip':
      return ({ chunks, remark }) => gzipMembers(chunks, remark)
    case 'zstd': {
      const create = nodeZstd()
      if (create === null) return (request) => decoded(zstdFrames((request.limits ?? LIMITS).zstdWindowBytes), request)
      return ({ chunks, limits = LIMITS, remark }) => zstdFramesByNode(create, chunks, limits.zstdWindowBytes, remark)
    }
    case 'lz4':
      return (request) => decoded(lz4Frames, request)
    case 'bzip2':
      return (request) => decoded(bzip2Streams, request)
    case 'xz':
      return ({ chunks }) => xzStream(chunks)
    case 'zip':
      return ({ chunks, remark }) => firstOfZip(chunks, remark)
    default:
      return null
  }
}

async function* decoded(decoder: Decoder, request: DecompressRequest): AsyncGenerator<Uint8Array, void, void> {
  const input = new ByteQueue()
  const steps = decoder(input)
  const source = request.chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const step = steps.next()
      if (step.done === true) break
      if (step.value !== null) {
        yield step.value
        continue
      }
      const next = await source.next()
      if (next.done === true) input.ended = true
      else input.add(next.value)
    }
    await countRest(input.size, source, request)
  } finally {
    await source.return?.()
  }
}

/** Says how many bytes follow the compressed data. */
async function countRest(known: number, source: AsyncIterator<Uint8Array>, request: DecompressRequest): Promise<void> {
  let rest = known
  for (let next = await source.next(); next.done !== true; next = await source.next()) rest += next.value.length
  if (rest > 0) request.remark(bytesBehind(rest))
}

/** Words what can go wrong, and stops at bombs. */
async function* guarded(
  compression: Compression,
  pieces: AsyncIterable<Uint8Array>,
  request: DecompressRequest,
): AsyncGenerator<Uint8Array, void, void> {
  const { name, maxRatio, limits = LIMITS } = request
  const what = NAMES[compression] ?? compression
  let bytes = 0
  try {
    for await (const piece of pieces) {
      bytes += piece.length
      if (bytes > limits.harmlessBytes && maxRatio > 0 && bytes > maxRatio * request.bytesRead()) {
        throw new InputError(
          'decompression-bomb',
          `${name} unpacks to more than ${maxRatio} times its size: it was stopped after ${bytes} bytes`,
          'If it is no attack but what you expect, allow more with --max-ratio (0: any).',
        )
      }
      yield piece
    }
  } catch (error) {
    if (!(error instanceof CompressionError)) throw error
    const data = `the ${what} data of ${name}`
    const problem = error.cut
      ? `${name} is cut short: its ${what} data ends too early`
      : `${data} ${error.advice === null ? 'is damaged' : 'cannot be unpacked'}: ${error.message}`
    throw new InputError('damaged-compression', problem, error.advice ?? 'Copy it again.')
  }
}
