import { shownKey, shownText, visibleName } from '../../../escape.js'
import { formatDuration, formatShare, formatTime } from '../../../format.js'
import type { AnalysisReport, BigKey } from '../../../report.js'
import { skewSentences } from '../../../skew.js'
import { capital } from '../../../wording.js'
import { anchorLink, anchorOf, anchorsOf } from '../anchors.js'
import { readInParts, redisCli, shellKey, shellWord } from '../commands.js'
import { command } from '../copy.js'
import { el, fold, paragraph } from '../dom.js'
import { formatBytes, formatCount, percent, plural } from '../units.js'
import { section } from './section.js'

/** Something that may hurt, with the numbers behind it and commands that are safe to run. */
export interface Risk {
  /** Counted under this word. */
  readonly kind: string
  readonly anchor: string
  readonly title: string
  /** The title is a name of the dump. */
  readonly isName?: boolean
  readonly sentence: string
  readonly advice: readonly string[]
  readonly commands: readonly string[]
}

/** Cards of one kind that are shown; the others are folded away. */
const SHOWN_PER_KIND = 3
const STAMPEDE_KEYS = 1000
const STAMPEDE_SHARE = 0.01

export function risksOf(report: AnalysisReport): readonly Risk[] {
  const risks: readonly Risk[] = [
    ...leaks(report),
    ...bigKeys(report),
    ...stampedes(report),
    ...expiring(report),
    ...expired(report),
    ...skew(report),
  ]
  const anchor = anchorsOf(risks, (risk) => risk.anchor)
  return risks.map((risk) => ({ ...risk, anchor: anchor(risk) }))
}

export function risksSection(risks: readonly Risk[]): HTMLElement | null {
  if (risks.length === 0) return null
  const seen = new Map<string, number>()
  const isShown = risks.map(({ kind }) => {
    const before = seen.get(kind) ?? 0
    seen.set(kind, before + 1)
    return before < SHOWN_PER_KIND
  })
  const cards = (shown: boolean): HTMLElement =>
    el('div', { class: 'cards' }, ...risks.filter((_, index) => isShown[index] === shown).map(card))
  const rest = isShown.filter((shown) => !shown).length
  return section(
    'risks',
    'Risks',
    plural(risks.length, 'finding'),
    cards(true),
    rest > 0 && fold(`${plural(rest, 'more finding')}`, cards(false)),
  )
}

function card(risk: Risk): HTMLElement {
  return el(
    'article',
    { class: 'card', id: risk.anchor },
    el('p', { class: 'kind' }, risk.kind, anchorLink(risk.anchor)),
    el('h3', risk.isName === true ? { class: 'name' } : {}, risk.title),
    paragraph(risk.sentence),
    ...risk.advice.map((text) => paragraph(text, 'soft')),
    risk.commands.length > 0 && fold('commands', ...risk.commands.map((text) => command(text))),
  )
}

function leaks(report: AnalysisReport): readonly Risk[] {
  return report.ttl.leaks.map((leak) => {
    const example = leak.example === null ? null : shellKey(leak.example)
    const row = report.patterns.find((known) => known.pattern === leak.pattern && known.type === leak.type)
    return {
      kind: 'leak',
      anchor: anchorOf('leak', leak.pattern, leak.type),
      title: visibleName(shownText(leak.pattern)),
      isName: true,
      sentence: `${formatShare(leak.expiringShare)} of its keys expire; ${plural(leak.withoutTtl, 'key')} (${formatBytes(leak.withoutTtlRamBytes)}) never ${leak.withoutTtl === 1 ? 'does' : 'do'}.`,
      advice: ['Somewhere a write forgets the expiry, or a SET without KEEPTTL removes it.'],
      commands: [
        ...(example === null ? [] : [`redis-cli TTL ${example}`]),
        ...(row?.match == null ? [] : [`redis-cli --scan --pattern ${shellWord(row.match)} | head -20`]),
      ],
    }
  })
}

