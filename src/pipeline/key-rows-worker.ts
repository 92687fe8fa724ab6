import './thread-heap.js'
import { parentPort, workerData } from 'node:worker_threads'
import { ReceivedBatches } from './batch-ring.js'
import { KeyRows } from './key-rows.js'
import type { KeyRowsThreadSetup, ToKeyRowsThread } from './key-rows-thread.js'

/** Runs in a thread: makes bytes of the rows it is sent, in their order. */
const { setup, busy, pieces } = workerData as KeyRowsThreadSetup
const rows = await KeyRows.begin(setup)
const batches = new ReceivedBatches(busy)

function send(ready: readonly Uint8Array[]): void {
  for (const piece of ready) pieces.postMessage(piece, [piece.buffer as ArrayBuffer])
}

parentPort?.on('message', (message: ToKeyRowsThread) => {
  if (message.kind === 'rows') {
    batches.take(message, (batch) => rows.add(batch))
    send(rows.take())
  } else if (message.kind === 'ring') {
    batches.addRing(message.busy)
  } else {
    send(rows.finish())
    parentPort?.postMessage('finished')
  }
})
