import type { Effort } from '../optimizations/optimization.js'

/** What a plan may ask for, in the order in which it goes through them: the least trouble first. */
export const EFFORTS: readonly Effort[] = ['setting', 'client', 'data-model']
