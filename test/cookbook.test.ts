import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadConfig } from '../src/batch-run/config.js'

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
    const job = parse(read('cronjob.yaml')) as {
      kind: string
      spec: { jobTemplate: { spec: { template: { spec: { securityContext: object } } } } }
    }
    expect(job.kind).toBe('CronJob')
    expect(job.spec.jobTemplate.spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true })
    expect(Object.keys(parse(read('gitlab-ci.yaml')) as object)).toEqual(['redis-memory'])
  })
})
