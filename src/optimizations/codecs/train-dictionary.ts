/**
 * A dictionary of plain content from samples: the pieces of text that most of the rest of the samples repeats. After
 * the idea of COVER (Liao, Petri, Moffat, Wirth: Effective Construction of Relative Lempel-Ziv Dictionaries, WWW 2016):
 * count all short substrings, then take the segment whose substrings are the most frequent, count those as covered, and
 * go on. The best pieces come last, where references to them are the shortest.
 */

/** Length of the substrings that are counted, and of the segments that are taken. */
const SUBSTRING = 6
const SEGMENT = 48
const TABLE_BITS = 18
/** Samples beyond this are left alone. */
const MOST_BYTES = 512 * 1024

export function trainDictionary(samples: readonly Uint8Array[], size: number): Uint8Array {
  const text = joined(samples)
  const counts = new Uint32Array(1 << TABLE_BITS)
  const hashes = new Uint32Array(Math.max(0, text.length - SUBSTRING + 1))
  for (let i = 0; i < hashes.length; i++) {
    hashes[i] = hashAt(text, i)
    counts[hashes[i]!]!++
  }
  // One segment from each stretch, so that the dictionary is of all samples.
  const wanted = Math.max(1, Math.floor(size / SEGMENT))
  const stretch = Math.max(SEGMENT, Math.floor(text.length / wanted))
  const segments: { readonly start: number; readonly end: number; readonly score: number }[] = []
  for (let round = 0; segments.length < wanted && round < 4; round++) {
    let found = false
    for (let from = 0; from + SUBSTRING <= text.length && segments.length < wanted; from += stretch) {
      const segment = bestSegment(hashes, counts, from, Math.min(from + stretch, hashes.length))
      if (segment === null) continue
      found = true
      segments.push(segment)
      for (let i = segment.start; i < segment.end - SUBSTRING + 1; i++) counts[hashes[i]!] = 0
    }
    if (!found) break
  }
  segments.sort((a, b) => a.score - b.score || a.start - b.start)
  const dictionary = new Uint8Array(segments.reduce((sum, { start, end }) => sum + end - start, 0))
  let at = 0
  for (const { start, end } of segments) {
    dictionary.set(text.subarray(start, end), at)
    at += end - start
  }
  return dictionary.length > size ? dictionary.subarray(dictionary.length - size) : dictionary
}

function joined(samples: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const sample of samples) length += sample.length
  const text = new Uint8Array(Math.min(length, MOST_BYTES))
  let at = 0
  for (const sample of samples) {
    if (at === text.length) break
    const part = sample.subarray(0, text.length - at)
    text.set(part, at)
    at += part.length
  }
  return text
}

function hashAt(text: Uint8Array, at: number): number {
  let hash = 0x811c9dc5
  for (let i = at; i < at + SUBSTRING; i++) hash = Math.imul(hash ^ text[i]!, 0x01000193)
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> (32 - TABLE_BITS)
}

/** The segment of a stretch that covers the most; null when nothing in it is seen twice. */
function bestSegment(
  hashes: Uint32Array,
  counts: Uint32Array,
  from: number,
  to: number,
): { readonly start: number; readonly end: number; readonly score: number } | null {
  const window = SEGMENT - SUBSTRING + 1
  let score = 0
  let best = 0
  let bestStart = -1
  for (let i = from; i < to; i++) {
    score += worth(counts[hashes[i]!]!)
    const start = i - window + 1
    if (start > from) score -= worth(counts[hashes[start - 1]!]!)
    if (score > best) {
      best = score
      bestStart = Math.max(from, start)
    }
  }
  if (bestStart < 0) return null
  let start = bestStart
  let end = Math.min(to, bestStart + window)
  // What is seen once only is of no use at the ends.
  while (start < end && counts[hashes[start]!]! < 2) start++
  while (end > start && counts[hashes[end - 1]!]! < 2) end--
  return end > start ? { start, end: end - 1 + SUBSTRING, score: best } : null
}

/** What is seen once needs no dictionary. */
function worth(count: number): number {
  return count < 2 ? 0 : count
}
