import { shownText } from './escape.js'
import { formatBytes, formatShare, plural } from './format.js'
import type { SavingsReport, TechniqueResult } from './report.js'

/** One question to ask of a data set, as in guides on memory; the answer comes from the data. */
interface Question {
  readonly question: string
  /** Ids of the techniques that are the answer when it is yes. */
  readonly techniques: readonly string[]
}

/** A question that no dump can answer. */
interface Elsewhere {
  readonly question: string
  readonly lookAt: string
}

/** From what costs nothing to what changes the application. */
const QUESTIONS: readonly Question[] = [
  { question: 'Is there data that nobody needs any more?', techniques: ['drop-expired', 'expire-keys'] },
  {
    question: 'Are collections just above the limits up to which they are packed?',
    techniques: ['raise-hash-limits', 'raise-zset-limits', 'raise-set-limits', 'raise-intset-limit', 'list-node-size'],
  },
  { question: 'Are there long lists of which only the ends are read?', techniques: ['list-compress'] },
  {
    question: 'Are there many small strings under one prefix?',
    techniques: ['merge-entity-keys', 'strings-to-hash', 'bucket-strings'],
  },
  {
    question: 'Are names of keys and fields longer than what they name?',
    techniques: ['shorten-key-names', 'shorten-field-names'],
  },
  { question: 'Have all hashes of a pattern the same fields?', techniques: ['hash-to-list', 'hash-templates'] },
  { question: 'Are values JSON or other text with a structure?', techniques: ['serialize-msgpack', 'json-trim'] },
  { question: 'Are values long texts?', techniques: ['compress-values'] },
  {
    question: 'Are values short and alike?',
    techniques: ['dictionary-compress', 'byte-dictionary', 'word-dictionary', 'abbreviate-values', 'dedupe-values'],
  },
  {
    question: 'Are values of few letters: digits, hex, UUIDs, series of numbers?',
    techniques: ['base-encode', 'integer-sets', 'delta-encode', 'mostly-encode', 'run-length', 'share-integers'],
  },
  { question: 'Do values miss a smaller form by a few bytes?', techniques: ['embed-strings'] },
  {
    question: 'Is only asked how many, whether, or whether it is the same?',
    techniques: ['hyperloglog', 'bloom-filter', 'fingerprint-values', 'bitmap-flags'],
  },
  { question: 'Are there keys so big that they block the server?', techniques: ['split-big-keys'] },
  { question: 'Is much of the data seldom touched?', techniques: ['data-tiering'] },
  { question: 'Would another server hold the same in less?', techniques: ['upgrade-server', 'pointer-width-32'] },
  { question: 'Is memory lost between the objects?', techniques: ['defragment'] },
]

const ELSEWHERE: readonly Elsewhere[] = [
  {
    question: 'Does the process hold more than the data?',
    lookAt: 'INFO memory: mem_fragmentation_ratio, allocator_frag_bytes; MEMORY DOCTOR; activedefrag yes',
  },
  {
    question: 'Do buffers take memory beside the data?',
    lookAt: 'INFO memory: mem_clients_normal, mem_replication_backlog, mem_aof_buffer; CLIENT LIST: omem',
  },
  {
    question: 'Does the load come and go, so that nodes could too (auto scaling)?',
    lookAt: 'A month of used_memory, CPU and evicted_keys in your monitoring; the metrics of the cloud service',
  },
  {
    question: 'Is the time that a technique costs within the budget?',
    lookAt: 'LATENCY HISTOGRAM and INFO commandstats before and after, under real load',
  },
  {
    question: 'Are keys evicted that are wanted again?',
    lookAt: 'INFO stats: evicted_keys, keyspace_hits and keyspace_misses; maxmemory-policy',
  },
]

/** The answer of one technique. */
export interface DecisionAnswer {
  readonly id: string
  readonly title: string
  readonly effort: TechniqueResult['effort']
  readonly savedBytes: number
  /** What it is on this data: bytes and share, or why there is nothing. */
  readonly answer: string
  /** First thing that breaks. */
  readonly breaks: string
}

export interface DecisionRow {
  readonly question: string
  /** Most saved first; empty when no dump can answer. */
  readonly answers: readonly DecisionAnswer[]
  /** Where to look instead; null when the dump answers. */
  readonly lookAt: string | null
}

/** The questions of the guides, answered from this data. Techniques that were not simulated are left out. */
export function decisionTable({ techniques }: SavingsReport): readonly DecisionRow[] {
  const byId = new Map(techniques.map((technique) => [technique.id, technique]))
  const rows = QUESTIONS.map(({ question, techniques: ids }): DecisionRow => {
    const answers = ids
      .map((id) => byId.get(id))
      .filter((technique) => technique !== undefined)
      .map(answerOf)
      .sort((a, b) => b.savedBytes - a.savedBytes)
    return { question, answers, lookAt: null }
  }).filter(({ answers }) => answers.length > 0)
  return [...rows, ...ELSEWHERE.map(({ question, lookAt }) => ({ question, answers: [], lookAt }))]
}

function answerOf(technique: TechniqueResult): DecisionAnswer {
  const { id, title, effort, savedBytes, breaks } = technique
  return { id, title, effort, savedBytes, answer: answerText(technique), breaks: breaks[0] ?? '' }
}

function answerText({
  status,
  savedBytes,
  savedRatio,
  keys,
  assumptions,
  certainty,
  interval95,
}: TechniqueResult): string {
  switch (status) {
    case 'applies': {
      const share = formatShare(Math.abs(savedRatio))
      if (savedBytes < 0) return `would cost ${formatBytes(-savedBytes)} (${share})`
      if (savedBytes === 0) return 'would change nothing'
      const within =
        certainty === 'sampled' && interval95 !== null
          ? `, between ${formatBytes(interval95[0])} and ${formatBytes(interval95[1])}`
          : ''
      return `saves ${formatBytes(savedBytes)} (${share}) in ${plural(keys, 'key')}${within}`
    }
    case 'nothing-to-do':
      return 'no'
    case 'not-on-this-target':
      return `not on this server: ${shownText(assumptions[0] ?? '')}`
    case 'error':
      return `could not be computed: ${shownText(assumptions[0] ?? '')}`
  }
}
