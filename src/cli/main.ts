#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'
import { startAhead } from './head-start.js'

// Before anything else is loaded: V8 keeps the room for young objects that loading took (up to 48 MiB).
setFlagsFromString('--semi-space-growth-factor=1')

await startAhead(process.argv.slice(2))
await import('./program.js')
