import { PART } from '../visitor.js'
import type { ValueDecoder } from './reader.js'

/**
 * String (type 0): bitmaps and HyperLogLogs too.
 *
 *     string  value
 */
export const string: ValueDecoder = {
  typeId: 0,
  name: 'string',
  redisType: 'string',
  read(reader) {
    const { cursor, frame, a } = reader
    reader.elements = 1
    if (reader.skim) {
      if (frame.begun) return
      const size = cursor.stringHead()
      frame.begun = true
      cursor.skip(size)
      return
    }
    if (frame.phase === 1 || !cursor.string(a)) {
      frame.phase = 1
      cursor.longString(a, PART.value)
    }
    cursor.commit()
    reader.visitor.string(a)
  },
}
