import { setFlagsFromString } from 'node:v8'

/**
 * Has V8 try an expression again with its other engine, whose time grows with the text alone, once it went back in a
 * text 50,000 times: `(a+)+$` would otherwise take years on a name of a hundred letters, and nothing could stop it.
 * Expressions with lookarounds, back references or flags such as `u` stay as they are.
 */
export function boundExpressions(): void {
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
}
