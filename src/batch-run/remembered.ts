import type { AnalysisReport, PatternRow } from '../../reports/report.js'
import { cutRows } from '../analysis/patterns.js'

/** Patterns that the history gets of each night. */
const PATTERNS = 1000

/** The largest patterns, and the others as one row `[other]`: what the nights after will know about this one. */
export function rememberedPatterns({ patterns }: Pick<AnalysisReport, 'patterns'>): readonly PatternRow[] {
  // `[other]` is no pattern, also when all that is in it are of one type.
  return cutRows(patterns, PATTERNS).map((row) => (row.patterns > 1 ? { ...row, type: 'mixed' } : row))
}
