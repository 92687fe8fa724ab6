export { checkDump } from './check.js'
export { exportDump } from './export-dump.js'
export { streamKeys } from './keys.js'
export { targetIds, targets } from './memory/models/index.js'
