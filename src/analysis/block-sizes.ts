import { TYPES } from '../batch.js'
import { LOG_BUCKETS, logBucket } from './histogram.js'
import { rowBlock } from './row-block.js'

/** Names up to this length are counted by their exact length. */
export const EXACT_NAMES = 512

/** Sizes of the rows of the block. Where the loop finds its numbers is part of its code: see `rowBlock`. */
export const blockSizes = makeBlockSizes()

function makeBlockSizes() {
  const { type, ramBytes, elements, keyLength } = rowBlock
  const buckets = LOG_BUCKETS
  const exactNames = EXACT_NAMES
  const types = TYPES.length
  /** Keys, and their bytes, per type and bucket. */
  const ramKeys = new Float64Array(types * buckets)
  const ramSums = new Float64Array(types * buckets)
  const elementKeys = new Float64Array(types * buckets)
  /** By length, then by logarithmic bucket for the long ones. */
  const nameKeys = new Float64Array(exactNames + buckets)
  const nameRam = new Float64Array(exactNames + buckets)
  /** Per type: the least and the most bytes and elements, and the sum of elements. */
  const ramMin = new Float64Array(types)
  const ramMax = new Float64Array(types)
  const elementsMin = new Float64Array(types)
  const elementsMax = new Float64Array(types)
  const elementSums = new Float64Array(types)

  const clear = (): void => {
    for (let t = 0; t < types; t++) {
      if (ramMax[t] === Number.NEGATIVE_INFINITY) continue
      ramKeys.fill(0, t * buckets, (t + 1) * buckets)
      ramSums.fill(0, t * buckets, (t + 1) * buckets)
      elementKeys.fill(0, t * buckets, (t + 1) * buckets)
    }
    nameKeys.fill(0)
    nameRam.fill(0)
    elementSums.fill(0)
    ramMin.fill(Number.POSITIVE_INFINITY)
    ramMax.fill(Number.NEGATIVE_INFINITY)
    elementsMin.fill(Number.POSITIVE_INFINITY)
    elementsMax.fill(Number.NEGATIVE_INFINITY)
  }

  const found = {
    ramKeys,
    ramSums,
    elementKeys,
    nameKeys,
    nameRam,
    ramMin,
    ramMax,
    elementsMin,
    elementsMax,
    elementSums,
    nameBytes: 0,
    longestName: 0,

    /** Counts the first rows of the block, anew. */
    count(rows: number): void {
      clear()
      let names = 0
      let longest = 0
      for (let row = 0; row < rows; row++) {
        const t = type[row]! & 7
        const ram = ramBytes[row]!
        const at = t * buckets + logBucket(ram)
        ramKeys[at] = ramKeys[at]! + 1
        ramSums[at] = ramSums[at]! + ram
        if (ram < ramMin[t]!) ramMin[t] = ram
        if (ram > ramMax[t]!) ramMax[t] = ram
        const name = keyLength[row]!
        const nameAt = name < exactNames ? name : exactNames + logBucket(name)
        nameKeys[nameAt] = nameKeys[nameAt]! + 1
        nameRam[nameAt] = nameRam[nameAt]! + ram
        names += name
        if (name > longest) longest = name
        // A string has one element by definition: nothing to count.
        if (t === 0) continue
        const count = elements[row]!
        const elementsAt = t * buckets + logBucket(count)
        elementKeys[elementsAt] = elementKeys[elementsAt]! + 1
        elementSums[t] = elementSums[t]! + count
        if (count < elementsMin[t]!) elementsMin[t] = count
        if (count > elementsMax[t]!) elementsMax[t] = count
      }
      this.nameBytes = names
      this.longestName = longest
    },
  }
  return found
}
