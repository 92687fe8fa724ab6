#!/usr/bin/env node
import { createRequire } from 'node:module'
import { REPORTERS } from '../../reports/index.js'
import * as library from '../index.js'
import { removeUnfinishedFiles } from '../io/output.js'
import { removeScratchFolders } from '../io/scratch-folder.js'
import { killScratchServers } from '../prove/scratch-server.js'
import { EXIT } from './exit-codes.js'
import { run } from './run.js'

const { version } = createRequire(import.meta.url)('rdblens/package.json') as { readonly version: string }

/** Ctrl-C: no half-written file, no hidden cursor (the progress line hides it). */
function leave(): void {
  removeUnfinishedFiles()
  if (process.stderr.isTTY) process.stderr.write('\x1b[?25h\n')
  process.exit(EXIT.interrupted)
}
process.once('SIGINT', leave)
process.once('SIGTERM', leave)
process.once('SIGHUP', leave)
// However it ends: no server and no folder of `prove` is left.
process.once('exit', () => {
  killScratchServers()
  removeScratchFolders()
})
// A reader that goes away between two writes is told by the next write; nobody else is interested.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})

const { stdin, stdout, stderr, env } = process
const environment = { stdin, stdout, stderr, env, version, library: { ...library, reporters: REPORTERS } }
const code = await run(process.argv.slice(2), environment)
// Standard input may still be open (`tail -f`), so the process is ended; what was written is out by now.
process.exit(code)
