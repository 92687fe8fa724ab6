import type { CollectorsState } from '../analysis/collectors.js'
import { KEPT_NAME_BYTES, type NamesState } from '../analysis/names.js'
import type { MinerState } from '../analysis/patterns/miner.js'
import { byteText, textBytes } from '../analysis/state.js'
import type { TopKeysState } from '../analysis/top-keys.js'
import type { NameRedactor } from './names.js'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The state of collectors with every name in it redacted, as `redactReport` does for reports. */
export function redactState(state: CollectorsState, redactor: NameRedactor): CollectorsState {
  const name = (bytes: Uint8Array): string => redactor.name(bytes)
  const top = (keys: TopKeysState): TopKeysState => ({ ...keys, names: renamed(keys.names, name) })
  const { totals, biggest, ttl, slots } = state
  return {
    ...state,
    totals: { ...totals, names: renamed(totals.names, name) },
    biggest: {
      ...biggest,
      byBytes: biggest.byBytes.map(top),
      byElements: biggest.byElements.map(top),
      flagged: top(biggest.flagged),
    },
    ttl: { ...ttl, bigExpiring: top(ttl.bigExpiring) },
    slots:
      slots === null
        ? null
        : {
            ...slots,
            tags: { ...slots.tags, tags: renamed(slots.tags.tags, (bytes) => redactor.hashTag(decoder.decode(bytes))) },
          },
    patterns: redactPatterns(state.patterns, redactor),
  }
}

function renamed(names: NamesState, name: (bytes: Uint8Array) => string): NamesState {
  const texts = names.names.map((text) => encoder.encode(name(textBytes(text))))
  return {
    slots: names.slots,
    lengths: Float64Array.from(texts, (text) => text.length),
    names: texts.map((text) => byteText(text.subarray(0, KEPT_NAME_BYTES))),
  }
}

/** With `hash` the words of patterns become digits, too. Edges are then those of the new words. */
function redactPatterns(state: MinerState, redactor: NameRedactor): MinerState {
  const { tree, cells } = state
  const shown = { ...cells, names: renamed(cells.names, (bytes) => redactor.name(bytes)) }
  if (redactor.mode === 'ids') return { ...state, cells: shown }
  const texts = tree.texts.map((text, place) => {
    const separators = tree.separatorBytes[place]!
    const word = textBytes(text).subarray(separators)
    return word.length === 0 ? text : text.slice(0, separators) + redactor.pattern(decoder.decode(word))
  })
  // Two words can become the same digits: the second one gets an edge of its own.
  const seen = new Set<string>()
  const twice: number[] = []
  for (const [place, text] of texts.entries()) {
    const id = `${tree.parents[place]} ${tree.kinds[place]} ${tree.separatorBytes[place]} ${text}`
    if (seen.has(id)) twice.push(place)
    else seen.add(id)
  }
  return {
    ...state,
    cells: shown,
    tree: {
      ...tree,
      texts,
      // What digits a word ended in is gone with it.
      digitsAt: tree.digitsAt.map(() => 0),
      edgeNodes: Int32Array.from(twice),
      edgesA: Int32Array.from(twice, (place) => ~place),
      edgesB: Int32Array.from(twice, (place) => place),
    },
  }
}