function bigKeys(report: AnalysisReport): readonly Risk[] {
  return report.bigKeys
    .filter((key) => key.reasons.length > 0)
    .map((key) => ({
      kind: 'big key',
      anchor: anchorOf('big-key', String(key.db), key.keyBase64 ?? key.key),
      title: visibleName(shownKey(key)),
      isName: true,
      sentence: `${key.type}, ${formatBytes(key.ramBytes)}${key.type === 'string' ? '' : `, ${plural(key.elements, 'element')}`}: ${shownText(key.reasons.join('; '))}.${blocks(key)}`,
      advice: key.advice.map(shownText),
      commands: keyCommands(key),
    }))
}

function blocks(key: BigKey): string {
  return key.deleteMs < 1 ? '' : ` DEL blocks the server for about ${formatDuration(key.deleteMs)}.`
}

/** Looking at a big key, and deleting it in the background. */
export function keyCommands(key: BigKey): readonly string[] {
  const word = shellKey(key)
  if (word === null) return []
  const cli = redisCli(key.db)
  const parts = readInParts(key.type, word)
  return [
    `${cli} MEMORY USAGE ${word} SAMPLES 0`,
    ...(parts === null ? [] : [`${cli} ${parts}`]),
    ...(key.freeEffort > 64 ? [`${cli} UNLINK ${word}`] : []),
  ]
}

function stampedes(report: AnalysisReport): readonly Risk[] {
  return report.ttl.stampedes
    .filter((row) => row.unit !== 'hour' && row.keys >= STAMPEDE_KEYS && row.share >= STAMPEDE_SHARE)
    .slice(0, 3)
    .map((row) => ({
      kind: 'stampede',
      anchor: anchorOf('stampede', row.unit, String(row.startMs)),
      title: `${formatCount(row.keys)} keys within a ${row.unit}`,
      sentence: `${plural(row.keys, 'key')} (${formatBytes(row.ramBytes)}, ${formatShare(row.share)} of all that expire) expire within the ${row.unit} ${formatTime(row.startMs)}.`,
      advice: ['Add a random part to the expiry, so that the deletions and the misses after them are spread.'],
      commands: [],
    }))
}

function expiring(report: AnalysisReport): readonly Risk[] {
  const keys = report.ttl.bigExpiring
  const [first] = keys
  if (first === undefined) return []
  return [
    {
      kind: 'big expiry',
      anchor: 'big-expiring',
      title: visibleName(shownKey(first)),
      isName: true,
      sentence: `${plural(keys.length, 'large collection')} ${keys.length === 1 ? 'expires' : 'expire'} within a day; this one has ${plural(first.elements, 'element')}.${blocks(first)}`,
      advice: ['With lazyfree-lazy-expire yes the server frees them in the background.'],
      commands: ['redis-cli CONFIG GET lazyfree-lazy-expire'],
    },
  ]
}

function expired(report: AnalysisReport): readonly Risk[] {
  const { keys, ramBytes } = report.ttl.expired
  if (keys === 0) return []
  return [
    {
      kind: 'expired',
      anchor: 'expired',
      title: `${plural(keys, 'key')} past ${keys === 1 ? 'its' : 'their'} expiry`,
      sentence: `${plural(keys, 'key')} (${formatBytes(ramBytes)}, ${percent(ramBytes, report.totals.ramBytes)}) had expired at the time of the dump and still took memory.`,
      advice: ['The server deletes expired keys when it meets them; a larger active-expire-effort meets them sooner.'],
      commands: ['redis-cli CONFIG GET active-expire-effort', 'redis-cli INFO stats'],
    },
  ]
}

/** `the dumps are uneven: a.rdb holds ...`: what stands before the colon is the title. */
function skew(report: AnalysisReport): readonly Risk[] {
  return skewSentences(report, (text) => visibleName(shownText(text))).map((sentence) => {
    const [title = '', ...rest] = sentence.split(': ')
    return {
      kind: 'skew',
      anchor: anchorOf('skew', title.replace(/ holds .*/, '')),
      title: capital(title),
      sentence: `${rest.join(': ')}.`,
      advice: [],
      commands: [],
    }
  })
}
