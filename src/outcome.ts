import type { ScannedDump } from './pipeline/scan.js'
import type { FileOutcome } from './requests.js'

/** What commands want to know about a dump that was scanned. */
export function fileOutcome(dump: ScannedDump): FileOutcome {
  return {
    read: dump.read,
    keys: dump.keys,
    filteredKeys: dump.filteredKeys,
    damagedKeys: dump.damagedKeys,
    checksum: dump.checksum,
    warnings: dump.warnings,
  }
}
