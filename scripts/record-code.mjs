/**
 * Loaded before a command while the package is built: writes the code that V8 made of each file of the bundle, with the
 * functions that the command called. See keep-code.ts.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import v8 from 'node:v8'
import vm from 'node:vm'
import { isMainThread, parentPort, threadId } from 'node:worker_threads'

/** V8 takes kept code only where its switches are what they were: those that `runKept` sets, then those of the command. */
const YOUNG = ['--semi-space-growth-factor=1', '--semi-space-growth-factor=2']
const USUAL = ['--heap-growing-percent=0']
const { setFlagsFromString } = v8
const switches = new Map()
const scripts = []

v8.setFlagsFromString = (text) => {
  switches.set(text.split('=')[0], text)
  setFlagsFromString(text)
}
vm.Script = class extends vm.Script {
  constructor(text, options) {
    super(text, options)
    const file = options?.filename?.replace(/\.cjs$/, '.code')
    if (file?.endsWith('.code')) scripts.push({ file, script: this, switches: [...switches.values()] })
  }
}
syncBuiltinESMExports()

function write() {
  for (const { file, script, switches } of scripts) {
    if (existsSync(file)) continue
    // A thread has those of the command.
    for (const text of isMainThread ? [...USUAL, ...switches, ...YOUNG] : YOUNG) setFlagsFromString(text)
    // Several threads may do so at a time.
    const unfinished = `${file}.${threadId}`
    writeFileSync(unfinished, script.createCachedData())
    renameSync(unfinished, file)
  }
}

if (isMainThread) process.on('exit', write)
else {
  // A thread is ended once it has answered.
  const post = parentPort.postMessage
  parentPort.postMessage = (...message) => {
    write()
    post.apply(parentPort, message)
  }
}
