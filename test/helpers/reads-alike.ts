import { expect } from 'vitest'
import { type EventOptions, events, type RdbEvent, read } from './events.js'

/** Up to this size a dump is also read byte by byte, and cut after every byte. */
const TINY_BYTES = 600

/**
 * What must hold for every good dump: the same events whatever the chunks, the same keys whatever is skipped,
 * the same key sizes and counts too, and an RdbError wherever it is cut. Returns the events.
 */
export function readsAlike(
  bytes: Uint8Array,
  options: EventOptions = {},
  chunks: readonly number[] = [1, 2, 7],
): RdbEvent[] {
  const whole = read(bytes, options)
  expect(whole.error).toBeNull()
  for (const chunkBytes of chunks) {
    expect(read(bytes, { ...options, chunkBytes }), `in chunks of ${chunkBytes} bytes`).toEqual(whole)
  }
  const keys = whole.events.filter(isKeyEvent)
  for (const skipping of [{ wantKey: false }, { wantsElements: false }, { wantContainer: false }]) {
    for (const chunkBytes of [bytes.length, ...chunks.slice(0, bytes.length <= TINY_BYTES ? 3 : 1)]) {
      const skimmed = events(bytes, { ...options, ...skipping, wantsParts: false, chunkBytes }).filter(isKeyEvent)
      expect(skimmed.map(withoutName), JSON.stringify(skipping)).toEqual(keys.map(withoutName))
    }
  }
  if (bytes.length <= TINY_BYTES) {
    for (let size = 0; size < bytes.length; size++) {
      const cut = read(bytes.subarray(0, size), options)
      expect(cut.error?.code, `cut after ${size} bytes`).toBe(size === 0 ? 'not-an-rdb' : 'truncated')
    }
  }
  return whole.events
}

function isKeyEvent(event: RdbEvent): boolean {
  return 'key' in event || 'endKey' in event
}

/** Long key names show only their length when nobody wants parts. */
function withoutName(event: RdbEvent): RdbEvent {
  const { key: _key, endKey: _endKey, ...rest } = event
  return rest
}
