import type { ShapePricer } from '../../memory/shape-pricer.js'
import type { DifferentValues } from '../different-values.js'
import type { GroupTally } from '../groups.js'

/** Length of the name of a key that holds a dictionary. */
const NAME_BYTES = 24

/** Prices a key that is kept in the server to read values again. */
export type DictionaryKey = (pricer: ShapePricer) => number

/** A dictionary as one string. */
export function dictionaryString(bytes: number): DictionaryKey {
  return (pricer) => pricer.string(NAME_BYTES, false, bytes, Number.NaN)
}

/** A list of values as a hash: number -> value. */
export function listOfValues({ lengths, integers }: DifferentValues): DictionaryKey {
  return (pricer) => {
    pricer.begin('hash', NAME_BYTES, false)
    for (const [code, length] of lengths.entries()) pricer.field(String(code).length, code, length, integers[code]!)
    return pricer.end()
  }
}

/** Adds keys that hold dictionaries: they are there once, however many keys of the group there are. */
export function addDictionaries(tally: GroupTally, dictionaries: readonly DictionaryKey[], pricer: ShapePricer): void {
  for (const dictionary of dictionaries) {
    const ramBytes = dictionary(pricer)
    tally.keysAfter++
    tally.sharedKeys++
    tally.sharedRam += ramBytes
    tally.ramAfter += ramBytes
    tally.usageAfter += pricer.memoryUsageBytes
  }
}
