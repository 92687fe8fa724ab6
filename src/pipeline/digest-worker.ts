import './thread-heap.js'
import { parentPort } from 'node:worker_threads'
import { type DigestRequest, readDigests } from '../io/digests.js'

/** Runs in a thread: adds up the files it is given, one after the other, and says what it got; null ends it. */
let before: Promise<void> = Promise.resolve()

parentPort?.on('message', (request: DigestRequest | null) => {
  // A failure is that of the thread, and told to whoever started it.
  before = before.then(async () => {
    if (request === null) parentPort?.close()
    else parentPort?.postMessage(await readDigests(request))
  })
})
