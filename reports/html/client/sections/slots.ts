import { shownText, visibleName } from '../../../escape.js'
import { formatAverage } from '../../../format.js'
import type { AnalysisReport, HashTagRow, ShardPlan, SlotOwnerRow, SlotRow, SlotsReport } from '../../../report.js'
import { bytesColumn, countColumn, shareColumn } from '../columns.js'
import { type Child, el, fold, meter, paragraph } from '../dom.js'
import { table } from '../table.js'
import { explain } from '../tooltip.js'
import { formatBytes, formatCount, percent, plural, shareOf } from '../units.js'
import { section, subsection } from './section.js'

const SLOTS = 16_384

/** Hash slots of a cluster: where the bytes are, and how shards would be loaded. */
export function slotsSection(report: AnalysisReport): HTMLElement | null {
  const { slots, totals } = report
  if (slots === null || totals.keys === 0) return null
  return section(
    'slots',
    'Slots and shards',
    `${formatCount(slots.usedSlots)} of 16,384 slots in use`,
    strip(slots),
    owners(slots, totals.ramBytes),
    shards(slots),
    slots.heaviest.length > 0 &&
      fold(
        'Heaviest slots',
        table<SlotRow>({
          label: 'slots',
          rows: slots.heaviest,
          columns: [
            { title: 'slot', value: (row) => row.slot },
            countColumn('keys', (row) => row.keys),
            bytesColumn('memory', (row) => row.ramBytes),
            shareColumn('%', (row) => shareOf(row.ramBytes, totals.ramBytes)),
            {
              title: 'times the mean',
              align: 'right',
              value: (row) => row.timesMean,
              text: (row) => formatAverage(row.timesMean),
            },
          ],
        }),
      ),
    slots.hashTags.length > 0 &&
      fold(
        `Heaviest hash tags (${plural(slots.keysWithHashTag, 'key')} with one)`,
        table<HashTagRow>({
          label: 'hash tags',
          rows: slots.hashTags,
          columns: [
            { title: 'tag', kind: 'name', value: (row) => visibleName(shownText(row.tag)) },
            { title: 'slot', align: 'right', value: (row) => row.slot },
            countColumn('keys', (row) => row.keys),
            bytesColumn('memory', (row) => row.ramBytes),
          ],
          search: (row) => shownText(row.tag),
        }),
      ),
  )
}

/** 256 cells of 64 slots, the darker the heavier. */
function strip({ strip: cells }: SlotsReport): Child {
  if (cells.length === 0) return null
  const most = Math.max(...cells)
  const width = SLOTS / cells.length
  const box = el('div', { class: 'strip', attributes: { role: 'img', 'aria-label': 'memory by hash slot' } })
  cells.forEach((ramBytes, index) => {
    const cell = el('span')
    // The square root keeps light slots visible beside a heavy one.
    cell.style.setProperty('--load', String(most === 0 ? 0 : Math.sqrt(ramBytes / most)))
    explain(cell, () => [`slots ${index * width} to ${(index + 1) * width - 1}`, `${formatBytes(ramBytes)} memory`])
    box.append(cell)
  })
  return el('div', {}, box, el('p', { class: 'strip-ends' }, el('span', {}, 'slot 0'), el('span', {}, 'slot 16,383')))
}

/** The nodes that own the slots, when a cluster file told. */
function owners({ owners: rows = [], ownersSkew }: SlotsReport, ramBytes: number): Child {
  if (rows.length === 0) return null
  return subsection(
    'By the nodes that own the slots',
    ownersSkew !== undefined && paragraph(`The fullest node holds ${ownersSkew.toFixed(2)} times the mean.`),
    table<SlotOwnerRow>({
      label: 'nodes',
      rows,
      columns: [
        { title: 'node', kind: 'name', value: (row) => shownText(row.node) },
        countColumn('slots', (row) => row.slots),
        countColumn('keys', (row) => row.keys),
        bytesColumn('memory', (row) => row.ramBytes),
        shareColumn('%', (row) => shareOf(row.ramBytes, ramBytes)),
        {
          title: 'times the mean',
          align: 'right',
          value: (row) => row.timesMean,
          text: (row) => row.timesMean.toFixed(2),
        },
      ],
      search: (row) => `${shownText(row.node)} ${shownText(row.id)}`,
    }),
  )
}

/** How evenly N shards would be loaded; the reader chooses N. */
function shards({ shardPlans }: SlotsReport): Child {
  const plans = shardPlans.filter((plan) => plan.perShard.length > 0)
  const [first] = plans
  if (first === undefined) return null
  const bars = el('div', { class: 'shards' })
  const sentence = el('p', { attributes: { 'aria-live': 'polite' } })
  const show = (plan: ShardPlan): void => {
    const most = Math.max(...plan.perShard.map((row) => row.ramBytes))
    const all = plan.perShard.reduce((sum, row) => sum + row.ramBytes, 0)
    sentence.textContent = `The largest of ${plan.shards} shards would hold ${plan.skew.toFixed(2)} times the mean: ${formatBytes(most)} of ${formatBytes(all)}.`
    bars.replaceChildren(
      ...plan.perShard.map((row, index) =>
        el(
          'div',
          { class: 'map-row' },
          el('span', {}, `shard ${index + 1}`),
          meter(most === 0 ? 0 : row.ramBytes / most),
          el('span', { class: 'number' }, formatBytes(row.ramBytes)),
          el('span', { class: 'number share' }, percent(row.ramBytes, all)),
        ),
      ),
    )
  }
  const select = el('select', { attributes: { 'aria-label': 'number of shards' } })
  for (const plan of plans) {
    const option = el('option', {}, `${plan.shards} shards`)
    option.value = String(plan.shards)
    select.append(option)
  }
  select.addEventListener('change', () => {
    const plan = plans.find(({ shards }) => String(shards) === select.value)
    if (plan !== undefined) show(plan)
  })
  show(first)
  return subsection('What if it were dealt out to', select, sentence, bars)
}
