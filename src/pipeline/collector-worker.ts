import './thread-heap.js'
import { parentPort, workerData } from 'node:worker_threads'
import { Collectors } from '../analysis/collectors.js'
import { describedTarget } from '../memory/target-description.js'
import { ReceivedBatches } from './batch-ring.js'
import type { CollectorThreadSetup, ToCollectorThread } from './collector-thread.js'
import { collected } from './row-collector.js'

/** Runs in a thread: collects the rows it is sent, in their order, and says at the end what they came to. */
const { options, busy } = workerData as CollectorThreadSetup
const collectors = new Collectors(options)
const batches = new ReceivedBatches(busy)

parentPort?.on('message', (message: ToCollectorThread) => {
  switch (message.kind) {
    case 'now':
      collectors.setNow(message.nowMs)
      break
    case 'ring':
      batches.addRing(message.busy)
      break
    case 'rows':
      batches.take(message, (batch) => collectors.add(batch))
      break
    case 'finish':
      parentPort?.postMessage(collected(collectors, { ...message, target: describedTarget(message.target)! }))
  }
})
