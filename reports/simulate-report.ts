import type { SavingsReport } from './report.js'

/** What `simulate` answers, as plain JSON. */
export interface SimulateReport extends SavingsReport {
  readonly schemaVersion: 1
  readonly generator: { readonly name: 'rdblens'; readonly version: string }
  /** Why the target is not exactly the server that wrote the dump; null when it is. */
  readonly note: string | null
}
