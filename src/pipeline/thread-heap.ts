import { setFlagsFromString } from 'node:v8'
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads'

const KEPT_SMALL = 'rdblens: young objects kept small'

/**
 * Whether threads that are started from now on keep the room for young objects from growing, in their own heap and in
 * all others: V8 has one switch for the process, and sets it back whenever it makes a heap. Only the command asks for
 * this; whoever uses the library has V8's own rule.
 */
export function threadsKeepYoungSmall(keep: boolean): void {
  setEnvironmentData(KEPT_SMALL, keep)
}

// Each thread imports this file before anything else: its heap has just been made, and the main thread may be too busy
// to set the switch again.
if (getEnvironmentData(KEPT_SMALL) === true) setFlagsFromString('--semi-space-growth-factor=1')
