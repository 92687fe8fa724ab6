import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { NightReport, Trends } from '../reports/batch/night-report.js'
import { nightPrometheus } from '../reports/batch/prometheus.js'
import { REPORTERS } from '../reports/index.js'
import { analyze } from '../src/analyze.js'
import { loadConfig } from '../src/batch-run/config.js'
import { expandInputs } from '../src/io/inputs.js'

const FILES = fileURLToPath(new URL('../docs/cookbook/files', import.meta.url))

describe('files of the cookbook', () => {
  it('the config is one that nightly takes', async () => {
    const { written } = await loadConfig(join(FILES, 'rdblens.config.yaml'))
    expect(written.datasets.map(({ name }) => name)).toEqual(['sessions', 'catalog'])
  })

  it.each(['rdblens-nightly.service', 'rdblens-nightly.timer'])('systemd understands %s', (unit) => {
    // Without systemd on the machine the unit is at least of the shape that every line of a unit has.
    for (const line of readFileSync(join(FILES, unit), 'utf8').split('\n')) {
      expect(line).toMatch(/^$|^#|^\[[A-Z][a-z]+\]$|^[A-Za-z]+=.*$/)
    }
    const verified = spawnSync('systemd-analyze', ['verify', join(FILES, unit)], { encoding: 'utf8' })
    if (verified.error === undefined) expect(verified.stderr).toBe('')
  })

  it('the pipelines run the version that is documented, and the job of Kubernetes as an ordinary user', () => {
    const read = (name: string): string => readFileSync(join(FILES, name), 'utf8')
    const { version } = JSON.parse(readFileSync(join(FILES, '../../../package.json'), 'utf8')) as { version: string }
    for (const name of ['github-actions.yaml', 'gitlab-ci.yaml', 'Dockerfile']) {
      expect(
        read(name)
          .match(/rdblens@(\d[\d.]*)|RDBLENS_VERSION=([\d.]+)/)
          ?.slice(1),
      ).toContain(version)
    }
    // Findings are handed over from where they are written.
    expect(read('github-actions.yaml')).toMatch(/--format sarif:(\S+)[\s\S]*sarif_file: \1\n/)
    expect(read('gitlab-ci.yaml')).toMatch(/--format junit:(\S+)[\s\S]*junit: \1\n/)
    const job = parse(read('cronjob.yaml')) as {
      kind: string
      spec: { jobTemplate: { spec: { template: { spec: { securityContext: object } } } } }
    }
    expect(job.kind).toBe('CronJob')
    expect(job.spec.jobTemplate.spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true })
    expect(Object.keys(parse(read('gitlab-ci.yaml')) as object)).toEqual(['redis-memory'])
  })

  it('Grafana asks for metrics that are written, with labels that they have', async () => {
    const { panels, templating } = JSON.parse(readFileSync(join(FILES, 'grafana-dashboard.json'), 'utf8')) as Dashboard
    const page = readFileSync(join(FILES, '../grafana.md'), 'utf8')
    const written = await metricLabels()
    const targets = panels.flatMap((panel) => panel.targets ?? [])
    expect(targets.length).toBeGreaterThan(25)
    const asked = [
      ...targets.map(({ expr }) => expr),
      ...templating.list.map(({ definition }) => definition ?? ''),
      ...page.matchAll(/expr: (.*)/g),
    ].flatMap((text) => String(text).match(/\brdblens_[a-z_]+/g) ?? [])
    expect([...new Set(asked)].filter((name) => !written.has(name))).toEqual([])
    for (const { expr, legendFormat } of targets) {
      const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g), ...expr.matchAll(/(\w+)=~?"/g)]
      const known = written.get(/rdblens_[a-z_]+/.exec(expr)![0])!
      expect(
        labels.map(([, label]) => label!).filter((label) => !known.has(label)),
        expr,
      ).toEqual([])
    }
  })
})

interface Dashboard {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[] }[]
  readonly templating: { readonly list: readonly { readonly definition?: string }[] }
}

/** Every metric that `analyze` and `nightly` write, with the labels of its samples. */
async function metricLabels(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const sample = fileURLToPath(new URL('../samples/redis-7.4.1/tuned.rdb', import.meta.url))
  const { report } = await analyze(
    { inputs: await expandInputs([sample]), filter: {}, settings: {}, verify: true },
    { top: 10 },
  )
  const pieces = [...(REPORTERS.find(({ id }) => id === 'prom')!.render(report, {} as never) as Iterable<string>)]
  const text = pieces.join('') + nightPrometheus(NIGHT, TRENDS)
  const labels = new Map<string, Set<string>>()
  for (const [, name, set] of text.matchAll(/^(rdblens_\w+)(?:\{(.*)\})? /gm)) {
    const known = labels.get(name!) ?? new Set()
    for (const [, label] of (set ?? '').matchAll(/(\w+)="/g)) known.add(label!)
    labels.set(name!, known)
  }
  return labels
}

const SUMS = {
  keys: 2,
  ramBytes: 9,
  overheadBytes: 1,
  payloadBytes: 5,
  rdbBytes: 5,
  expiringKeys: 1,
  withoutTtlKeys: 1,
}

/** A night in which there is something of everything. */
const NIGHT: NightReport = {
  schemaVersion: 1,
  generator: { name: 'rdblens', version: '0' },
  date: '2026-11-19',
  datasets: [
    {
      dataset: 'shop',
      complete: true,
      folder: null,
      totals: SUMS,
      previous: null,
      forecast: {
        shard: 'shop-1',
        usedBytes: 10,
        maxmemoryBytes: 20,
        bytesPerDay: 1,
        nights: 5,
        days: 10,
        date: '2026-11-29',
      },
      shards: [
        {
          shard: 'shop-1',
          source: 'shop-1.rdb',
          status: 'ok',
          problem: null,
          keys: 2,
          ramBytes: 9,
          overheadBytes: 1,
          usedMemoryBytes: null,
          dumpTimeMs: 1,
          bytes: 1,
          sha256: null,
        },
      ],
    },
  ],
  findings: [
    {
      id: '1',
      rule: 'leak',
      severity: 'warn',
      state: 'open',
      reason: null,
      dataset: 'shop',
      about: 'pattern',
      subject: 'a:*',
      owner: null,
      message: 'it leaks',
      advice: '',
      value: null,
      limit: null,
      unit: null,
      since: '2026-11-19',
    },
  ],
  budgets: [],
  owners: [{ dataset: 'shop', owner: '@team', keys: 2, ramBytes: 10, money: 1 }],
  price: { perGibMonth: 1, currency: 'EUR' },
}

const TRENDS: Trends = {
  dates: ['2026-11-19'],
  datasets: [
    {
      dataset: 'shop',
      bytes: [10],
      keys: [2],
      incomplete: [],
      patterns: [{ pattern: 'a:*', type: 'string', bytes: [10], keys: [2] }],
    },
  ],
  calendar: [],
}
