import type { ShapePricer } from '../../memory/shape-pricer.js'
import type { GroupTally } from '../groups.js'

/** Length of the name of a key that holds a dictionary. */
const NAME_BYTES = 24

/** Adds a key that holds a dictionary: it is there once, however many keys of the group there are. */
export function addDictionary(tally: GroupTally, dictionaryBytes: number, pricer: ShapePricer): void {
  if (dictionaryBytes === 0) return
  const ramBytes = pricer.string(NAME_BYTES, false, dictionaryBytes, Number.NaN)
  tally.keysAfter++
  tally.sharedKeys++
  tally.sharedRam += ramBytes
  tally.ramAfter += ramBytes
  tally.usageAfter += pricer.memoryUsageBytes
}
