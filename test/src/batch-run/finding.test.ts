import { describe, expect, it } from 'vitest'
import type { Finding } from '../../../reports/batch/night-report.js'
import { compareFindings } from '../../../src/batch-run/finding.js'

const finding = (subject: string, value: number, unit: Finding['unit']): Finding => ({
  ...{ id: subject, rule: 'forecast', severity: 'error', state: 'open', reason: null, dataset: 'shop' },
  ...{
    about: 'shard',
    subject,
    owner: null,
    message: subject,
    advice: '',
    value,
    limit: 30,
    unit,
    since: '2026-11-19',
  },
})

describe('the order of findings', () => {
  it('has the shard that is full first, and the largest of other things', () => {
    const subjects = (unit: Finding['unit']): readonly string[] =>
      [finding('week', 7, unit), finding('full', 0, unit), finding('month', 29, unit)]
        .sort(compareFindings)
        .map(({ subject }) => subject)
    expect(subjects('days')).toEqual(['full', 'week', 'month'])
    expect(subjects('bytes')).toEqual(['month', 'week', 'full'])
  })
})
