import { parentPort, workerData } from 'node:worker_threads'
import { Collectors } from '../analysis/index.js'
import { KeyBatch } from '../batch.js'
import { describedTarget } from '../memory/target-description.js'
import type { ThreadMessage, ThreadSetup } from './collector-thread.js'
import { collected } from './row-collector.js'

/** Runs in a thread: collects the rows it is sent, in their order, and says at the end what they came to. */
const { options, busy } = workerData as ThreadSetup
const collectors = new Collectors(options)
const batches: KeyBatch[] = []

parentPort?.on('message', (message: ThreadMessage) => {
  switch (message.kind) {
    case 'now':
      collectors.setNow(message.nowMs)
      break
    case 'rows': {
      const { batch: index, columns } = message
      if (columns !== null) batches[index] = KeyBatch.received(columns)
      const batch = batches[index]!
      batch.length = message.length
      batch.file = message.file
      collectors.add(batch)
      Atomics.store(busy, index, 0)
      Atomics.notify(busy, index)
      break
    }
    case 'finish':
      parentPort?.postMessage(collected(collectors, { ...message, target: describedTarget(message.target)! }))
  }
})
