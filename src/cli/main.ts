#!/usr/bin/env node
import { boundExpressions } from './bounded-expressions.js'
import { startAhead } from './head-start.js'
import { keepYoungSmall } from './young-objects.js'

// Before anything else is loaded, which would take room.
keepYoungSmall()
boundExpressions()

await startAhead(process.argv.slice(2))
await import('./program.js')
