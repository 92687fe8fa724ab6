import { shownText } from '../../../../escape.js'
import type { SavingsReport, TechniqueResult } from '../../../../report.js'
import { capital } from '../../../../wording.js'
import { anchorLink } from '../../anchors.js'
import { commandOf } from '../../commands.js'
import { command } from '../../copy.js'
import { type Child, el, facts, fold, meter, paragraph } from '../../dom.js'
import { type PlainHead, plainTable } from '../../plain-table.js'
import { formatBytes, formatCount, percent, plural } from '../../units.js'
import { section, subsection } from '../section.js'
import { curves } from './curve.js'
import { decisions } from './decisions.js'
import { EFFORT_WORDS, effortChart, savingAnchor } from './effort.js'

const STATUS_WORDS = {
  applies: 'would not free anything here',
  'nothing-to-do': 'nothing to do here',
  'not-on-this-target': 'not on this server',
  error: 'could not be computed',
} as const

/** What each change frees: the plan from today to after, then every technique with how to do it. */
export function savingsSection(savings: SavingsReport | undefined): HTMLElement | null {
  if (savings === undefined) return null
  const helping = savings.techniques
    .filter((row) => row.status === 'applies' && row.savedBytes > 0)
    .sort((a, b) => b.savedBytes - a.savedBytes)
  const others = savings.techniques.filter((row) => !helping.includes(row))
  const most = helping[0]?.savedBytes ?? 0
  const plan = savings.plan.filter((step) => step.savedBytes > 0)
  return section(
    'savings',
    'Savings',
    helping.length === 0 && plan.length === 0 ? 'no change found that pays' : '',
    plan.length > 0 && waterfall(savings, plan),
    helping.length > 0 &&
      subsection(
        'Each change alone',
        paragraph(
          plan.length > 0
            ? 'Savings of several changes overlap: only the plan above may be added up.'
            : 'Savings of several changes overlap: they do not add up.',
          'soft',
        ),
        helping.length > 1 && effortChart(helping),
        ...helping.map((row) => technique(row, most)),
      ),
    others.length > 0 &&
      fold(
        `Would not help here (${others.length})`,
        el(
          'ul',
          { class: 'plain' },
          ...others.map((row) =>
            el('li', { id: savingAnchor(row) }, `${capital(shownText(row.title))}: ${STATUS_WORDS[row.status]}.`),
          ),
        ),
      ),
    decisions(savings),
  )
}

/** From today to after all steps, each priced after those before it. */
function waterfall(savings: SavingsReport, plan: readonly TechniqueResult[]): HTMLElement {
  const today = savings.before.usedMemoryBytes
  let left = today
  const line = (title: Child, from: number, to: number, text: string, className: string): HTMLElement => {
    const fill = el('span')
    fill.style.setProperty('margin-left', `${(100 * Math.min(from, to)) / today}%`)
    fill.style.setProperty('width', `${(100 * Math.abs(to - from)) / today}%`)
    return el(
      'div',
      { class: `step ${className}` },
      el('span', { class: 'step-title' }, title),
      el('span', { class: 'track' }, fill),
      el('span', { class: 'number' }, text),
    )
  }
  const lines = [line('today', 0, today, formatBytes(today), 'whole')]
  for (const step of plan) {
    const next = left - step.savedBytes
    lines.push(line(shownText(step.title), left, next, `-${formatBytes(step.savedBytes)}`, 'saved'))
    left = next
  }
  lines.push(line('after all of them', 0, left, formatBytes(left), 'whole'))
  return subsection('The plan, step by step', el('div', { class: 'waterfall' }, ...lines))
}

