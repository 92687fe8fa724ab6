import type { ChangedKey } from '../../reports/compare-report.js'
import { compareText } from '../analysis/names.js'
import { pairs } from './change.js'
import type { ListedKey, SideFacts } from './facts.js'

/** Keys that at least one side lists among its largest. */
export function changedKeys(before: SideFacts, after: SideFacts): readonly ChangedKey[] {
  return pairs(before.largest, after.largest, idOf)
    .flatMap(({ before: old, after: fresh }) => {
      const row = (fresh ?? old)!
      // Below what the other side lists nobody knows: a key that is hardly larger may have been there all along.
      if (old === null && row.ramBytes <= (before.listedFrom.get(row.type) ?? -1)) return []
      if (fresh === null && row.ramBytes <= (after.listedFrom.get(row.type) ?? -1)) return []
      const found = changedKey(old, fresh)
      return found === null ? [] : [found]
    })
    .sort(byKeyChange)
}

function idOf({ db, name }: ListedKey): string {
  return `${db} ${name.keyBase64 ?? ''} ${name.key}`
}

/** Null when the key takes what it took. */
export function changedKey(old: ListedKey | null, fresh: ListedKey | null): ChangedKey | null {
  const change = (fresh?.ramBytes ?? 0) - (old?.ramBytes ?? 0)
  if (old !== null && fresh !== null && change === 0 && old.encoding === fresh.encoding) return null
  const row = (fresh ?? old)!
  return {
    ...row.name,
    db: row.db,
    type: row.type,
    state: old === null ? 'new' : fresh === null ? 'gone' : change >= 0 ? 'grown' : 'shrunk',
    oldRamBytes: old?.ramBytes ?? null,
    newRamBytes: fresh?.ramBytes ?? null,
    change,
    oldElements: old?.elements ?? null,
    newElements: fresh?.elements ?? null,
    oldEncoding: old?.encoding ?? null,
    newEncoding: fresh?.encoding ?? null,
  }
}

export function byKeyChange(a: ChangedKey, b: ChangedKey): number {
  return (
    Math.abs(b.change) - Math.abs(a.change) ||
    (b.newRamBytes ?? 0) - (a.newRamBytes ?? 0) ||
    a.db - b.db ||
    compareText(a.key, b.key)
  )
}
