import type { DatasetNight, NightReport, OwnerRow, ShardNight } from '../../../batch/night-report.js'
import { growthText, memoryOf } from '../../../batch/wording.js'
import { shownText } from '../../../escape.js'
import { formatTime } from '../../../format.js'
import { bytesColumn, countColumn, shareColumn } from '../columns.js'
import { el, facts, paragraph } from '../dom.js'
import { table } from '../table.js'
import { formatBytes, percent, plural, shareOf } from '../units.js'
import { section } from './section.js'

/** The newest night of each data set; a row unfolds to its shards and reports. */
export function datasetsSection(report: NightReport): HTMLElement {
  return section(
    'datasets',
    'Data sets',
    `night of ${report.date}`,
    table<DatasetNight>({
      label: 'data sets',
      rows: report.datasets,
      columns: [
        {
          title: 'data set',
          kind: 'name',
          value: (row) => `${shownText(row.dataset)}${row.complete ? '' : ' (incomplete)'}`,
        },
        bytesColumn('memory', (row) => memoryOf(row.totals)),
        {
          title: 'last night',
          align: 'right',
          value: (row) => (row.previous === null ? null : memoryOf(row.totals) - memoryOf(row.previous.totals)),
          text: growthText,
        },
        countColumn('keys', (row) => row.totals.keys),
        shareColumn('no TTL %', (row) => shareOf(row.totals.withoutTtlKeys, row.totals.keys), true),
        {
          title: 'of maxmemory',
          align: 'right',
          value: (row) => (row.forecast === null ? null : row.forecast.usedBytes / row.forecast.maxmemoryBytes),
          text: ({ forecast }) => (forecast === null ? '' : percent(forecast.usedBytes, forecast.maxmemoryBytes)),
          bar: ({ forecast }) => (forecast === null ? 0 : shareOf(forecast.usedBytes, forecast.maxmemoryBytes)),
        },
        { title: 'full', value: (row) => row.forecast?.date ?? null, text: (row) => row.forecast?.date ?? '' },
      ],
      details,
      anchor: (row) => `dataset-${row.dataset}`,
      first: 50,
    }),
  )
}

function details(row: DatasetNight): HTMLElement {
  const { folder, forecast, shards } = row
  const links = folder === null ? [] : (['report.html', 'report.md', 'report.json', 'csv/', 'keys.csv.gz'] as const)
  return el(
    'div',
    {},
    links.length > 0 &&
      el('p', { class: 'full' }, ...links.flatMap((name) => [el('a', { href: `${folder}/${name}` }, name), ' '])),
    forecast !== null && paragraph(forecastText(forecast)),
    facts(shards.map((shard) => [shownText(shard.shard), shardText(shard)])),
  )
}

function forecastText(forecast: NonNullable<DatasetNight['forecast']>): string {
  const { shard, usedBytes, maxmemoryBytes, bytesPerDay, nights, date, days } = forecast
  const used = `${shownText(shard)} is the fullest shard: ${formatBytes(usedBytes)} of ${formatBytes(maxmemoryBytes)}`
  if (days === 0) return `${used}: maxmemory is reached.`
  const trend = `${formatBytes(bytesPerDay)} a day over ${plural(nights, 'night')}`
  return date === null
    ? `${used}; ${trend}, so maxmemory is not in sight.`
    : `${used}; ${trend}, so it is full on ${date}.`
}

function shardText({ status, problem, keys, ramBytes, overheadBytes, dumpTimeMs }: ShardNight): string {
  if (status === 'unreadable') return shownText(problem ?? status)
  const taken = dumpTimeMs === null ? '' : `, taken ${formatTime(dumpTimeMs)}`
  const damage = problem === null ? '' : `. ${shownText(problem)}`
  return `${formatBytes(ramBytes + overheadBytes)}, ${plural(keys, 'key')}${taken}${damage}`
}

/** Bytes and money per team. */
export function ownersSection({ owners, price, datasets }: NightReport): HTMLElement | null {
  if (owners.length === 0) return null
  const total = owners.reduce((sum, row) => sum + row.ramBytes, 0)
  const several = datasets.length > 1
  const byOwner = new Map<string, OwnerRow>()
  for (const row of owners) {
    const known = byOwner.get(row.owner)
    byOwner.set(row.owner, {
      ...row,
      keys: row.keys + (known?.keys ?? 0),
      ramBytes: row.ramBytes + (known?.ramBytes ?? 0),
      money: row.money === null ? null : row.money + (known?.money ?? 0),
    })
  }
  const rows = [...byOwner.values()].sort((a, b) => b.ramBytes - a.ramBytes)
  return section(
    'owners',
    'Teams',
    price === null ? '' : `${price.perGibMonth} ${shownText(price.currency)} per GiB and month`,
    table<OwnerRow>({
      label: 'teams',
      rows,
      columns: [
        { title: 'team', value: (row) => shownText(row.owner) },
        countColumn('keys', (row) => row.keys),
        bytesColumn('memory', (row) => row.ramBytes),
        {
          title: '%',
          align: 'right',
          value: (row) => Math.round(shareOf(row.ramBytes, total) * 1e6) / 1e4,
          text: (row) => percent(row.ramBytes, total).replace(' %', ''),
          bar: (row) => shareOf(row.ramBytes, Math.max(...rows.map(({ ramBytes }) => ramBytes))),
        },
        ...(price === null
          ? []
          : [
              {
                title: `${shownText(price.currency)} a month`,
                align: 'right' as const,
                value: (row: OwnerRow) => (row.money === null ? null : Math.round(row.money * 100) / 100),
                text: (row: OwnerRow) => (row.money === null ? '' : row.money.toFixed(2)),
              },
            ]),
      ],
      ...(several
        ? {
            details: (team: OwnerRow) =>
              facts(
                owners
                  .filter(({ owner }) => owner === team.owner)
                  .map((row) => [shownText(row.dataset), `${formatBytes(row.ramBytes)}, ${plural(row.keys, 'key')}`]),
              ),
          }
        : {}),
    }),
  )
}