function technique(row: TechniqueResult, most: number): HTMLElement {
  const id = savingAnchor(row)
  const title = el(
    'span',
    { class: 'technique' },
    el('span', { class: 'technique-title' }, capital(shownText(row.title)), anchorLink(id)),
    el('span', { class: 'tag' }, EFFORT_WORDS[row.effort]),
    meter(most === 0 ? 0 : row.savedBytes / most),
    el(
      'span',
      { class: 'number' },
      `${formatBytes(row.savedBytes)} · ${percent(row.savedBytes, row.usedMemoryBefore)}`,
    ),
  )
  const details = fold(
    title,
    facts([
      ['keys it touches', formatCount(row.keys)],
      ['their memory', `${formatBytes(row.ramBytesBefore)} → ${formatBytes(row.ramBytesAfter)}`],
      ['all memory', `${formatBytes(row.usedMemoryBefore)} → ${formatBytes(row.usedMemoryAfter)}`],
      ['certainty', certainty(row)],
      ...Object.entries(row.parameters)
        .filter(([, value]) => isPlain(value))
        .map(([key, value]) => [words(key), valueText(key, value)] as const),
    ]),
    curves(row.parameters),
    list('What breaks', row.breaks),
    list('Steps', row.steps, true),
    list('How to verify', row.verify, true),
    list('How to go back', row.rollback, true),
    list('Assumed', row.assumptions),
    groups(row),
  )
  details.id = id
  details.classList.add('saving')
  return details
}

function certainty(row: TechniqueResult): string {
  if (row.certainty !== 'sampled') return row.certainty
  const interval =
    row.interval95 === null ? '' : `, 95 %: ${formatBytes(row.interval95[0])} to ${formatBytes(row.interval95[1])}`
  return `sampled from ${plural(row.sampledKeys, 'key')}${interval}`
}

/** Lines that begin with a command get a button that copies it. */
function list(title: string, lines: readonly string[], commands = false): Child {
  if (lines.length === 0) return null
  const item = (line: string): HTMLElement => {
    const parts = commands ? commandOf(line) : null
    return parts === null ? paragraph(line) : command(...parts)
  }
  return el('div', { class: 'sub' }, el('h4', {}, title), ...lines.map((line) => item(shownText(line))))
}

/** Groups are rows of plain values whose names tell the unit. */
function groups({ id: technique, groups: rows }: TechniqueResult): Child {
  if (rows.length === 0) return null
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => tellsRowsApart(name, rows))
  const heads = names.map((name): PlainHead => [words(name), rows.some((row) => typeof row[name] === 'number')])
  const body = rows
    .slice(0, 50)
    .map((row) =>
      el(
        'tr',
        {},
        ...names.map((name) =>
          el(
            'td',
            { class: typeof row[name] === 'number' ? 'right' : 'name' },
            row[name] === undefined ? '' : valueText(name, row[name]),
          ),
        ),
      ),
    )
  return el(
    'div',
    { class: 'sub' },
    el(
      'h4',
      {},
      rows.length > 50 ? `Groups it touches (first 50 of ${formatCount(rows.length)})` : 'Groups it touches',
    ),
    plainTable(`groups that ${technique} touches`, heads, body),
  )
}

/** Plain values; file and database only where there are several. */
function tellsRowsApart(name: string, rows: TechniqueResult['groups']): boolean {
  if (name === 'file' || name === 'db') return new Set(rows.map((row) => row[name] ?? 0)).size > 1
  return rows.some((row) => typeof row[name] !== 'object')
}

/** `savedBytes` -> `saved` */
function words(name: string): string {
  return name
    .replace(/^ramBytes/, 'memory')
    .replace(/(Bytes|Ratio)$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
}

/** Curves and other tables are drawn, not written out. */
function isPlain(value: unknown): boolean {
  return Array.isArray(value) ? value.every((item) => typeof item !== 'object') : typeof value !== 'object'
}

function valueText(name: string, value: unknown): string {
  if (typeof value === 'number') {
    if (/Bytes/.test(name)) return formatBytes(value)
    if (/Ratio$|[sS]hare$/.test(name)) return percent(value, 1).replace(' %', '')
    return Number.isInteger(value) ? formatCount(value) : value.toFixed(2)
  }
  if (Array.isArray(value)) return shownText(value.join(', '))
  return shownText(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
}
