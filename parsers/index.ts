export { describe, locate, RdbError, type RdbLocation, type RdbProblem, type RdbWarning } from './rdb/errors.js'
export { RdbString, STRING_FORM } from './rdb/strings.js'
export * from './rdb/visitor.js'
