import { formatBytes, formatShare, shareOf } from './format.js'
import type { AnalysisReport } from './report.js'

/** From so many times the mean on, data is called uneven. */
const UNEVEN = 1.25
/** From this share of all bytes on, one slot is said to hold much. */
const HEAVY_SLOT = 0.05
/** Few keys are never even. */
const MIN_KEYS = 1000
/** Nobody minds a heavy slot in a few megabytes. */
const MIN_BYTES = 64 * 1024 * 1024

/**
 * Sentences on data that lies unevenly: between dumps, between the nodes that own the slots, and in single slots.
 *
 * @param name how a file or a node is written in the format
 */
export function skewSentences(report: AnalysisReport, name: (text: string) => string): readonly string[] {
  const { files, provenance, slots, totals } = report
  if (totals.keys < MIN_KEYS) return []
  const sentences: string[] = []
  const largestFile = [...files].sort((a, b) => b.ramBytes - a.ramBytes || a.file - b.file)[0]
  if (largestFile !== undefined && files.length > 1) {
    const times = shareOf(largestFile.ramBytes * files.length, totals.ramBytes)
    if (times >= UNEVEN) {
      const path = name(provenance.files[largestFile.file]?.path ?? '')
      sentences.push(
        `the dumps are uneven: ${path} holds ${formatBytes(largestFile.ramBytes)}, ${times.toFixed(2)} times the mean`,
      )
    }
  }
  const owner = slots?.owners?.[0]
  if (owner !== undefined && owner.timesMean >= UNEVEN) {
    sentences.push(
      `the nodes are uneven: ${name(owner.node)} owns ${formatBytes(owner.ramBytes)}, ${owner.timesMean.toFixed(2)} times the mean`,
    )
  }
  const slot = slots?.heaviest[0]
  const slotShare = slot === undefined ? 0 : shareOf(slot.ramBytes, totals.ramBytes)
  if (slots != null && slot !== undefined && slotShare >= HEAVY_SLOT && totals.ramBytes >= MIN_BYTES) {
    const tag = slots.hashTags.find((row) => row.slot === slot.slot)
    const by =
      tag === undefined || tag.ramBytes * 2 < slot.ramBytes ? '' : `, most of it under the hash tag {${name(tag.tag)}}`
    sentences.push(
      `slot ${slot.slot} holds ${formatShare(slotShare)} of the memory${by}: resharding cannot divide a slot`,
    )
  }
  return sentences
}
